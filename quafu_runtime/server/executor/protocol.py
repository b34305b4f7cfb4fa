"""What every executor can do."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from quafu_runtime.server.executor.attempt import Attempt, Handle


class LaunchError(Exception):
    """The processes of an attempt could not be started; its text says why."""


class Executor(Protocol):
    """Places the processes of jobs, and never decides how a job ended."""

    async def start(self) -> None:
        """Get ready, in the background.

        Raises:
            LaunchError: No job can ever run here.
        """

    async def launch(self, attempt: Attempt) -> Handle:
        """Start the processes of an attempt.

        Args:
            attempt: What is to be run.

        Returns:
            What names the attempt from now on; a runner is about to report to the service.

        Raises:
            LaunchError: It could not be started, and no runner will report.
        """
        ...

    async def adopt(self, handle: Handle, runner: Mapping[str, Any] | None) -> bool:
        """Look after an attempt that a service before this one has launched, as if it had been launched here.

        Args:
            handle: The attempt.
            runner: What its runner has said of itself, or None.

        Returns:
            Whether its runner is there.
        """
        ...

    async def end_others(self) -> None:
        """End what services before this one have launched and was not adopted, as far as it is still there."""

    async def stop(self, handle: Handle, grace: float) -> None:
        """End an attempt. When this returns, its runner has ended.

        Args:
            handle: The attempt; one that has ended, or is not known, is left alone.
            grace: Seconds in which the runner may end its program and report, before it is killed. One that was adopted
                hears of it with the answer to its next report.
        """

    async def probe(self, handles: Iterable[Handle]) -> dict[Handle, str | None]:
        """Say what became of attempts.

        Args:
            handles: The attempts.

        Returns:
            For each None while its runner is alive, and else how it ended, such as `exited with code 0` (it has
            reported, or was told not to) or `was killed by SIGKILL (Killed)`.
        """
        ...

    def capacity(self) -> int:
        """How many attempts can run at once."""
        ...

    async def close(self) -> None:
        """End everything. When this returns, no process is left."""

    async def leave(self) -> None:
        """Let what runs go on without this service, for the next one to adopt; everything else ends."""
