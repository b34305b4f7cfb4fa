"""Which process a runner is, in terms that stay true: an id alone is given to another process some day."""

import os
import select
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_STARTED_FIELD = 19
"""The place of a process's start, in clock ticks since the machine came up, behind its name in /proc/PID/stat."""


def identity_of(pid: int) -> dict[str, Any]:
    """What names a process: its id, when it was started, and since when the machine has been up.

    Args:
        pid: A process that runs.

    Returns:
        A JSON object.

    Raises:
        OSError: There is no such process.
    """
    return {"pid": pid, "started": _started(pid), "boot": _boot()}


def open_identified(identity: Mapping[str, Any] | None) -> int | None:
    """A descriptor of a process that was named by `identity_of`.

    Args:
        identity: What names it, or None where nobody knows.

    Returns:
        The descriptor, or None where the process has ended, whoever has its id now.
    """
    if identity is None:
        return None
    try:
        process = os.pidfd_open(identity["pid"])
    except (OSError, OverflowError):
        return None
    # Looked at when the descriptor is there: from now on the id cannot go to another process unseen.
    try:
        if identity_of(identity["pid"]) == identity and not _has_ended(process):
            return process
    except OSError:  # it has just ended
        pass
    os.close(process)
    return None


def _has_ended(process: int) -> bool:
    """Whether it only waits for somebody to take note of its end."""
    return bool(select.select([process], [], [], 0)[0])


def _started(pid: int) -> int:
    # The name of a process stands in parentheses, and may hold spaces and parentheses itself.
    return int(Path("/proc", str(pid), "stat").read_bytes().rpartition(b")")[2].split()[_STARTED_FIELD])


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
