"""The processes below a process, as the kernel knows them."""

import contextlib
import functools
import os
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path


def processes_below(root: int, *, spare: Collection[int] = ()) -> list[int]:
    """Every process below another, those that have ended and were not reaped included.

    Processes that are made meanwhile may be missing.

    Args:
        root: The process.
        spare: Processes that are left out, with everything below them.
    """
    children = _children_of if _kernel_lists_children() else _all_children().__getitem__
    found: list[int] = []
    waiting = [root]
    while waiting:
        below = [pid for pid in children(waiting.pop()) if pid not in spare]
        found += below
        waiting += below
    return found


@functools.cache
def _kernel_lists_children() -> bool:
    # Most kernels are built with it; without it, all of /proc is read.
    return Path("/proc/thread-self/children").exists()


def _children_of(pid: int) -> list[int]:
    children: list[int] = []
    with contextlib.suppress(OSError):  # it has ended since
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - read so often that a Path each would be felt
            with (
                contextlib.suppress(OSError),  # the thread has
                open(f"/proc/{pid}/task/{thread}/children", "rb", buffering=0) as file,  # noqa: PTH123 - the same
            ):
                children += [int(child) for child in file.readall().split()]
    return children


def _all_children() -> defaultdict[int, list[int]]:
    children: defaultdict[int, list[int]] = defaultdict(list)
    for pid, parent in _parents():
        children[parent].append(pid)
    return children


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
