"""Many jobs at once, with awaited calls: `many.blocking`, awaited. Which calls are made is decided in `many.watch`."""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any, Self, TypeAlias

from quafu_runtime._client.arguments import timeout_seconds
from quafu_runtime.aio.job import AsyncRuntimeJob
from quafu_runtime.many.agenda import Agenda
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.meter import meter
from quafu_runtime.many.results import Outcome, Results, moment, not_all_in_time, not_lost, size_of
from quafu_runtime.many.tasks import TaskWatching

Submitted: TypeAlias = AsyncRuntimeJob | FailedRun[AsyncRuntimeJob]
Jobs: TypeAlias = "Iterable[Submitted] | AsyncJobMap"


class AsyncJobMap(AsyncIterator[Submitted]):
    """The jobs of a map, submitted one by one as they are asked for; `AsyncRuntimeService.map` returns it.

    It is an asynchronous iterator: it gives each point's job, in the order of the params, and a `FailedRun` for a point
    that could not be submitted. While as many jobs as `max_pending` have not ended, the next one waits for the first
    that ends. It is to be used from one task at a time.
    """

    def __init__(
        self, submit: Callable[[int, Any], Awaitable[Submitted]], points: Iterable[Any], max_pending: int
    ) -> None:
        agenda: Agenda[AsyncRuntimeJob, TaskWatching[AsyncRuntimeJob]]
        agenda = Agenda(enumerate(points), max_pending, _watching(fetches=False))
        self._work = Work(submit, agenda, size_of(points))

    async def __anext__(self) -> Submitted:
        """The next point's job.

        Raises:
            StopAsyncIteration: There is no further point.
            QuafuRuntimeError: The program cannot be read, checked or uploaded: there is nothing to run at all.
        """
        job = await self._work.next_job()
        if job is None:
            await self.aclose()
            raise StopAsyncIteration
        return job

    def __aiter__(self) -> Self:
        return self

    async def aclose(self) -> None:
        """Make no further call for these jobs, which go on."""
        await self._work.agenda.watching.close()


def as_completed(jobs: Jobs, timeout: float | None = None) -> AsyncGenerator[Submitted, None]:
    """The jobs as they end, whichever ends first.

    A job that the service does not know, or that it cannot be asked about for five minutes, counts as ended: its
    `result()` then says so. A `FailedRun` among the jobs comes at once. What is asked of the service is bounded: see
    `quafu_runtime.many.watch`.

    Args:
        jobs: Jobs, or a map, whose points are submitted on the way. The jobs of a map that were taken out of it before
            are not among these.
        timeout: Seconds from the first one asked for; None for as long as it takes.

    Returns:
        An asynchronous generator; leaving it leaves the jobs running.

    Raises:
        ArgumentError: `timeout` is no number of seconds.
        JobTimeoutError: While iterating: not all have ended in time. The jobs go on.

    Example:
        ```python
        async for job in as_completed(service.map("vqe.py", [{"depth": depth} for depth in range(10)])):
            print(job.params, await job.status())
        ```
    """
    return _ends(_work_of(jobs), timeout_seconds(timeout))


async def gather(
    jobs: Jobs,
    timeout: float | None = None,  # noqa: ASYNC109 - the sync name
    progress: bool | None = None,
) -> list[Any]:
    """The results of many jobs, in their order.

    One failure takes no other result with it: in its place stands a `FailedRun`, which is falsy and has the error, the
    params and the job. Interrupting it leaves the jobs running, and gathering them again loses nothing. No thread is
    made for each job: see `quafu_runtime.many.watch` for what is asked of the service.

    Args:
        jobs: Jobs, or a map, whose points are submitted on the way.
        timeout: Seconds; None for as long as it takes. In the place of what is not there by then stands a `FailedRun`
            with a `JobTimeoutError`, and those jobs go on.
        progress: Whether to show a bar on the error output; None for on a terminal and in a notebook only.

    Returns:
        What each job's program returned, or a `FailedRun`.

    Raises:
        ArgumentError: `timeout` is no number of seconds.

    Example:
        ```python
        energies = await gather(service.map("vqe.py", [{"depth": depth} for depth in range(10)]))
        ```
    """
    seconds = timeout_seconds(timeout)
    work = _work_of(jobs)
    agenda = work.agenda
    agenda.begin()
    agenda.watch_with(_watching(fetches=True))
    results = Results[AsyncRuntimeJob](work.total)
    with meter(progress, "Jobs") as shown:
        try:
            async with aclosing(work.steps(moment(seconds))) as steps:
                async for step in steps:
                    results.take(step)
                    shown.show(results.tally(len(agenda)))
        except asyncio.CancelledError as interrupt:
            interrupt.add_note(not_lost(results.tally(len(agenda))))
            raise
    results.take_late(agenda.unfinished, agenda.points, seconds)
    return results.in_order()


class Work:
    """Submits the points of a map, and sees its jobs end."""

    def __init__(
        self,
        submit: Callable[[int, Any], Awaitable[Submitted]],
        agenda: Agenda[AsyncRuntimeJob, TaskWatching[AsyncRuntimeJob]],
        total: int | None,
    ) -> None:
        self.agenda = agenda
        self.total = total
        self._submit = submit

    async def next_job(self) -> Submitted | None:
        """Submit the next point, once there is room; None where there is none."""
        while not self.agenda.has_room and not self.agenda.points.is_empty():
            await self.agenda.watching.next_ends()
        point = self.agenda.next_point()
        if point is None:
            return None
        job = await self._submit(*point)
        self.agenda.note(point[0], job)
        return job

    async def steps(self, ends_at: float | None) -> AsyncGenerator[list[tuple[int, Outcome[AsyncRuntimeJob]]], None]:
        """Submit what there is, and give what came of it, until all have ended or the time is over.

        Args:
            ends_at: When the time is over, or None.
        """
        agenda = self.agenda
        try:
            while agenda.goes_on(ends_at):
                until = ends_at
                if agenda.submits:
                    point = agenda.next_point()
                    if point is not None:
                        yield agenda.note(point[0], await self._submit(*point))
                    until = time.monotonic()  # see what has ended meanwhile, and submit the next one
                yield agenda.outcomes(await agenda.watching.next_ends(until))
        finally:
            await agenda.watching.close()


async def _ends(work: Work, seconds: float | None) -> AsyncGenerator[Submitted, None]:
    work.agenda.begin()
    async with aclosing(work.steps(moment(seconds))) as steps:
        async for step in steps:
            for _, outcome in step:
                yield outcome if isinstance(outcome, FailedRun) else outcome.job
    left = work.agenda.left()
    if left:
        raise not_all_in_time(left, seconds)


def _work_of(jobs: Jobs) -> Work:
    if isinstance(jobs, AsyncJobMap):
        return jobs._work  # noqa: SLF001 - of this module
    all_of_them = list(jobs)
    agenda: Agenda[AsyncRuntimeJob, TaskWatching[AsyncRuntimeJob]]
    agenda = Agenda(enumerate(all_of_them), math.inf, _watching(fetches=False))
    return Work(_as_it_is, agenda, len(all_of_them))


async def _as_it_is(_index: int, job: Submitted) -> Submitted:
    return job


def _watching(*, fetches: bool) -> TaskWatching[AsyncRuntimeJob]:
    async def wait(job: AsyncRuntimeJob, seconds: float) -> Any:
        return await (job.result(timeout=seconds) if fetches else job.wait(timeout=seconds))

    return TaskWatching(wait, AsyncRuntimeJob.status, fetches=fetches)
