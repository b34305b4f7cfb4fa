"""The trace: every exchange on the wire as one JSON object a line, in a file that can be attached to a report.

The file has the mode 0600, and is opened anew for each line, with one write at its end: lines of several threads and
processes do not mix. A trace that cannot be written is told once, and the calls go on without it.
"""

import itertools
import json
import os
import platform
import stat
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from quafu_runtime._client.cautions import caution
from quafu_runtime._client.locks import Lock
from quafu_runtime.account.folders import complaint_about
from quafu_runtime.errors import ArgumentError, TraceWarning

VARIABLE = "QUAFU_RUNTIME_TRACE"
"""The variable that names the file where the constructor does not."""

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
"""Nothing is written through a link, and a pipe without a reader does not hold a call."""


class Trace:
    """A file of what went over the wire; usable from any thread.

    Args:
        path: The file.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = Lock()
        self._numbers = itertools.count(1)
        self._begun = False
        self._broken = False

    def number(self) -> str:
        """The name of a new exchange, which all of its lines have."""
        return f"{os.getpid()}-{next(self._numbers)}"

    def write(self, event: str, exchange: str | None = None, **fields: Any) -> None:
        """Write a line.

        Args:
            event: What happened.
            exchange: The exchange that it is part of, or None.
            fields: What is to be said of it, as plain JSON without secrets.

        Warns:
            TraceWarning: The file cannot be written; once.
        """
        line = {"at": _now(), "event": event, **({"exchange": exchange} if exchange else {}), **fields}
        with self._lock:
            if self._broken:
                return
            lines = [line] if self._begun else [_beginning(), line]
            complaint = self._append(lines)
            self._begun, self._broken = True, complaint is not None
        if complaint is not None:
            message = f"The trace {self.path} {complaint}. The calls go on without it."
            caution(message, TraceWarning)

    def _append(self, lines: Sequence[Mapping[str, Any]]) -> str | None:
        """What is wrong with the file, or None."""
        data = "".join(json.dumps(line) + "\n" for line in lines).encode()
        try:
            descriptor = os.open(self.path, _FLAGS, 0o600)
            try:
                complaint = None if self._begun else complaint_about(Path(self.path).parent)
                return complaint or _written(descriptor, data)
            finally:
                os.close(descriptor)
        except (OSError, ValueError) as error:
            return f"cannot be written ({getattr(error, 'strerror', None) or error})"


def trace_for(given: str | os.PathLike[str] | None) -> Trace | None:
    """The trace of a client.

    Args:
        given: The constructor's argument; None for what the environment says.

    Raises:
        ArgumentError: It is no path.
    """
    if given is None:
        named = os.environ.get(VARIABLE)
        return Trace(os.path.abspath(named)) if named else None  # noqa: PTH100 - pathlib costs more than it gives here
    if not isinstance(given, str | os.PathLike) or not os.fspath(given):
        message = f"trace is the path of a file, such as trace='trace.jsonl', not {given!r:.60}."
        raise ArgumentError(message)
    return Trace(os.path.abspath(os.fspath(given)))  # noqa: PTH100 - the same


def _written(descriptor: int, data: bytes) -> str | None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return "is not a regular file"
    if status.st_uid != os.geteuid():
        return "belongs to another user"
    if status.st_nlink > 1:
        return "has a second name, and so may be another file: remove it"
    if stat.S_IMODE(status.st_mode) & 0o077:
        os.fchmod(descriptor, 0o600)
    return None if os.write(descriptor, data) == len(data) else "cannot be written (the disk is full)"


def _beginning() -> dict[str, Any]:
    """Who writes, for whoever reads the trace elsewhere."""
    from quafu_runtime_api import SPEC_VERSION

    from quafu_runtime._version import __version__

    versions = {"quafu_runtime": __version__, "contract": SPEC_VERSION, "python": platform.python_version()}
    return {"at": _now(), "event": "trace", "versions": versions, "system": platform.platform()}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
