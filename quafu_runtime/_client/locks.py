"""Locks for what a client's calls share, wherever they are made: in threads, in finalizers, in forked processes."""

import os
import threading
import weakref
from types import TracebackType


class Lock:
    """A lock that bears what a plain one does not.

    A finalizer runs in the middle of whatever its thread does, and may take the lock that this thread holds. In a
    forked child nobody is left to give back the lock that another thread of the parent held, and it is a new one.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        _all.add(self)

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def renew(self) -> None:
        """Make it a new one, which nobody holds."""
        self._lock = threading.RLock()


class Depth(threading.local):
    """Whether this thread is in the middle of something, in which a finalizer may run that wants to do the same.

    Attributes:
        inside: How often it has been entered and not left.
    """

    inside = 0

    def __enter__(self) -> None:
        self.inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.inside -= 1


_all: "weakref.WeakSet[Lock]" = weakref.WeakSet()


def _renew_all() -> None:
    for lock in list(_all):
        lock.renew()


os.register_at_fork(after_in_child=_renew_all)
