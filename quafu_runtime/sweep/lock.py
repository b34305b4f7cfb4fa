"""One process at a time on a sweep's file: a lock that the system takes back from whoever dies with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quafu_runtime.errors import ArgumentError, SweepInUseError


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a sweep's file.

    The lock is on a file beside it. A lock on the file itself would end SQLite's own ones when it is let go.

    Args:
        path: The sweep's file.

    Raises:
        SweepInUseError: Another process, or another call in this one, holds it.
        ArgumentError: Nothing can be written there.
    """
    beside = path.with_name(f"{path.name}.lock")
    descriptor = _locked(beside, path)
    try:
        yield
    finally:
        beside.unlink(missing_ok=True)  # before it is let go: whoever opens it from now on makes a new one
        os.close(descriptor)


def _locked(beside: Path, path: Path) -> int:
    import fcntl

    while True:
        descriptor = _opened(beside)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            message = f"The sweep {path} is being run already: wait for that, or end it. Each point would be run twice."
            raise SweepInUseError(message) from None
        if _is_still(beside, descriptor):
            return descriptor
        os.close(descriptor)  # its holder has just let it go and deleted it


def _opened(beside: Path) -> int:
    try:
        return os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"The sweep cannot be written: {beside.parent}: {error.strerror}."
        raise ArgumentError(message) from None


def _is_still(beside: Path, descriptor: int) -> bool:
    try:
        there = beside.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(descriptor)
    return (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev)
