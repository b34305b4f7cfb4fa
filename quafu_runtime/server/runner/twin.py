"""The runner's side of its program's process: starting it ahead of time, and what is left of it when it has ended."""

import os
import select
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from quafu_runtime.server.runner import box
from quafu_runtime.server.runner.confinement import Confinement, Sandbox
from quafu_runtime.server.runner.folder import box_folder, make_home, remove_home
from quafu_runtime.server.runner.linux import offer_to_the_kernel
from quafu_runtime.server.runner.program import live_as_program

_CRASH_BYTES = 256 * 1024
"""How much is read of what faulthandler wrote: a program can write to that file, too, and more."""

_BOXED = "quafu_runtime.server.runner.boxed"

_BOX_PATIENCE = 15.0
"""Seconds for a box to come up, in which its runner waits: half of what the service gives a runner to be heard."""

_KILLED = 128
"""What bubblewrap, like a shell, adds to the number of the signal that has killed what it ran."""


@dataclass(frozen=True, slots=True)
class Twin:
    """The process that is or will be a program's, or the box around it.

    Attributes:
        pid: The process, which leads a process group of its own.
        channel: The runner's end of the event channel.
        output: The pipe of what it prints, to be read.
        crash: The file for what faulthandler writes.
        folder: The folder that the box shows as the program's own, until a job gives it another name; None without box.
    """

    pid: int
    channel: socket.socket
    output: int
    crash: int
    folder: Path | None = None

    def read_crash(self) -> str:
        """What faulthandler wrote when the process crashed; an empty text where it did not."""
        return os.pread(self.crash, _CRASH_BYTES, 0).decode(errors="replace")

    def settle(self, home: Path) -> str:
        """Make a job's folder the program's own.

        Args:
            home: The folder, which is made anew.

        Returns:
            Where the program finds it.

        Raises:
            OSError: It cannot be made.
        """
        if self.folder is None:
            make_home(home)
            return str(home)
        self._wait_for_box()
        remove_home(home)
        self.folder.rename(home)
        return str(box.HOME)

    def status_of(self, status: int) -> int:
        """The wait status of the program's own process.

        Args:
            status: That of the process which the runner sees.
        """
        code = os.waitstatus_to_exitcode(status)
        is_of_a_signal = self.folder is not None and _KILLED < code < _KILLED + signal.NSIG
        return code - _KILLED if is_of_a_signal else status

    def discard(self) -> None:
        """Delete the folder of a process that no job will have."""
        if self.folder is not None:
            remove_home(self.folder)

    def _wait_for_box(self) -> None:
        ready, _, _ = select.select([self.channel], [], [], _BOX_PATIENCE)
        if ready:
            self.channel.recv(len(box.UP))


def start_twin(confinement: Confinement) -> Twin:
    """Start the process that waits to become a program's.

    Args:
        confinement: What the program is held to.

    Raises:
        OSError: The system has no room for another process.
    """
    channel, theirs = socket.socketpair()
    output, writing = os.pipe()
    crash = os.memfd_create("crash")
    with theirs:
        if confinement.sandbox is Sandbox.BWRAP:
            folder = box_folder(Path.home(), os.getpid())
            make_home(folder)
            pid = _start_in_box(folder, theirs.fileno(), writing, crash, confinement)
            os.close(writing)
            return Twin(pid, channel, output, crash, folder)
        pid = _fork(theirs, writing, crash, confinement)
    os.close(writing)
    return Twin(pid, channel, output, crash)


def _fork(channel: socket.socket, output: int, crash: int, confinement: Confinement) -> int:
    runner = os.getpid()
    pid = os.fork()
    if pid == 0:
        live_as_program(channel, output, crash, runner=runner, confinement=confinement)
    return pid


def _start_in_box(folder: Path, channel: int, output: int, crash: int, confinement: Confinement) -> int:
    words = [f"--channel={channel}", f"--crash={crash}", f"--confinement={confinement.to_json()}"]
    process = subprocess.Popen(  # noqa: S603 - a command of our own
        box.bwrap_command(folder, confinement, box.python_command(_BOXED, *words)),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[channel, crash],
        start_new_session=True,
        preexec_fn=offer_to_the_kernel,  # noqa: PLW1509 - there is no other thread yet
    )
    process.returncode = 0  # it is the runner that waits for it, and not this object
    return process.pid
