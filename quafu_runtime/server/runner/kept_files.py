"""How many bytes a program keeps in files: in its folder, and in files without a name that it holds open.

A folder may be large, so that this goes through it a few entries at a time.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

SMALLEST = 4096
"""Bytes that every entry of a folder counts at least: one that is empty takes its place in the file system, too."""

AT_ONCE = 500
"""Entries that are looked at in one step, which takes a millisecond or two."""

_BLOCK = 512
"""Bytes in which `st_blocks` counts, whatever the file system's own blocks are."""

_IN_MEMORY = ("/memfd:", "/dev/shm/", "/SYSV")  # noqa: S108 - the kernel's names of files that are memory


class TooDeepError(Exception):
    """There are folders within each other, deeper than a path can name."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept in files.

    Attributes:
        on_disk: Bytes on the disk.
        in_memory: Bytes of files without a name that are memory.
    """

    on_disk: int = 0
    in_memory: int = 0


class KeptFiles:
    """Adds up, again and again, what a program keeps.

    Args:
        home: The job's folder.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._round: Iterator[Kept] | None = None
        self.so_far = Kept()

    def step(self, pids: Iterable[int]) -> Kept | None:
        """Look at a few entries.

        Args:
            pids: The processes of the program, of which the open files are looked at when a round begins.

        Returns:
            What is kept, where a round is complete; else None, and `so_far` is the part of it that is known.

        Raises:
            TooDeepError: The folder cannot be looked through.
        """
        if self._round is None:
            self._round = _all_files(self._home, pids)
            self.so_far = Kept()
        pieces = list(islice(self._round, AT_ONCE))
        self.so_far = Kept(
            self.so_far.on_disk + sum(piece.on_disk for piece in pieces),
            self.so_far.in_memory + sum(piece.in_memory for piece in pieces),
        )
        if len(pieces) == AT_ONCE:
            return None
        self._round = None
        return self.so_far


def _all_files(home: Path, pids: Iterable[int]) -> Iterator[Kept]:
    seen: set[tuple[int, int]] = set()
    waiting = [str(home)]
    while waiting:
        for entry, status in _entries(waiting.pop()):
            if stat.S_ISDIR(status.st_mode):
                waiting.append(entry)
            elif status.st_nlink > 1 and _is_known(status, seen):
                yield Kept(SMALLEST)
                continue
            yield Kept(max(status.st_blocks * _BLOCK, SMALLEST))
    for pid in pids:
        yield from _nameless(pid, seen)


def _entries(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):
                    yield entry.path, entry.stat(follow_symlinks=False)
    except OSError as error:  # it is gone, or the program has closed it to itself
        if error.errno == errno.ENAMETOOLONG:
            raise TooDeepError from error


def _nameless(pid: int, seen: set[tuple[int, int]]) -> Iterator[Kept]:
    """The files without a name that a process holds open."""
    place = f"/proc/{pid}/fd"
    with contextlib.suppress(OSError):  # it has ended, or hides what it has
        for number in os.listdir(place):  # noqa: PTH208 - read so often that a Path each would be felt
            kept = Kept()
            with contextlib.suppress(OSError):  # it was closed
                status = os.stat(f"{place}/{number}")  # noqa: PTH116 - the same
                if stat.S_ISREG(status.st_mode) and status.st_nlink == 0 and not _is_known(status, seen):
                    size = status.st_blocks * _BLOCK
                    is_memory = os.readlink(f"{place}/{number}").startswith(_IN_MEMORY)  # noqa: PTH115 - the same
                    kept = Kept(0, size) if is_memory else Kept(size)
            yield kept


def _is_known(status: os.stat_result, seen: set[tuple[int, int]]) -> bool:
    mark = (status.st_dev, status.st_ino)
    is_known = mark in seen
    seen.add(mark)
    return is_known
