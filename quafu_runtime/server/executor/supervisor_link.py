"""The service's end of a supervisor: the process, the socket to it, and the pipe whose end ends it."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.messages import receive_notice, send_notice

_MODULE = "quafu_runtime.server.runner.supervisor"

END_PATIENCE = 15.0
"""Seconds for a supervisor to end everything below it, before it is killed itself."""


class SupervisorLink:
    """One supervisor, running.

    Args:
        scratch: The folder in which each attempt has a folder of its own.
        slots: How many pairs of processes wait for jobs.
        confinement: What each program is held to.
        environment: The environment of everything below.
        lifeline: A pipe of somebody else whose end ends everything, too, or None.
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
        on_notice: Callable[[dict[str, Any], list[int]], None],
        on_end: Callable[[int], None],
    ) -> None:
        self._on_notice = on_notice
        self._on_end = on_end
        self._ended = asyncio.Event()
        self._link, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # The writing end is this process's alone, so that the pipe ends when it does, however that comes about.
        read_end, writing_end = os.pipe()
        self._lifeline: int | None = writing_end
        with theirs:
            lifelines = [read_end, *([] if lifeline is None else [lifeline])]
            command = [sys.executable, "-P", "-m", _MODULE, f"--link={theirs.fileno()}", f"--slots={slots}"]
            command += [f"--scratch={scratch}", f"--confinement={confinement.to_json()}"]
            command += [*(f"--lifeline={number}" for number in lifelines)]
            self._process = subprocess.Popen(  # noqa: S603 - a command of our own
                command,
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno(), *lifelines],
                # Ctrl-C in a terminal is for the service, which then ends this in its own time.
                start_new_session=True,
            )
        os.close(read_end)
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
        self._let_go()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_PATIENCE):
                await self._ended.wait()
                return
        self._process.kill()
        await self._ended.wait()

    def _let_go(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None

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
        self._let_go()
        code = self._process.wait()
        self._ended.set()
        self._on_end(code)
