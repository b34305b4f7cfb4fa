"""From plain JSON and the types beside it back to the value.

What arrives may be hostile: every surprise is a ValueError. Nothing is
executed or unpickled, and the memory that numpy arrays take is bounded before it is taken.
"""

import base64
import copy
import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NoReturn

from quafu_runtime.codec.encoding import MAX_ARRAY_BYTES
from quafu_runtime.codec.trail import MAX_DEPTH, text_of, unescape

_SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
_INDEX = re.compile(r"0|[1-9][0-9]{0,17}")
_HEXADECIMAL = re.compile(r"-?0x[0-9a-f]+")
_DURATION = re.compile(r"(-?)P([0-9]{1,9})DT([0-9]{1,5})(?:\.([0-9]{6}))?S")
_SHOWN = 60
"""Characters of a wrong descriptor or text that an error shows."""


def decode(text: str, types: Mapping[str, Any] | None = None) -> Any:
    """Turn JSON text, and the types that came beside it, into the value that was encoded.

    NaN and infinities that stand in the text itself, as Python's `json` writes them, are read too: the deployed
    service may send them.

    Args:
        text: JSON.
        types: From JSON pointer to type descriptor; None or empty where there are none.

    Returns:
        The value.

    Raises:
        ValueError: The text is no JSON, or the types do not fit it.
        ModuleNotFoundError: There are numpy arrays in it, and numpy is not installed.
    """
    try:
        plain = json.loads(text)
        return _restore(plain, types, Budget()) if types else plain
    except RecursionError:
        message = "The JSON text is nested too deep to be read."
        raise ValueError(message) from None


class Budget:
    """The bytes of numpy arrays that may yet be made from one text."""

    def __init__(self) -> None:
        self._left = MAX_ARRAY_BYTES

    def spend(self, size: int) -> None:
        """Take this many bytes.

        Raises:
            ValueError: There are not so many left.
        """
        if size > self._left:
            message = f"The arrays are larger than {MAX_ARRAY_BYTES:,} bytes in all."
            raise ValueError(message)
        self._left -= size


def wrong(what: str, value: object) -> NoReturn:
    """Say that something does not fit.

    Raises:
        ValueError: Always.
    """
    text = text_of(value)
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    message = f"{what}: {shown}"
    raise ValueError(message)


def to_float(plain: object) -> float:
    """A number, or one of the texts that stand for NaN and the infinities, as a float.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(plain, str) and plain in _SPECIAL:
        return _SPECIAL[plain]
    if isinstance(plain, float) or (isinstance(plain, int) and not isinstance(plain, bool)):
        try:
            return float(plain)
        except OverflowError:
            pass
    wrong("Not a number", plain)


def to_complex(plain: object) -> complex:
    """A pair of numbers as a complex number.

    Raises:
        ValueError: It is no such pair.
    """
    match plain:
        case [real, imaginary]:
            return complex(to_float(real), to_float(imaginary))
        case _:
            wrong("Not a pair of numbers", plain)


def to_text(plain: object) -> str:
    """A text as it is.

    Raises:
        ValueError: It is no text.
    """
    if not isinstance(plain, str):
        wrong("Not a text", plain)
    return plain


def to_bytes(plain: object) -> bytes:
    """The bytes of a text of base64.

    Raises:
        ValueError: It is no such text.
    """
    return base64.b64decode(to_text(plain), validate=True)


def _to_int(plain: object) -> int:
    text = to_text(plain)
    if not _HEXADECIMAL.fullmatch(text):
        wrong("Not a hexadecimal number", plain)
    return int(text, 16)


def _to_timedelta(plain: object) -> timedelta:
    found = _DURATION.fullmatch(to_text(plain))
    if found is None:
        wrong("Not a duration", plain)
    sign, days, seconds, fraction = found.groups()
    length = timedelta(days=int(days), seconds=int(seconds), microseconds=int(fraction or 0))
    return -length if sign else length


def _to_list(plain: object) -> list[Any]:
    if not isinstance(plain, list):
        wrong("Not a list", plain)
    return plain


def _to_numpy_text(plain: object) -> Any:
    from quafu_runtime.codec import arrays

    return arrays.text_scalar(to_text(plain))


def _to_numpy_bytes(plain: object) -> Any:
    from quafu_runtime.codec import arrays

    return arrays.bytes_scalar(to_bytes(plain))


_SIMPLE: dict[str, Callable[[Any], Any]] = {
    "int": _to_int,
    "float": to_float,
    "complex": to_complex,
    "surrogates": lambda plain: to_bytes(plain).decode("utf-8", "surrogatepass"),
    "bytes": to_bytes,
    "bytearray": lambda plain: bytearray(to_bytes(plain)),
    "tuple": lambda plain: tuple(_to_list(plain)),
    "set": lambda plain: set(_to_list(plain)),
    "frozenset": lambda plain: frozenset(_to_list(plain)),
    "date": lambda plain: date.fromisoformat(to_text(plain)),
    "datetime": lambda plain: datetime.fromisoformat(to_text(plain)),
    "time": lambda plain: time.fromisoformat(to_text(plain)),
    "timedelta": _to_timedelta,
    "numpy.str_": _to_numpy_text,
    "numpy.bytes_": _to_numpy_bytes,
}


def _restore(plain: Any, types: object, budget: Budget) -> Any:
    """Put the typed values in their places, the innermost first, so that a container is made of finished parts."""
    if not isinstance(types, Mapping):
        wrong("The types are no object", types)
    root = [plain]
    places = [(_tokens(pointer), descriptor) for pointer, descriptor in types.items()]
    for tokens, descriptor in sorted(places, key=lambda place: -len(place[0])):
        holder, key = _find(root, tokens)
        holder[key] = _typed(holder[key], descriptor, budget)
    return root[0]


def _tokens(pointer: object) -> list[str]:
    text = to_text(pointer)
    if text and not text.startswith("/"):
        wrong("Not a JSON pointer", pointer)
    tokens = [unescape(token) for token in text.split("/")[1:]]
    if len(tokens) > MAX_DEPTH:
        wrong("A JSON pointer goes too deep", pointer)
    return tokens


def _find(root: list[Any], tokens: list[str]) -> tuple[Any, Any]:
    """The container and the key of the place that a pointer names."""
    holder: Any = root
    key: Any = 0
    for token in tokens:
        holder = holder[key]
        key = token
        if isinstance(holder, list):
            if not _INDEX.fullmatch(token) or int(token) >= len(holder):
                wrong("The types name an element that is not there", tokens)
            key = int(token)
        elif not isinstance(holder, dict) or token not in holder:
            wrong("The types name a place that is not there", tokens)
    return holder, key


def _typed(plain: object, descriptor: object, budget: Budget) -> Any:
    try:
        match descriptor:
            case str() if descriptor in _SIMPLE:
                return _SIMPLE[descriptor](plain)
            case {"type": "dict", "keys": keys, "key_types": key_types}:
                return _to_dict(plain, keys, key_types, budget)
            case {"type": "ndarray" | "scalar" | "objects"}:
                from quafu_runtime.codec import arrays

                return arrays.decode_numpy(plain, descriptor, budget)
    except (TypeError, OverflowError) as error:  # an element of a set or a key that cannot be one, a long duration
        message = f"The types do not fit the JSON: {error}"
        raise ValueError(message) from None
    wrong("Not a type that this version knows", descriptor)


def _to_dict(plain: object, keys: object, key_types: object, budget: Budget) -> dict[Any, Any]:
    if not isinstance(plain, dict) or not isinstance(keys, dict) or not keys.keys() <= plain.keys():
        wrong("The keys do not fit the object", keys)
    # The descriptor is left as it came: who decodes twice gets the same twice.
    restored = _restore(copy.deepcopy(keys), key_types, budget)
    result = {restored.get(token, token): value for token, value in plain.items()}
    if len(result) != len(plain):
        wrong("The keys of an object are not different from one another", keys)
    return result
