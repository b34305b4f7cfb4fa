"""The service's end of a supervisor: the process, and the socket to it."""

import asyncio
import contextlib
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from quafu_runtime.server.runner.afterlife import Afterlife
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.messages import receive_notice, send_notice

_MODULE = "quafu_runtime.server.runner.supervisor"

END_PATIENCE = 15.0
"""Seconds for a supervisor to end everything below it, before it is killed itself."""


class SupervisorLink:
    """One supervisor, running.

    Args:
        scratch: The folder in which the supervisor makes its own, where each attempt has one.
        slots: How many pairs of processes wait for jobs.
        confinement: What each program is held to.
        environment: The environment of everything below.
        lifeline: A pipe of somebody else whose end ends everything, or None.
        afterlife: What lets the processes of jobs go on without this service, or None where they end with it.
        on_notice: Called with each notice and the descriptors that come with it.
        on_end: Called once, with the exit code, when the supervisor has ended.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(
        self,
        *,
        scratch: Path,
        slots: int,
        confinement: Confinement,
        environment: Mapping[str, str],
        lifeline: int | None,
        afterlife: Afterlife | None,
        on_notice: Callable[[dict[str, Any], list[int]], None],
        on_end: Callable[[int], None],
    ) -> None:
        self._on_notice = on_notice
        self._on_end = on_end
        self._ended = asyncio.Event()
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.folder = scratch / f"{os.getpid()}-{secrets.token_hex(4)}"
        with theirs:
            command = [sys.executable, "-P", "-m", _MODULE, f"--link={theirs.fileno()}", f"--slots={slots}"]
            command += [f"--folder={self.folder}", f"--confinement={confinement.to_json()}"]
            command += [] if lifeline is None else [f"--lifeline={lifeline}"]
            command += [] if afterlife is None else [f"--afterlife={afterlife.to_json()}"]
            self._process = subprocess.Popen(  # noqa: S603 - a command of our own
                command,
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), *([] if lifeline is None else [lifeline])],
                # Ctrl-C in a terminal is for the service, which then ends this in its own time.
                start_new_session=True,
            )
        self._descriptor = os.pidfd_open(self._process.pid)
        self._link.setblocking(False)  # noqa: FBT003 - the standard library's signature
        loop = asyncio.get_running_loop()
        loop.add_reader(self._link, self._read)
        loop.add_reader(self._descriptor, self._finish)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def place(self, key: str, control: socket.socket) -> None:
        """Ask for a pair of processes.

        Args:
            key: What names the attempt in the notices that follow, and its folder.
            control: What the runner is to have.

        Raises:
            OSError: The supervisor has ended.
        """
        send_notice(self._link, {"place": key}, [control.fileno()])

    async def end(self) -> None:
        """End the supervisor and everything below it, and wait until that is done."""
        with contextlib.suppress(OSError):  # it has ended, or has no time for us, as is about to be seen
            send_notice(self._link, {"end": True})
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_PATIENCE):
                await self._ended.wait()
                return
        self._process.kill()
        await self._ended.wait()

    def leave(self) -> None:
        """Let the supervisor go on without this service, as long as a runner does."""
        loop = asyncio.get_running_loop()
        for source in (self._link, self._descriptor):
            loop.remove_reader(source)
        self._link.close()
        os.close(self._descriptor)
        self._process.returncode = 0  # `subprocess` would warn that it still runs

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while received := receive_notice(self._link):
                self._on_notice(*received)
            # It has ended, or is about to, which its process tells.
            asyncio.get_running_loop().remove_reader(self._link)

    def _finish(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._descriptor)
        self._read()
        loop.remove_reader(self._link)
        os.close(self._descriptor)
        self._link.close()
        code = self._process.wait()
        self._ended.set()
        self._on_end(code)
