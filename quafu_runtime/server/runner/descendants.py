"""Finding, killing and reaping the processes below this one, however they try to get away.

A process that makes itself a daemon stays a descendant: the process that calls this is a subreaper, and inherits it.
"""

import contextlib
import os
import select
import signal
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 5.0
"""Seconds after which killing gives up: a process in a system call that cannot be broken off ends only after that."""

_FIRST_PAUSE = 0.0005
_LONGEST_PAUSE = 0.02
"""Seconds between two rounds: a killed process is gone within a fraction of a millisecond, a large one takes longer."""


@dataclass(frozen=True, slots=True)
class Reaped:
    """Children that have ended, and whether there are others.

    Attributes:
        ended: The wait status of each child that has ended, by its process id.
        left: Whether there are children that have not ended.
    """

    ended: dict[int, int]
    left: bool


def reap() -> Reaped:
    """Take note of every child that has ended, without waiting for one."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return Reaped(ended, left=False)
        if pid == 0:
            return Reaped(ended, left=True)
        ended[pid] = status


def kill_descendants(*, spare: Collection[int] = (), patience: float = PATIENCE) -> Reaped:
    """Kill every process below this one, until none is left.

    Args:
        spare: Children that are left alone, with everything below them.
        patience: Seconds after which to give up.

    Returns:
        Every child that has ended meanwhile, those to be spared included, and whether there are others.
    """
    reaped = reap()
    pause = _FIRST_PAUSE
    give_up_at = time.monotonic() + patience
    # Looking for descendants means reading all of /proc, so it is done only when there may be some.
    while reaped.left and time.monotonic() < give_up_at:
        found = _descendants(spare)
        if spare and not found:
            break
        for pid in found:
            _kill(pid)
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
        now = reap()
        reaped = Reaped(reaped.ended | now.ended, now.left)
    return reaped


def kill_group(leader: int, *, patience: float = PATIENCE) -> None:
    """Kill a process group in one step, which even a program that forks without end does not outrun.

    Args:
        leader: The process that made the group; a child of this one that has not been reaped.
        patience: Seconds to wait for the end of the leader, which is not reaped here.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    with open_process(leader) as process:
        select.select([process], [], [], patience)


@contextlib.contextmanager
def open_process(pid: int) -> Iterator[int]:
    """A descriptor of a child, which becomes readable when the child has ended.

    Args:
        pid: A child that has not been reaped.
    """
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)


def _descendants(spare: Collection[int]) -> list[int]:
    """Every process below this one, without those to be spared and what is below them."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found: list[int] = []
    waiting = [os.getpid()]
    while waiting:
        below = [pid for pid in children.get(waiting.pop(), []) if pid not in spare]
        found += below
        waiting += below
    return found


def _parents() -> Iterator[tuple[int, int]]:
    """Every process of this machine that can be seen, with its parent."""
    for entry in os.listdir("/proc"):  # noqa: PTH208 - thousands of them, where a Path each would be felt
        if not entry.isdigit():
            continue
        try:
            stat = Path("/proc", entry, "stat").read_bytes()
        except OSError:  # it has ended since
            continue
        # The name of a process stands in parentheses, and may hold spaces and parentheses itself.
        yield int(entry), int(stat.rpartition(b")")[2].split()[1])
