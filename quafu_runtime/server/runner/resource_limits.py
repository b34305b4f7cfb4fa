"""The limits that the kernel itself keeps, process by process: a first line, where a program gets an error of its own.

They are not enough: a program may start many processes, and one of root's may raise them. So its runner counts, too.
"""

import contextlib
import os
import resource
from collections.abc import Iterable
from pathlib import Path

from quafu_runtime.server.runner.confinement import GIBIBYTE, Confinement
from quafu_runtime.server.runner.usage import tasks_of_user

_BESIDE_THE_USE = GIBIBYTE
"""Bytes of memory that a process may reserve and not use, for the stacks of its threads above all."""

_ROOM_FOR_OTHERS = 2
"""How many times its limit a program's user may have processes beside those that are there already."""


def set_limits(confinement: Confinement) -> None:
    """Limit this process, and those that it starts.

    Args:
        confinement: What it is held to.
    """
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, confinement.files)
    if confinement.folder is not None:
        _lower(resource.RLIMIT_FSIZE, confinement.folder)
    if confinement.memory is not None:
        _lower(resource.RLIMIT_DATA, _reserved() + confinement.memory + _BESIDE_THE_USE)


def limit_user(pids: Iterable[int], confinement: Confinement) -> None:
    """Limit how many processes a program's user may have, which slows down one that makes them without end.

    The kernel counts all processes of a user, and no process of root's.

    Args:
        pids: The processes of the program.
        confinement: What it is held to.
    """
    if confinement.processes is None or os.geteuid() == 0:
        return
    most = tasks_of_user() + _ROOM_FOR_OTHERS * confinement.processes
    for pid in pids:
        with contextlib.suppress(OSError):  # it has ended
            _lower(resource.RLIMIT_NPROC, most, pid)


def _lower(kind: int, most: int, pid: int = 0) -> None:
    _soft, hard = resource.prlimit(pid, kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.prlimit(pid, kind, (most, most))


def _reserved() -> int:
    """Bytes of memory that this process has reserved so far."""
    data_and_stack = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    return data_and_stack * resource.getpagesize()
