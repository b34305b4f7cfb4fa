"""The few things that Linux does and that Python has no call for."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

_SET_PARENT_DEATH_SIGNAL = 1
_SET_DUMPABLE = 4
_SET_NAME = 15
_SET_CHILD_SUBREAPER = 36
"""The numbers of `prctl(2)`, from linux/prctl.h."""

_LOWEST_OF_THE_FIRST = 1
"""The priority within those that run before all ordinary ones."""

_FIRST_TO_GO = 500

_NAME_BYTES = 15
"""The longest name of a process; the kernel cuts what is longer."""

_STDERR = 2

_FIRST_UNUSED = 3
"""The first descriptor after standard input, output and error."""


def is_supported() -> bool:
    """Whether this system has what the processes of jobs need: Linux 5.3 or newer, for process descriptors."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open")


def adopt_orphans() -> None:
    """Make this process the one that inherits its descendants when their own parents end (a "subreaper").

    Raises:
        OSError: The kernel refuses.
    """
    call_prctl(_SET_CHILD_SUBREAPER, 1)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends, or end it now when that has happened already.

    To be called by the child of a fork. It is no promise: it follows the *thread* that forked, and a program can
    undo it; so whoever is above kills what is left, too.

    Args:
        parent: The process that forked this one.

    Raises:
        OSError: The kernel refuses.
    """
    call_prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def hide_memory() -> None:
    """Keep the memory of this process from other processes of the same user, its own program among them.

    Raises:
        OSError: The kernel refuses.
    """
    call_prctl(_SET_DUMPABLE, 0)


def take_precedence() -> None:
    """Have this thread run before all ordinary ones, where the user may: a process of root's may.

    A program that makes processes without end leaves whoever watches it a thousandth of the machine.
    """
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(_LOWEST_OF_THE_FIRST))


def give_precedence_back() -> None:
    """Have this thread run as all others do."""
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def offer_to_the_kernel() -> None:
    """Have the kernel, where it is short of memory, end this process and its children before those of anybody else."""
    Path("/proc/self/oom_score_adj").write_text(str(_FIRST_TO_GO), encoding="ascii")


def name_process(name: str) -> None:
    """Give this process a name that `ps` and `top` show.

    Args:
        name: At most 15 characters of ASCII.

    Raises:
        OSError: The kernel refuses.
    """
    call_prctl(_SET_NAME, name.encode("ascii")[:_NAME_BYTES])


def close_all_but(kept: Iterable[int]) -> None:
    """Close every descriptor but standard input, output, error, and those that are named.

    Args:
        kept: The descriptors that stay open.
    """
    low = _FIRST_UNUSED
    for descriptor in sorted({number for number in kept if number >= _FIRST_UNUSED}):
        os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def buffer_c_output_by_line() -> None:
    """Have C's own `stdout` write line by line, so that what a library prints arrives while it runs."""
    libc = ctypes.CDLL(None)
    line_buffered = 1  # _IOLBF
    libc.setvbuf(ctypes.c_void_p.in_dll(libc, "stdout"), None, line_buffered, ctypes.c_size_t(0))


def flush_c_output() -> None:
    """Write out what C libraries of this process have printed and not yet written."""
    ctypes.CDLL(None).fflush(None)


def silence_errors() -> None:
    """Write what this process says on standard error to nowhere: whoever reads it waits for the end of the service."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, _STDERR)
    os.close(descriptor)


def call_prctl(option: int, value: int | bytes) -> None:
    """Call `prctl(2)`.

    Args:
        option: What is to be set.
        value: To what.

    Raises:
        OSError: The kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
