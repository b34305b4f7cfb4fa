"""Constants as texts: what Python can write down and read back as it was, exactly."""

import math
from collections.abc import Callable, Iterable
from typing import Any

_DECIMAL_BITS = 10_000
"""An int of more bits is written in hexadecimal: Python refuses to read very long decimal numbers."""

_LONGEST = 200_000
"""Characters of a constant; more belongs into params."""

_MUTABLE = (list, dict, set)


class NotLiteralError(Exception):
    """A value is none that can be written down."""


def literal(value: object, shared: dict[int, str] | None = None, owner: str = "") -> str:
    """Write a constant.

    Args:
        value: The constant.
        shared: Lists, dictionaries and sets that were written before, by their identity, with the constant they are of.
        owner: What this constant is called.

    Returns:
        An expression that is equal, with equal types.

    Raises:
        NotLiteralError: It is, or holds, something that cannot be written down; the message says what.
    """
    text = _write(value, {} if shared is None else shared, owner)
    if len(text) > _LONGEST:
        message = f"a constant of {len(text):,} characters: hand it over in params"
        raise NotLiteralError(message)
    return text


def _write(value: object, shared: dict[int, str], owner: str) -> str:
    writer = _WRITERS.get(type(value))
    if writer is None:
        message = f"{_article(type(value).__name__)}, which cannot be written down as a constant"
        raise NotLiteralError(message)
    if isinstance(value, _MUTABLE):
        _note(value, shared, owner)
    try:
        return writer(value, lambda part: _write(part, shared, owner))
    except RecursionError:
        message = "nested too deep"
        raise NotLiteralError(message) from None


def _note(value: object, shared: dict[int, str], owner: str) -> None:
    """A list that two constants share would be two lists afterwards."""
    if id(value) in shared:
        other = shared[id(value)]
        message = f"a {type(value).__name__} that is also {'in it twice' if other == owner else f'(in) {other}'}"
        raise NotLiteralError(message)
    shared[id(value)] = owner


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def _float(value: float, _write: "_Part") -> str:
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def _int(value: int, _write: "_Part") -> str:
    return hex(value) if value.bit_length() > _DECIMAL_BITS else repr(value)


def _complex(value: complex, write: "_Part") -> str:
    return f"complex({write(value.real)}, {write(value.imag)})"


def _plain(value: object, _write: "_Part") -> str:
    return repr(value)


def _tuple(value: tuple[object, ...], write: "_Part") -> str:
    return f"({', '.join(map(write, value))}{',' if len(value) == 1 else ''})"


def _list(value: list[object], write: "_Part") -> str:
    return f"[{', '.join(map(write, value))}]"


def _dict(value: dict[object, object], write: "_Part") -> str:
    return f"{{{', '.join(f'{write(key)}: {write(item)}' for key, item in value.items())}}}"


def _set(value: Iterable[object], write: "_Part") -> str:
    parts = sorted(map(write, value))
    return f"{{{', '.join(parts)}}}" if parts else "set()"


def _frozenset(value: frozenset[object], write: "_Part") -> str:
    return f"frozenset({_set(value, write) if value else ''})"


_Part = Callable[[object], str]

_WRITERS: dict[type, Callable[[Any, _Part], str]] = {
    type(None): _plain,
    bool: _plain,
    int: _int,
    float: _float,
    complex: _complex,
    str: _plain,
    bytes: _plain,
    tuple: _tuple,
    list: _list,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
}
