"""From a value to plain JSON and the types that go beside it."""

import base64
import json
import math
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeAlias

from attrs import frozen

from quafu_runtime.codec.trail import Trail, UnencodableError, escape, text_of

MAX_ARRAY_BYTES = 2**30
"""Bytes of numpy arrays in one value: more does not belong into one answer of a service, and a reader must be able to
tell a large result from an attack on its memory."""

MAX_DECIMAL_BITS = 10_000
"""Python refuses to read decimal numbers of more than 4,300 digits (some 14,000 bits): larger ints are hexadecimal."""


@frozen
class Encoded:
    """A value as it crosses the wire.

    Attributes:
        text: Strict JSON (of a message: its own text, where it is one).
        types: From JSON pointer to type descriptor, or None where the plain JSON says it all.
    """

    text: str
    types: dict[str, Any] | None


def encode(value: object, *, what: str = "result") -> Encoded:
    """Turn a value into JSON text and the types that go beside it.

    Args:
        value: What a program returned or published.
        what: What to call the value in an error's path.

    Returns:
        The text and the types; `decode` brings the value back.

    Raises:
        UnencodableError: A part of the value cannot be sent; the message names it.
    """
    encoder = Encoder(what)
    try:
        plain = encoder.plain(value)
        text = json.dumps(plain, allow_nan=False)
    except RecursionError:
        message = f"{what} is nested too deep to be sent from so deep in the program: send a flatter value."
        raise UnencodableError(message) from None
    return Encoded(text, encoder.types or None)


class Encoder:
    """Walks through one value.

    Attributes:
        types: The descriptors found on the way, by JSON pointer.
        trail: Where the walk is.
    """

    def __init__(self, what: str) -> None:
        self.types: dict[str, Any] = {}
        self.trail = Trail(what)
        self._array_bytes = 0

    def plain(self, value: Any) -> Any:
        """The value as plain JSON, its types noted.

        Raises:
            UnencodableError: It cannot be sent.
        """
        handler = _BY_TYPE.get(type(value)) or _handler_of_other(value)
        return handler(self, value)

    def note(self, descriptor: object) -> None:
        """Note the type of the part where the trail stands."""
        self.types[self.trail.pointer] = descriptor

    def refusal(self, complaint: str) -> UnencodableError:
        """The error that says that the part where the trail stands cannot be sent."""
        return UnencodableError(f"{self.trail.path} {complaint}")

    def count_array(self, size: int) -> None:
        """Count the bytes of an array.

        Raises:
            UnencodableError: The value's arrays are too large in all.
        """
        self._array_bytes += size
        if self._array_bytes > MAX_ARRAY_BYTES:
            message = f"makes the arrays larger than {MAX_ARRAY_BYTES:,} bytes in all: send less, or a summary."
            raise self.refusal(message)

    def part(self, key: object, token: str, value: object) -> Any:
        """A part of a container as plain JSON: the one under this key, and under this token of the plain JSON."""
        self.trail.step(key, token)
        plain = self.plain(value)
        self.trail.back()
        return plain


def special_text(number: float) -> str:
    """The text that stands for NaN or an infinity."""
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def float_part(number: float) -> float | str:
    """A float inside a complex number or an array, as plain JSON."""
    return number if math.isfinite(number) else special_text(number)


def has_surrogates(text: str) -> bool:
    """Whether a text has lone surrogates, which strict readers of JSON refuse."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def base64_text(data: bytes | bytearray) -> str:
    """Bytes as the text of their base64."""
    return base64.b64encode(data).decode("ascii")


Handler: TypeAlias = Callable[[Encoder, Any], Any]


def _itself(_encoder: Encoder, value: object) -> Any:
    return value


def _int(encoder: Encoder, value: int) -> Any:
    number = int(value)
    if number.bit_length() <= MAX_DECIMAL_BITS:
        return number
    encoder.note("int")
    return hex(number)


def _float(encoder: Encoder, value: float) -> Any:
    number = float(value)
    if math.isfinite(number):
        return number
    encoder.note("float")
    return special_text(number)


def _str(encoder: Encoder, value: str) -> Any:
    text = str.__str__(value)
    if not has_surrogates(text):
        return text
    encoder.note("surrogates")
    return base64_text(text.encode("utf-8", "surrogatepass"))


def _complex(encoder: Encoder, value: complex) -> Any:
    encoder.note("complex")
    return [float_part(value.real), float_part(value.imag)]


def _bytes(encoder: Encoder, value: bytes | bytearray) -> Any:
    encoder.note("bytearray" if isinstance(value, bytearray) else "bytes")
    return base64_text(value)


def _moment(encoder: Encoder, value: date) -> Any:
    encoder.note("datetime" if isinstance(value, datetime) else "date")
    return value.isoformat()


def _time(encoder: Encoder, value: time) -> Any:
    encoder.note("time")
    return value.isoformat()


def _timedelta(encoder: Encoder, value: timedelta) -> Any:
    """ISO 8601: days, and the seconds of the last one."""
    encoder.note("timedelta")
    length = abs(value)
    fraction = f".{length.microseconds:06d}" if length.microseconds else ""
    return f"{'-' if value.days < 0 else ''}P{length.days}DT{length.seconds}{fraction}S"


_NUMBERS = frozenset({int, float, bool})


def _all_finite_numbers(values: list[Any]) -> bool:
    # Long lists of numbers are common, and are looked through at the speed of C.
    if not set(map(type, values)) <= _NUMBERS:
        return False
    try:
        return all(map(math.isfinite, values))
    except OverflowError:  # an int beyond the floats
        return False


def _list(encoder: Encoder, value: list[Any]) -> Any:
    return list(value) if _all_finite_numbers(value) else _parts(encoder, value, value)


def _tuple(encoder: Encoder, value: tuple[Any, ...]) -> Any:
    encoder.note("tuple")
    return _parts(encoder, value, value)


def _set(encoder: Encoder, value: set[Any] | frozenset[Any]) -> Any:
    encoder.note("frozenset" if isinstance(value, frozenset) else "set")
    return _parts(encoder, value, _in_order(list(value)))


def _in_order(elements: list[Any]) -> list[Any]:
    """The elements of a set in an order that is the same in each run, where their types allow it."""
    if all(type(element) is str for element in elements) or _all_finite_numbers(elements):
        return sorted(elements)
    return sorted(elements, key=text_of)


def _parts(encoder: Encoder, container: object, values: Iterable[Any]) -> list[Any]:
    with encoder.trail.container(container):
        return [encoder.part(index, str(index), value) for index, value in enumerate(values)]


def _dict(encoder: Encoder, value: dict[Any, Any]) -> Any:
    with encoder.trail.container(value):
        tokens = _tokens(encoder, value)
        return {token: encoder.part(key, token, value[key]) for key, token in tokens}


def _tokens(encoder: Encoder, value: dict[Any, Any]) -> list[tuple[Any, str]]:
    """Each key with the text that stands for it in the JSON object; keys that are no texts are noted."""
    taken = {key for key in value if _is_plain_key(key)}
    if len(taken) == len(value):
        return [(key, key) for key in value]
    tokens: list[tuple[Any, str]] = []
    keys: dict[str, Any] = {}
    key_types: dict[str, Any] = {}
    for key in value:
        if _is_plain_key(key):
            tokens.append((key, key))
            continue
        encoder_of_key = Encoder(f"a key of {encoder.trail.path}")
        plain = encoder_of_key.plain(key)
        token = _free(plain if isinstance(plain, str) else json.dumps(plain), taken)
        taken.add(token)
        keys[token] = plain
        key_types |= {f"/{escape(token)}{pointer}": kind for pointer, kind in encoder_of_key.types.items()}
        tokens.append((key, token))
    encoder.note({"type": "dict", "keys": keys, "key_types": key_types})
    return tokens


def _is_plain_key(key: object) -> bool:
    return type(key) is str and not has_surrogates(key)


def _free(token: str, taken: set[str]) -> str:
    while token in taken:
        token += "'"
    return token


def _handler_of_other(value: object) -> Handler:
    # numpy goes first: its float64 is a float, its str_ a str.
    if "numpy" in sys.modules:
        from quafu_runtime.codec import arrays

        if arrays.is_numpy(value):
            return arrays.encode_numpy
    for kind, handler in _BY_BASE.items():
        if isinstance(value, kind):
            return handler
    return _refuse


def _refuse(encoder: Encoder, value: object) -> Any:
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = f"is a {name}, which cannot be sent: {_way_out(name)}."
    raise encoder.refusal(message)


def _way_out(name: str) -> str:
    if name in {"generator", "range", "map", "filter", "zip", "dict_keys", "dict_values", "dict_items"}:
        return "send list(…) of it"
    if name in {"decimal.Decimal", "fractions.Fraction"}:
        return "send float(…) or str(…) of it"
    if name.startswith("pandas."):
        return "send its to_numpy() or to_dict()"
    return "turn it into numbers, texts, lists, dictionaries or numpy arrays first"


_BY_BASE: dict[type, Handler] = {
    int: _int,
    float: _float,
    str: _str,
    complex: _complex,
    bytes: _bytes,
    bytearray: _bytes,
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _set,
    dict: _dict,
}
# Subclasses of these hold more than their base (pandas' Timestamp is a datetime), or do not exist.
_BY_TYPE: dict[type, Handler] = {
    **_BY_BASE,
    type(None): _itself,
    bool: _itself,
    date: _moment,
    datetime: _moment,
    time: _time,
    timedelta: _timedelta,
}
