"""What crosses the wire: strict JSON text, and beside it the types that JSON has no words for.

`encode` turns a value into plain JSON that any client can read, and into a map from JSON pointer (RFC 6901) to a
type descriptor where that plain JSON alone would not bring the value back as it went. `decode` is the way back.

| value | plain JSON | descriptor |
|---|---|---|
| None, bool, int, float, str, list, dict with texts as keys | itself | |
| NaN and the infinities | `"NaN"`, `"Infinity"`, `"-Infinity"` | `"float"` |
| an int of more than 10,000 bits | its hexadecimal text | `"int"` |
| a text with lone surrogates | base64 of its UTF-8 with `surrogatepass` | `"surrogates"` |
| complex | `[real, imaginary]` | `"complex"` |
| bytes, bytearray | base64 | `"bytes"`, `"bytearray"` |
| tuple, set, frozenset | a list | `"tuple"`, `"set"`, `"frozenset"` |
| date, datetime, time, timedelta | ISO 8601 | `"date"`, `"datetime"`, `"time"`, `"timedelta"` |
| dict with other keys | an object, each key as a text | `{"type": "dict", "keys": …, "key_types": …}` |
| numpy array of up to 1,000 elements | nested lists | `{"type": "ndarray", "dtype": …, "shape": …}` |
| numpy array, larger, or of a dtype without a list form | `{"npy": base64 of zlib of npy, "read_with": …}` | the same |
| numpy array or scalar with named fields | an object of its columns | the same, with the fields as the dtype |
| numpy array of Python objects | nested lists | `{"type": "objects", "shape": …}` |
| numpy scalar | a number, a truth value or a text | `{"type": "scalar", "dtype": …, "shape": []}` |
| numpy text and bytes scalar | as str, as bytes | `"numpy.str_"`, `"numpy.bytes_"` |

An instance of a subclass of int, float, str, list, dict and the like (an IntEnum, a Counter, a named tuple) travels,
and comes back, as the plain type. A datetime comes back with the same offset from UTC, but without the name of its
time zone and without its `fold`. Everything else is refused with the path to it; nothing is ever pickled or unpickled.

Only the standard library and attrs are imported here: the runner inside a job's process uses this module. numpy is
imported only where a value of numpy's is decoded.
"""

from quafu_runtime.codec.decoding import decode
from quafu_runtime.codec.encoding import Encoded, encode
from quafu_runtime.codec.messages import ResultDecoder, decode_message, encode_message
from quafu_runtime.codec.params import check_params
from quafu_runtime.codec.trail import UnencodableError

__all__ = [
    "Encoded",
    "ResultDecoder",
    "UnencodableError",
    "check_params",
    "decode",
    "decode_message",
    "encode",
    "encode_message",
]
