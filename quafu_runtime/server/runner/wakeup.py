"""Wakes a process's loop when one of its children has ended, or when a thread of its own says so."""

import contextlib
import signal
import socket
from types import FrameType

_RECEIVED_AT_ONCE = 4096


class Wakeup:
    """A socket that becomes readable on SIGCHLD and on `wake`. One a process, made in its main thread."""

    def __init__(self) -> None:
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._writing.setblocking(False)  # noqa: FBT003 - the same
        # What matters is that the system writes to the socket, which it does only for signals that are handled.
        signal.signal(signal.SIGCHLD, _do_nothing)
        signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._reading.fileno()

    def wake(self) -> None:
        """Make the socket readable, from any thread."""
        with contextlib.suppress(BlockingIOError):  # then it is readable already
            self._writing.send(b"\0")

    def clear(self) -> None:
        """Make the socket wait for the next event; to be called before looking what has happened."""
        with contextlib.suppress(BlockingIOError):
            while self._reading.recv(_RECEIVED_AT_ONCE):
                pass


def restore_signals() -> None:
    """Undo, in a child of a fork, what its parent did to signals."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    """Handle a signal by doing nothing."""
