"""Looks for a token, and for pieces of it, in all that could be made of an object or an error."""

import base64
import pickle
import pprint
import traceback
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from attrs import asdict, has

SENTINEL = "Zq7/Vw2+Lk9=" + "mR4tY8uP1sD6fG3hJ5" * 6 + "=Nb0+Xc/eT7"
"""Long, since reports shorten long texts in ways of their own, and with characters that URLs spell anew."""

ECHOES = (
    SENTINEL,
    quote(SENTINEL, safe=""),
    base64.b64encode(SENTINEL.encode()).decode(),
    SENTINEL.encode().hex(),
    SENTINEL.upper(),
)
"""What a service, or a proxy, may make of it."""

_PIECE = 8


def pieces() -> set[str]:
    """What must stand nowhere: the token in its spellings, and pieces of it that nobody shows on purpose."""
    token = SENTINEL.encode()
    base64s = {base64.b64encode(bytes(shift) + token).decode()[4 + shift : 24] for shift in range(3)}
    short = {SENTINEL[:_PIECE], SENTINEL[-_PIECE:], SENTINEL[20 : 20 + _PIECE], quote(SENTINEL, safe="")[:12]}
    return {one.lower() for one in short | base64s | {token.hex()[:16]}}


def found_in(text: str | bytes) -> list[str]:
    """The pieces of the token in a text."""
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    lowered = shown.lower()
    return [piece for piece in pieces() if piece in lowered]


def made_of(thing: Any) -> Iterator[str]:
    """All texts that are made of an object, and of what it holds, without asking it for a token."""
    seen: set[int] = set()
    todo = [thing]
    while todo:
        one = todo.pop()
        if id(one) in seen or len(seen) > 400:
            continue
        seen.add(id(one))
        yield from (repr(one), f"{one}" if type(one).__name__ != "Secret" else "", pprint.pformat(one))
        yield from (getattr(one, way)() for way in ("_repr_html_", "_repr_markdown_") if hasattr(type(one), way))
        held = getattr(one, "__dict__", None)
        yield repr(held)
        if has(type(one)):
            yield repr(asdict(one, recurse=False))
        if type(one).__module__.startswith("quafu_runtime") and isinstance(held, dict):
            todo += held.values()


def pickled(thing: Any) -> bytes:
    """An object as a pickle, or why it has none."""
    try:
        return pickle.dumps(thing)
    except Exception as error:  # noqa: BLE001 - whatever pickle says
        return report(error).encode()


def report(error: BaseException, *, tests: bool = False) -> str:
    """All that a report could make of an error: its frames' variables too, and all errors before it.

    The frames of the tests themselves, which hold the token, are left out unless `tests` says otherwise.
    """
    return "\n".join(_told_of(error, tests=tests))


def _told_of(error: BaseException, *, tests: bool) -> Iterator[str]:
    todo, seen = [error], set[int]()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        told = traceback.TracebackException.from_exception(one, capture_locals=True)
        told.stack = traceback.StackSummary.from_list(
            [frame for frame in told.stack if tests or "/tests/" not in frame.filename]
        )
        yield "".join(told.format(chain=False))
        yield from (repr(one), str(one), repr(vars(one)), repr(getattr(one, "__notes__", "")), repr(one.args))
        todo += [inner for inner in (one.__cause__, one.__context__) if inner is not None]
        todo += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
