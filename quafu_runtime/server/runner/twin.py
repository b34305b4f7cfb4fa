"""The runner's side of its program's process: forking it ahead of time, and what is left of it when it has ended."""

import os
import socket
from dataclasses import dataclass

from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.program import live_as_program

_CRASH_BYTES = 256 * 1024
"""How much is read of what faulthandler wrote: a program can write to that file, too, and more."""


@dataclass(frozen=True, slots=True)
class Twin:
    """The process that is or will be a program's.

    Attributes:
        pid: The process, which leads a process group of its own.
        channel: The runner's end of the event channel.
        output: The pipe of what it prints, to be read.
        crash: The file for what faulthandler writes.
    """

    pid: int
    channel: socket.socket
    output: int
    crash: int

    def read_crash(self) -> str:
        """What faulthandler wrote when the process crashed; an empty text where it did not."""
        return os.pread(self.crash, _CRASH_BYTES, 0).decode(errors="replace")


def fork_twin(confinement: Confinement) -> Twin:
    """Fork the process that waits to become a program's.

    Args:
        confinement: What the program is held to.

    Raises:
        OSError: The system has no room for another process.
    """
    channel, theirs = socket.socketpair()
    output, writing = os.pipe()
    crash = os.memfd_create("crash")
    runner = os.getpid()
    pid = os.fork()
    if pid == 0:
        live_as_program(theirs, writing, crash, runner=runner, confinement=confinement)
    theirs.close()
    os.close(writing)
    return Twin(pid, channel, output, crash)
