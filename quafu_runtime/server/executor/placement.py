"""A runner that was found for an attempt, as the executor on this machine sees it."""

import asyncio
import contextlib
import os
import select
import signal
import socket
from collections.abc import Callable

from quafu_runtime.server.executor.attempt import Handle
from quafu_runtime.server.runner.messages import pack_letter


class Placement:
    """A runner at work.

    Args:
        handle: The attempt.
        control: The socket to the runner, or None where an executor before this one has placed it. As long as it is
            open, the runner knows that the service is there.
        process: A descriptor of the runner's process.
    """

    def __init__(self, handle: Handle, control: socket.socket | None, process: int) -> None:
        self.handle = handle
        self._control = control
        self._process = process
        self._ended = asyncio.Event()

    @property
    def is_adopted(self) -> bool:
        """Whether an executor before this one has placed the runner."""
        return self._control is None

    def is_gone(self) -> bool:
        """Whether the runner's process has ended; how it ended may be known only a moment later."""
        return self._ended.is_set() or bool(select.select([self._process], [], [], 0)[0])

    def ask_to_stop(self, grace: float) -> None:
        """Have the runner end its program and report.

        Args:
            grace: Seconds in which it may.
        """
        if self._control is None:
            return
        with contextlib.suppress(OSError):  # it has ended
            self._control.send(pack_letter({"stop": grace}))

    def kill(self) -> None:
        """Kill the runner; its supervisor kills what is left of the program."""
        if not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)

    async def wait(self, within: float) -> bool:
        """Wait until the runner has ended, and it is known how.

        Args:
            within: Seconds to wait at most.

        Returns:
            Whether it has ended.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._ended.wait()
        return self._ended.is_set()

    def call_at_end(self, function: Callable[..., object], *arguments: object) -> None:
        """Call a function when the runner's process has ended, where there is nobody else to tell of it.

        Args:
            function: What to call.
            arguments: With what.
        """
        asyncio.get_running_loop().add_reader(self._process, function, *arguments)

    def forget(self) -> None:
        """Leave the runner alone: this executor is about to end."""
        asyncio.get_running_loop().remove_reader(self._process)
        os.close(self._process)
        if self._control is not None:
            self._control.close()

    def end(self) -> None:
        """Take note that the runner has ended."""
        self.forget()
        self._ended.set()
