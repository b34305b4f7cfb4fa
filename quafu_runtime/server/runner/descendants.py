"""Finding, killing and reaping the processes below this one, however they try to get away.

A process that makes itself a daemon stays a descendant: the process that calls this is a subreaper, and inherits it.
"""

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from quafu_runtime.server.runner.linux import give_precedence_back, take_precedence
from quafu_runtime.server.runner.tree import processes_below

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

    Nothing is waited for before all have been told to end, and this thread runs before all others: they may be making
    new ones without end.

    Args:
        spare: Children that are left alone, with everything below them.
        patience: Seconds after which to give up.

    Returns:
        Every child that has ended meanwhile, those to be spared included, and whether there are others.
    """
    take_precedence()
    reaped = reap()
    killed: set[int] = set()
    pause = _FIRST_PAUSE
    give_up_at = time.monotonic() + patience
    while reaped.left and time.monotonic() < give_up_at:
        found = processes_below(os.getpid(), spare=spare)
        if spare and not found:
            break
        _kill_all(found)
        if killed.issuperset(found):  # where there are new ones, every moment makes more of them
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        killed.update(found)
        now = reap()
        reaped = Reaped(reaped.ended | now.ended, now.left)
    give_precedence_back()
    return reaped


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


def _kill_all(pids: list[int]) -> None:
    """Kill processes, and first, each in one step, the groups that they have made."""
    for group in _groups_of(pids) - {0, os.getpgrp()}:  # 0 would stand for the group of this process
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _groups_of(pids: list[int]) -> set[int]:
    groups: set[int] = set()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            groups.add(os.getpgid(pid))
    return groups
