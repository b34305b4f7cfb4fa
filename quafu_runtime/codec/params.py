"""Params: what a caller hands to a program, as plain strict JSON, so that it means the same on every service."""

import math
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeAlias

from quafu_runtime.codec.encoding import MAX_DECIMAL_BITS, has_surrogates
from quafu_runtime.codec.trail import Trail, UnencodableError, text_of

Json: TypeAlias = "dict[str, Json] | list[Json] | str | float | bool | None"


def check_params(params: object) -> Json:
    """Turn params into what JSON can hold.

    Tuples and numpy arrays become lists, numpy scalars become numbers, and instances of subclasses (an IntEnum, an
    OrderedDict) become the plain type.

    Args:
        params: What is to reach the program.

    Returns:
        Equal params of plain types alone.

    Raises:
        InvalidParamsError: JSON cannot hold a part of them; the message names the part.
    """
    from quafu_runtime.errors import InvalidParamsError

    try:
        return _plain(params, Trail("params"))
    except UnencodableError as error:
        message = str(error)
    except RecursionError:
        message = "params are nested too deep to be sent: send a flatter value."
    raise InvalidParamsError(message)


def _plain(value: object, trail: Trail) -> Json:
    for kind, handler in _BY_BASE:
        if type(value) is kind:
            return handler(value, trail)
    if "numpy" in sys.modules:
        value = _without_numpy(value, trail)
    for kind, handler in _BY_BASE:
        if isinstance(value, kind):
            return handler(value, trail)
    return _refuse(value, trail)


def _without_numpy(value: object, trail: Trail) -> object:
    import numpy as np

    if not isinstance(value, (np.ndarray, np.generic)):
        return value
    if value.dtype.kind not in "biufU" or isinstance(value, np.ma.MaskedArray):
        _refuse(value, trail)
    # Long doubles stay numpy's in `tolist`.
    return (value.astype("f8") if value.dtype.kind == "f" else value).tolist()


def _none(_value: None, _trail: Trail) -> None:
    return None


def _bool(value: bool, _trail: Trail) -> bool:
    return value


def _int(value: int, trail: Trail) -> int:
    number = int(value)
    if number.bit_length() > MAX_DECIMAL_BITS:
        _complain(trail, "is an int of more than 3,000 digits, which readers of JSON refuse: send it as a text.")
    return number


def _float(value: float, trail: Trail) -> float:
    number = float(value)
    if not math.isfinite(number):
        _complain(trail, f"is {number}, which JSON cannot hold: send None or a text in its place.")
    return number


def _str(value: str, trail: Trail) -> str:
    text = str.__str__(value)
    if has_surrogates(text):
        _complain(trail, "is a text with lone surrogates, which JSON cannot hold in UTF-8: send it without them.")
    return text


def _list(value: Iterable[object], trail: Trail) -> Json:
    with trail.container(value):
        return [_part(index, str(index), item, trail) for index, item in enumerate(value)]


def _dict(value: dict[object, object], trail: Trail) -> Json:
    with trail.container(value):
        return {text: _part(key, text, item, trail) for key, text, item in _entries(value, trail)}


def _entries(value: dict[object, object], trail: Trail) -> Iterable[tuple[object, str, object]]:
    for key, item in value.items():
        if not isinstance(key, str):
            _complain(trail, f"has the key {text_of(key)}, and JSON has only texts as keys: send str(…) of it.")
        yield key, _str(key, trail), item


def _part(key: object, token: str, value: object, trail: Trail) -> Json:
    trail.step(key, token)
    plain = _plain(value, trail)
    trail.back()
    return plain


_WAYS_OUT = {
    "complex": "send [z.real, z.imag]",
    "bytes": "send base64.b64encode(…).decode() of it",
    "bytearray": "send base64.b64encode(…).decode() of it",
    "set": "send sorted(…) of it",
    "frozenset": "send sorted(…) of it",
    "date": "send its isoformat()",
    "datetime": "send its isoformat()",
    "time": "send its isoformat()",
    "timedelta": "send its total_seconds()",
}


def _refuse(value: object, trail: Trail) -> NoReturn:
    name = type(value).__name__
    dtype = getattr(value, "dtype", None)
    kind = name if dtype is None else f"{name} of {dtype}"
    way_out = _WAYS_OUT.get(name, "turn it into numbers, texts, lists and dictionaries first")
    _complain(trail, f"is a {kind}, which JSON cannot hold: {way_out}.")


def _complain(trail: Trail, complaint: str) -> NoReturn:
    message = f"{trail.path} {complaint}"
    raise UnencodableError(message)


_Handler: TypeAlias = Callable[[Any, Trail], Json]

_BY_BASE: tuple[tuple[type, _Handler], ...] = (
    (type(None), _none),
    (bool, _bool),
    (int, _int),
    (float, _float),
    (str, _str),
    (list, _list),
    (tuple, _list),
    (dict, _dict),
)
