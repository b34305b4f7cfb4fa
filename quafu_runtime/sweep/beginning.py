"""What a sweep was begun with, and how what it is started with again differs from that. No I/O."""

import difflib
import json
from typing import Any
from urllib.parse import urlsplit

from attrs import asdict, field, frozen

from quafu_runtime.account.addresses import is_loopback
from quafu_runtime.errors import SweepMismatchError

_SHOWN = 3
"""Points that a message shows: enough to see what differs."""

_LINES = 20
"""Lines of a difference between two programs."""

_WIDTH = 120
"""Characters of a value in a message."""

THIS_MACHINE = "this machine"
"""In place of the address of a service on this machine, whose port is another one at each start."""


@frozen
class Beginning:
    """What a sweep is begun with.

    Attributes:
        program: The program's name.
        source: Its text.
        backend: The backend, or None for the program's own.
        seed: What the points' seeds are made of, or None.
        service: Where the service is.
        label: A text for people, of each job.
        tags: Words to find the jobs by.
    """

    program: str
    source: str = field(repr=False)
    backend: str | None
    seed: int | None
    service: str
    label: str | None = None
    tags: tuple[str, ...] = ()

    def entries(self) -> dict[str, str]:
        """Its fields, as JSON texts."""
        return {name: json.dumps(value) for name, value in asdict(self).items()}

    @classmethod
    def of_entries(cls, entries: dict[str, str]) -> "Beginning":
        """Read back what `entries` gave."""
        values = {name: json.loads(text) for name, text in entries.items()}
        return cls(**{**values, "tags": tuple(values["tags"])})


def service_of(url: str) -> str:
    """A service's address, as a sweep keeps it.

    Args:
        url: The account's URL.
    """
    parts = urlsplit(url)
    if is_loopback(parts.hostname or ""):
        return THIS_MACHINE
    return url.rstrip("/")


def compare(path: object, began: Beginning, now: Beginning, points: list[Any], wanted: list[Any]) -> None:
    """See that a sweep goes on with what it was begun with.

    Args:
        path: The sweep's file.
        began: What it was begun with.
        now: What it is started with.
        points: The params of its points.
        wanted: The params that are given now.

    Raises:
        SweepMismatchError: Something is another one.
    """
    names = ("backend", "seed", "service", "label", "tags")
    pairs = {name: (getattr(began, name), getattr(now, name)) for name in names}
    found = {name: _two(*pair) for name, pair in pairs.items() if pair[0] != pair[1]}
    if began.source != now.source:
        found["program"] = _lines_of(began, now)
    if points != wanted:
        found["grid"] = _points_of(points, wanted)
    if not found:
        return
    listed = "\n".join(f"{name}: {text}" for name, text in found.items())
    message = (
        f"The sweep {path} was begun with something else, and its points would not belong together.\n{listed}\n"
        "Give what it was begun with, or another file."
    )
    raise SweepMismatchError(message, differences=found)


def _two(there: object, here: object) -> str:
    return f"{_short(there)} in the file, {_short(here)} now"


def _lines_of(began: Beginning, now: Beginning) -> str:
    lines = difflib.unified_diff(
        began.source.splitlines(), now.source.splitlines(), "in the file", "now", lineterm="", n=1
    )
    shown = [_cut(line) for line in lines]
    more = [f"... and {len(shown) - _LINES} more lines"] if len(shown) > _LINES else []
    if not shown:
        return "another text, in its white space only"
    return "\n".join(["another text", *(f"    {line}" for line in [*shown[:_LINES], *more])])


def _points_of(there: list[Any], here: list[Any]) -> str:
    size = [] if len(there) == len(here) else [f"{len(there)} points in the file, {len(here)} now"]
    both = enumerate(zip(there, here, strict=False))
    others = [f"point {number}: {_two(one, other)}" for number, (one, other) in both if one != other]
    more = [f"and {len(others) - _SHOWN} more points"] if len(others) > _SHOWN else []
    return "; ".join([*size, *others[:_SHOWN], *more])


def _short(value: object) -> str:
    return _cut(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]}..."
