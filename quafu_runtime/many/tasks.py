"""Sees many jobs end, with awaited calls in tasks. What to ask, and when, is in `watch`."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from quafu_runtime.many.watch import SLICE, Ended, Look, Watch
from quafu_runtime.status import JobStatus

J = TypeVar("J")


class TaskWatching(Generic[J]):
    """Waits for the first of many jobs to end.

    Args:
        wait: Waits for the end of a job, so many seconds at most; raises `JobTimeoutError` where it has not ended.
        status: A job's status.
        fetches: Whether what `wait` returns is wanted of every job.
    """

    def __init__(
        self,
        wait: Callable[[J, float], Awaitable[Any]],
        status: Callable[[J], Awaitable[JobStatus]],
        *,
        fetches: bool = False,
    ) -> None:
        self._wait = wait
        self._status = status
        self._fetches = fetches
        self._watch: Watch[J] = Watch(time.monotonic(), fetches=fetches)
        self._tasks: dict[asyncio.Task[Any], Look[J]] = {}

    def __len__(self) -> int:
        """How many jobs have not ended yet."""
        return len(self._watch)

    @property
    def jobs(self) -> dict[int, J]:
        """The jobs that have not ended yet, by their numbers."""
        return self._watch.jobs

    def add(self, index: int, job: J) -> None:
        """Await the end of one more job.

        Args:
            index: Its number, which no other has.
            job: The job.
        """
        self._watch.add(index, job)

    async def next_ends(self, ends_at: float | None = None) -> list[Ended[J]]:
        """Wait until a job has ended.

        Args:
            ends_at: The time of the monotonic clock at which to wait no longer; None for never.

        Returns:
            Those that have ended since the last call; none where the time is over, or no job is left.
        """
        found: list[Ended[J]] = []
        while not found and len(self):
            self._begin_calls()
            answered = await self._arrived(ends_at)
            now = time.monotonic()
            for task in answered:
                ended = self._settled(task, now)
                if ended is not None:
                    found.append(ended)
            if not answered and ends_at is not None and now >= ends_at:
                break
        return found

    async def close(self) -> None:
        """Give up the calls that are being made; the jobs go on, and may be waited for again."""
        tasks, self._tasks = list(self._tasks), {}
        unfinished, self._watch = self._watch.jobs, Watch(time.monotonic(), fetches=self._fetches)
        for index, job in unfinished.items():
            self._watch.add(index, job)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin_calls(self) -> None:
        for look in self._watch.due(time.monotonic()):
            task = asyncio.ensure_future(self._call(look))
            task.add_done_callback(_forgive)
            self._tasks[task] = look

    async def _call(self, look: Look[J]) -> Any:
        return await (self._wait(look.job, SLICE) if look.waits else self._status(look.job))

    async def _arrived(self, ends_at: float | None) -> list[asyncio.Task[Any]]:
        times = [moment for moment in (ends_at, self._watch.due_at()) if moment is not None]
        timeout = max(0.0, min(times) - time.monotonic()) if times else None
        if not self._tasks:
            await asyncio.sleep(timeout or 0.0)
            return []
        done, _ = await asyncio.wait(self._tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        return list(done)

    def _settled(self, task: asyncio.Task[Any], now: float) -> Ended[J] | None:
        look = self._tasks.pop(task)
        error = task.exception()
        if error is not None and not isinstance(error, Exception):
            raise error
        return self._watch.answered(look, None if error is not None else task.result(), error, now)


def _forgive(task: asyncio.Task[Any]) -> None:
    """Let nobody complain of a call's error where whoever waited for it has gone away."""
    if not task.cancelled():
        task.exception()
