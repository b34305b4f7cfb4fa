"""The `sys.stdout` and `sys.stderr` of a program: what is written is on its way when `write` returns."""

import io
import os
import sys
from collections.abc import Callable

from quafu_runtime.server.runner.linux import buffer_c_output_by_line

_STDOUT = 1
_STDERR = 2

_FIRST: list[Callable[[], None]] = []
"""What is done before anything is printed."""


class _LiveText(io.TextIOWrapper):
    """Text that is written out at once, whole also where a signal interrupts the writing."""

    def write(self, text: str, /) -> int:
        for first in _FIRST:
            first()
        written = super().write(text)
        self.flush()
        return written


def redirect_output(pipe: int) -> None:
    """Send all that this process prints into a pipe, from Python, from C and from its children alike.

    Args:
        pipe: The pipe's descriptor, which can be closed afterwards.
    """
    for descriptor in (_STDOUT, _STDERR):
        os.dup2(pipe, descriptor)
    buffer_c_output_by_line()
    sys.stdout = sys.__stdout__ = _open(_STDOUT)  # type: ignore[misc] # it is what a fresh interpreter would have
    sys.stderr = sys.__stderr__ = _open(_STDERR)  # type: ignore[misc] # the same


def print_after(before: Callable[[], None]) -> None:
    """Have something done before anything is printed, so that it comes before it.

    Args:
        before: What to do; it neither prints nor raises.
    """
    _FIRST[:] = [before]


def _open(descriptor: int) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return _LiveText(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True)
