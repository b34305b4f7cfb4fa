"""A token as a text that no repr shows, and in which spellings it may stand in somebody else's text. No I/O."""

import base64
import html
import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn, Self, SupportsIndex
from urllib.parse import quote

HIDDEN = "[token]"
"""What stands in a text in place of a token."""

_SHORTEST_BASE64 = 6
"""Characters; a shorter piece of base64 would be found in anything."""

_BEGINNING = 8
"""Characters of a token that are as good as told; a shorter piece would be found in anything."""

_REMEMBERED = 16
"""Tokens of which the spellings are kept, since a log has many texts."""


class Secret(str):
    """A text whose repr does not show it, so that no report of a frame's variables does.

    It is the text everywhere else: it is sent, compared and formatted as any other one. A piece of it is hidden too,
    since some reports cut long texts themselves. It is never pickled.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __getitem__(self, key: SupportsIndex | slice) -> "Secret":
        return Secret(super().__getitem__(key))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, _protocol: SupportsIndex) -> NoReturn:
        message = "A token is never pickled: pickle an Account, which leaves it out."
        raise TypeError(message)


def hidden(value: object) -> object:
    """A value of a user as the variables of our frames may hold it: a text as a `Secret`, bytes not at all.

    Args:
        value: What was given as a token, of any kind.

    Returns:
        The text, hidden; bytes without what is in them; anything else as it is.
    """
    if isinstance(value, str):
        return Secret(value)
    return type(value)() if isinstance(value, bytes | bytearray) else value


@lru_cache(_REMEMBERED)
def spellings(token: str) -> tuple[str, ...]:
    """A token as it is, and as JSON, HTML, URLs, base64 and hexadecimal have it; the longest one first.

    Args:
        token: The token, which is not empty.
    """
    ways: list[Callable[[str], str]] = [
        str.__str__,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(json.dumps(text)[1:-1])[1:-1],
        html.escape,
        lambda text: quote(text, safe=""),
        lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
        lambda text: text.encode().hex(),
    ]
    base64s = {piece for offset in range(3) for piece in _in_base64(token.encode(), offset)}
    return tuple(sorted({*(way(token) for way in ways), *base64s}, key=len, reverse=True))


def taken_out(text: str, token: str) -> str:
    """A text without a token, in whatever spelling it stands there.

    Args:
        text: The text.
        token: The token; empty for none.
    """
    if len(token) < _BEGINNING:
        return text.replace(token, HIDDEN) if token else text  # its other spellings would be found in anything
    for spelled in spellings(token):
        for written in {spelled, spelled.lower(), spelled.upper()}:
            text = _beginnings_taken_out(text.replace(written, HIDDEN), written)
    return text


def _beginnings_taken_out(text: str, written: str) -> str:
    """A text without the pieces of a token that are left where somebody has cut the text."""
    beginning = written[:_BEGINNING]
    at = text.find(beginning) if len(written) >= 2 * _BEGINNING else -1
    while at >= 0:
        alike = next((n for n in range(_BEGINNING, len(written)) if text[at + n : at + n + 1] != written[n]), 0)
        text = text[:at] + HIDDEN + text[at + alike :]
        at = text.find(beginning, at + len(HIDDEN))
    return text


def _in_base64(token: bytes, offset: int) -> list[str]:
    """The characters of base64 that a token alone decides, when so many bytes (modulo 3) stand before it."""
    first, last = -(-offset * 8 // 6), (offset + len(token)) * 8 // 6
    pieces = [encode(bytes(offset) + token).decode()[first:last] for encode in _ENCODINGS]
    return [piece for piece in pieces if len(piece) >= _SHORTEST_BASE64]


_ENCODINGS: tuple[Callable[[bytes], bytes], ...] = (base64.b64encode, base64.urlsafe_b64encode)
