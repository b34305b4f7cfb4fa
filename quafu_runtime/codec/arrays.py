"""numpy arrays and scalars as JSON, and back. Imported only where numpy is there, or needed.

Small arrays are nested lists, which any client reads. Large ones, and those of dtypes that have no form in lists
(long doubles, raw bytes), are npy, compressed, in base64, in an object that says how to read it; numpy's own reader of
npy is not used on what arrives, since it evaluates the header, and takes the memory that it asks for.
"""

import io
import math
import re
import zlib
from collections.abc import Callable
from typing import Any, TypeAlias

try:
    import numpy as np
except ModuleNotFoundError as error:
    _MESSAGE = (
        "There are numpy arrays in this value, and numpy is not installed: install numpy, or have the plain JSON "
        "decoded with decoder=ResultDecoder."
    )
    raise ModuleNotFoundError(_MESSAGE, name="numpy") from error

from quafu_runtime.codec.decoding import Budget, to_bytes, to_complex, to_float, to_text, wrong
from quafu_runtime.codec.encoding import Encoder, base64_text, float_part, has_surrogates

LIST_ELEMENTS = 1_000
"""Elements up to which an array is a nested list: people and other clients read it, and the text stays short."""

_COMPRESSION = 1
"""The fastest level of zlib: measured values hardly compress, and sparse ones compress well at any level."""

READ_WITH = "numpy.load(io.BytesIO(zlib.decompress(base64.b64decode(npy))))"
"""What a reader that knows nothing of us does with the `npy` beside it."""

_HEADER_BYTES = 1_000
"""More than the header of an npy file of a simple dtype takes (it is 118 bytes for up to some eight dimensions)."""

_MOST_DIMENSIONS = 32
_DTYPE = re.compile(r"[<>|][biufcSUVmM][0-9]{0,10}(\[[0-9]{0,10}[a-zA-Z]{1,2}\])?")
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<dtype>[!-~]{1,30})', 'fortran_order': (?P<fortran>True|False), "
    rb"'shape': (?P<shape>\([0-9, ]{0,700}\)), \} *\n",
    re.DOTALL,
)
"""The header of npy as numpy writes it for a simple dtype. numpy's own reader would evaluate it."""

_LARGEST_UNICODE = 0x10FFFF

_Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"


def is_numpy(value: object) -> bool:
    """Whether a value is an array or a scalar of numpy's."""
    return isinstance(value, (np.ndarray, np.generic))


def encode_numpy(encoder: Encoder, value: Any) -> Any:
    """An array or scalar as plain JSON, its type noted.

    Raises:
        UnencodableError: It has Python objects within its fields, or is a subclass with a meaning of its own.
    """
    if type(value) is np.str_ and not has_surrogates(value):
        encoder.note("numpy.str_")
        return str.__str__(value)  # numpy's own drops NULs at the end
    if type(value) is np.bytes_:
        encoder.note("numpy.bytes_")
        return base64_text(bytes(value))
    _check_sendable(encoder, value)
    array = np.asarray(value)
    encoder.count_array(max(array.nbytes, array.size))
    kind = "ndarray" if isinstance(value, np.ndarray) else "scalar"
    descriptor = {"type": kind, "dtype": array.dtype.str, "shape": list(array.shape)}
    if array.flags.f_contiguous and not array.flags.c_contiguous:
        descriptor["order"] = "F"
    if array.dtype.hasobject or array.dtype.names is not None:
        from quafu_runtime.codec import structured

        if array.dtype.hasobject:
            return structured.encode_objects(encoder, array)
        return structured.encode_fields(encoder, array, descriptor)
    encoder.note(descriptor)
    return _listed(array) if _has_list_form(array) else _boxed(array)


def decode_numpy(plain: object, descriptor: Any, budget: Budget) -> Any:
    """The array or scalar that was encoded.

    Raises:
        ValueError: The JSON and the descriptor do not fit together, or ask for too much memory.
    """
    if descriptor["type"] == "objects" or isinstance(descriptor.get("dtype"), dict):
        from quafu_runtime.codec import structured

        decode = structured.decode_objects if descriptor["type"] == "objects" else structured.decode_fields
        return decode(plain, descriptor, budget)
    dtype, shape = dtype_of(descriptor.get("dtype")), shape_of(descriptor.get("shape"))
    count = math.prod(shape)
    budget.spend(count * max(dtype.itemsize, 1))
    match plain:
        case {"npy": str(text)}:
            array = _unpacked(text, dtype, shape)
        case _:
            array = _unlisted(plain, dtype, shape)
    if descriptor["type"] == "scalar":
        return array[()] if not shape else wrong("A scalar has no shape", shape)
    return np.asfortranarray(array) if descriptor.get("order") == "F" else array


def text_scalar(text: str) -> "np.str_":
    """A text as numpy's scalar."""
    return np.str_(text)


def bytes_scalar(data: bytes) -> "np.bytes_":
    """Bytes as numpy's scalar."""
    return np.bytes_(data)


def dtype_of(text: object) -> "np.dtype[Any]":
    """The simple dtype of a text: no objects, no fields, nothing that numpy would evaluate.

    Raises:
        ValueError: It is the text of none.
    """
    if not isinstance(text, str) or not _DTYPE.fullmatch(text):
        wrong("Not a simple dtype", text)
    try:
        dtype = np.dtype(text)
    except TypeError:
        wrong("Not a dtype that numpy knows", text)
    # numpy lets the size of an element overflow; its name then differs.
    return dtype if dtype.str == text else wrong("Not a dtype as numpy names it", text)


def shape_of(shape: object) -> tuple[int, ...]:
    """A list of lengths as a shape.

    Raises:
        ValueError: It is none.
    """
    if not isinstance(shape, list) or len(shape) > _MOST_DIMENSIONS:
        wrong("Not a shape", shape)
    if any(type(length) is not int or length < 0 for length in shape):
        wrong("Not a shape", shape)
    return tuple(shape)


def collect(plain: object, shape: tuple[int, ...], read: Callable[[Any], Any], leaves: list[Any]) -> None:
    """Gather the elements of nested lists of a shape, each read.

    Raises:
        ValueError: The lists have another shape, or an element cannot be read.
    """
    if not shape:
        leaves.append(read(plain))
        return
    if not isinstance(plain, list) or len(plain) != shape[0]:
        wrong("The shape of an array does not fit its lists", shape)
    for item in plain:
        collect(item, shape[1:], read, leaves)


def _check_sendable(encoder: Encoder, value: Any) -> None:
    if isinstance(value, np.ndarray) and type(value) not in {np.ndarray, np.memmap}:
        message = f"is a {type(value).__qualname__}, which means more than its numbers: send numpy.asarray(…) of it."
        raise encoder.refusal(message)
    if value.dtype.hasobject and value.dtype.names is not None:
        message = "is a numpy array with Python objects in its fields: send {name: array[name], …} instead."
        raise encoder.refusal(message)


def _to_bool(plain: object) -> bool:
    return plain if isinstance(plain, bool) else wrong("Not a truth value", plain)


def _to_int(plain: object) -> int:
    if isinstance(plain, int) and not isinstance(plain, bool):
        return plain
    return wrong("Not a whole number", plain)


_READ: dict[str, Callable[[Any], Any]] = {
    "b": _to_bool,
    "i": _to_int,
    "u": _to_int,
    "f": to_float,
    "c": to_complex,
    "S": to_bytes,
    "U": to_text,
    "M": to_text,
    "m": _to_int,
}


def _has_list_form(array: _Array) -> bool:
    kind = array.dtype.kind
    if array.size > LIST_ELEMENTS or kind not in _READ or _is_extended(array.dtype):
        return False
    if kind == "U":
        return not any(map(has_surrogates, array.ravel().tolist()))
    # Moments far from our time, or counted in unusual units, do not all come back from their texts.
    return kind != "M" or bool(np.array_equal(_moments(_moment_texts(array), array.dtype), array, equal_nan=True))


def _is_extended(dtype: "np.dtype[Any]") -> bool:
    return dtype.kind in "fc" and dtype.itemsize > (8 if dtype.kind == "f" else 16)


def _listed(array: _Array) -> Any:
    match array.dtype.kind:
        case "M":
            return _moment_texts(array).tolist()
        case "m":
            return array.astype("i8").tolist()
        case "f":
            return _mapped(array.tolist(), float_part)
        case "c":
            return _mapped(array.tolist(), lambda number: [float_part(number.real), float_part(number.imag)])
        case "S":
            return _mapped(array.tolist(), base64_text)
        case _:
            return array.tolist()


def _mapped(nested: Any, change: Callable[[Any], Any]) -> Any:
    return [_mapped(item, change) for item in nested] if isinstance(nested, list) else change(nested)


def _moment_texts(array: _Array) -> _Array:
    return np.datetime_as_string(array)


def _moments(texts: Any, dtype: "np.dtype[Any]") -> _Array:
    return np.array(texts, dtype="U").astype(dtype)


def _boxed(array: _Array) -> dict[str, Any]:
    """An array as an object that any reader of JSON can make an array of, with numpy and the way that it names."""
    return {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "read_with": READ_WITH,
        "npy": _packed(array),
    }


def _packed(array: _Array) -> str:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0), allow_pickle=False)  # type: ignore[no-untyped-call]
    return base64_text(zlib.compress(file.getbuffer(), _COMPRESSION))


def _unlisted(plain: object, dtype: "np.dtype[Any]", shape: tuple[int, ...]) -> _Array:
    if dtype.kind not in _READ:
        wrong("This dtype has no form in lists", dtype.str)
    leaves: list[Any] = []
    collect(plain, shape, _READ[dtype.kind], leaves)
    if dtype.kind in "ium" and leaves:
        limits = np.iinfo("i8" if dtype.kind == "m" else dtype)
        if min(leaves) < limits.min or max(leaves) > limits.max:
            wrong("A number is too large for its dtype", dtype.str)
    with np.errstate(all="ignore"):  # a float too large for its dtype becomes infinite
        flat = _moments(leaves, dtype) if dtype.kind == "M" and leaves else np.array(leaves, dtype=dtype)
    return flat.reshape(shape)


def _unpacked(text: str, dtype: "np.dtype[Any]", shape: tuple[int, ...]) -> _Array:
    data = _inflated(to_bytes(text), math.prod(shape) * dtype.itemsize + _HEADER_BYTES)
    header = _HEADER.match(data)
    if header is None:
        wrong("Not the npy of an array of a simple dtype", data[:_HEADER_BYTES])
    if (header["dtype"].decode(), header["shape"].decode()) != (dtype.str, str(shape)):
        wrong("The shape or the dtype of an array does not fit its npy", header[0])
    if header.end() < len(data):
        # A copy, since what stands on bytes cannot be written to.
        flat = np.frombuffer(data, dtype, offset=header.end()).copy()
    else:  # no elements, or elements without a size
        flat = np.empty(0 if dtype.itemsize else math.prod(shape), dtype)
    if dtype.kind == "U" and flat.size and flat.view(f"{dtype.byteorder}u4").max() > _LARGEST_UNICODE:
        wrong("Not texts", text)
    return flat.reshape(shape, order="F" if header["fortran"] == b"True" else "C")


def _inflated(data: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    try:
        inflated = inflater.decompress(data, limit)
    except zlib.error as error:
        wrong("An array's npy is not compressed by zlib", str(error))
    if not inflater.eof or inflater.unused_data:
        wrong("An array's npy is longer or shorter than its shape says", limit)
    return inflated
