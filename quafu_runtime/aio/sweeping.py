"""Running a sweep with awaited calls. What is done is decided in `sweep.course`.

Its file is written with blocking calls, a few milliseconds each: each must be on the disk before the next step.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol, Self

from attrs import evolve

from quafu_runtime._client import jobs
from quafu_runtime._client.drivers import AsyncClient
from quafu_runtime._client.known import IDEMPOTENCY_KEY, features
from quafu_runtime._client.settling import settled
from quafu_runtime.aio.gathering import Submitted, Work
from quafu_runtime.aio.job import AsyncRuntimeJob
from quafu_runtime.errors import ArgumentError, QuafuRuntimeError
from quafu_runtime.many.agenda import Agenda
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.meter import meter
from quafu_runtime.many.tasks import TaskWatching
from quafu_runtime.sweep.blocking import UNBOUND
from quafu_runtime.sweep.course import Course, Request
from quafu_runtime.sweep.lock import held
from quafu_runtime.sweep.points import Point
from quafu_runtime.sweep.store import SweepStore
from quafu_runtime.sweep.table import SweepTable


class AsyncSweep(SweepTable):
    """A sweep, as `AsyncRuntimeService.sweep` returns it: a table of its points.

    It holds what its file held when it was read; `reload` reads it again.
    """

    def __init__(
        self, path: Path, job: Callable[[str], Any] | None = None, again: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        super().__init__(path, job)
        self._again = again

    async def retry_failed(self) -> Self:
        """Run the points that failed, were cancelled or were refused again, to their end.

        Returns:
            The sweep, with what came of them.

        Raises:
            ArgumentError: The sweep was opened without a service.
            SweepInUseError: It is being run already.
            ServiceError: The service does not answer; the sweep goes on from there when it is started again.
        """
        if self._again is None:
            raise ArgumentError(UNBOUND)
        await self._again()
        self.reload()
        return self


class Service(Protocol):
    """What a sweep needs of a service."""

    _client: AsyncClient

    @property
    def run(self) -> Callable[..., Awaitable[AsyncRuntimeJob]]:
        """Run a program."""
        ...

    def job(self, job_id: str) -> AsyncRuntimeJob:
        """A job by its id."""
        ...


async def run(service: Service, request: Request) -> AsyncSweep:
    """Run a sweep to its end, from wherever it is.

    Args:
        service: Where.
        request: What it is started with.

    Raises:
        SweepMismatchError: The file was begun with something else.
        SweepInUseError: It is being run already.
        ServiceError: The service does not answer.
    """
    with held(request.path):
        await _run(service, request)
    return AsyncSweep(request.path, service.job, lambda: _again(service, request))


async def _again(service: Service, request: Request) -> None:
    with held(request.path):
        await _run(service, evolve(request, retry_failed=True))


async def _run(service: Service, request: Request) -> None:
    client = service._client  # noqa: SLF001 - a part of the service
    program = await client.drive(settled(request.program, client.known, with_source=True))
    takes_keys = IDEMPOTENCY_KEY in await client.drive(features(client.known))
    with SweepStore.opened(request.path, create=True) as store:
        course = Course(store, request, program, client.account.get_url(), takes_keys=takes_keys)
        work = _work(service, course, request)
        with meter(request.progress, "Sweep") as shown:
            try:
                async with aclosing(work.steps(None)) as steps:
                    async for step in steps:
                        course.note(step)
                        shown.show(course.tally(len(work.agenda)))
            except (asyncio.CancelledError, QuafuRuntimeError) as error:
                error.add_note(course.kept())
                raise


def _work(service: Service, course: Course, request: Request) -> Work:
    client = service._client  # noqa: SLF001 - a part of the service

    async def submit(_number: int, point: Point) -> Submitted:
        return await _submit(service, course, point)

    watching = TaskWatching[AsyncRuntimeJob](
        lambda job, seconds: client.drive(jobs.wait(job.job_id(), seconds)), AsyncRuntimeJob.status, fetches=True
    )
    for number, job_id in course.running.items():
        watching.add(number, service.job(job_id))
    return Work(submit, Agenda(course.waiting(), request.max_pending, watching), None)


async def _submit(service: Service, course: Course, point: Point) -> Submitted:
    while True:
        arguments = course.arguments(point)
        try:
            job = await service.run(**arguments)
        except QuafuRuntimeError as error:
            decided = course.not_submitted(point, error)
            if isinstance(decided, FailedRun):
                return decided
            await asyncio.sleep(decided)
        else:
            course.submitted(point, job.job_id())
            return job
