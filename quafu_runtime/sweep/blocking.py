"""Running a sweep with blocking calls. What is done is decided in `course`."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, Self

from attrs import evolve

from quafu_runtime._client import jobs
from quafu_runtime._client.drivers import SyncClient
from quafu_runtime._client.known import IDEMPOTENCY_KEY, features
from quafu_runtime._client.settling import settled
from quafu_runtime.errors import ArgumentError, QuafuRuntimeError
from quafu_runtime.job import RuntimeJob
from quafu_runtime.many.agenda import Agenda
from quafu_runtime.many.blocking import Submitted, Work
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.meter import meter
from quafu_runtime.many.threads import ThreadWatching
from quafu_runtime.sweep.course import Course, Request
from quafu_runtime.sweep.lock import held
from quafu_runtime.sweep.points import Point
from quafu_runtime.sweep.store import SweepStore
from quafu_runtime.sweep.table import SweepTable

UNBOUND = (
    "This sweep was opened without a service, and can only be read: service.sweep(path, program, grid, "
    "retry_failed=True) runs what failed again."
)


class Sweep(SweepTable):
    """A sweep, as `RuntimeService.sweep` and `open_sweep` return it: a table of its points.

    It holds what its file held when it was read; `reload` reads it again.
    """

    def __init__(
        self, path: Path, job: Callable[[str], Any] | None = None, again: Callable[[], None] | None = None
    ) -> None:
        super().__init__(path, job)
        self._again = again

    def retry_failed(self) -> Self:
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
        self._again()
        self.reload()
        return self


class Service(Protocol):
    """What a sweep needs of a service."""

    _client: SyncClient

    @property
    def run(self) -> Callable[..., RuntimeJob]:
        """Run a program."""
        ...

    def job(self, job_id: str) -> RuntimeJob:
        """A job by its id."""
        ...


def open_sweep(path: str | Path) -> Sweep:
    """Read a sweep's file, without any service; also while another process runs it.

    Args:
        path: The file.

    Returns:
        The sweep, to be read.

    Raises:
        ArgumentError: There is no such file, or it is no sweep that has been begun.

    Example:
        ```python
        print(open_sweep("sweep.db").to_dataframe())
        ```
    """
    return Sweep(Path(path))


def run(service: Service, request: Request) -> Sweep:
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
        _run(service, request)
    return Sweep(request.path, service.job, lambda: _again(service, request))


def _again(service: Service, request: Request) -> None:
    with held(request.path):
        _run(service, evolve(request, retry_failed=True))


def _run(service: Service, request: Request) -> None:
    client = service._client  # noqa: SLF001 - a part of the service
    program = client.drive(settled(request.program, client.known, with_source=True))
    takes_keys = IDEMPOTENCY_KEY in client.drive(features(client.known))
    with SweepStore.opened(request.path, create=True) as store:
        course = Course(store, request, program, client.account.get_url(), takes_keys=takes_keys)
        work = _work(service, course, request)
        with meter(request.progress, "Sweep") as shown:
            try:
                for step in work.steps(None):
                    course.note(step)
                    shown.show(course.tally(len(work.agenda)))
            except (KeyboardInterrupt, QuafuRuntimeError) as error:
                error.add_note(course.kept())
                raise


def _work(service: Service, course: Course, request: Request) -> Work:
    client = service._client  # noqa: SLF001 - a part of the service

    def submit(_number: int, point: Point) -> Submitted:
        return _submit(service, course, point)

    watching = ThreadWatching[RuntimeJob](
        lambda job, seconds: client.drive(jobs.wait(job.job_id(), seconds)), RuntimeJob.status, fetches=True
    )
    for number, job_id in course.running.items():
        watching.add(number, service.job(job_id))
    return Work(submit, Agenda(course.waiting(), request.max_pending, watching), None)


def _submit(service: Service, course: Course, point: Point) -> Submitted:
    while True:
        arguments = course.arguments(point)
        try:
            job = service.run(**arguments)
        except QuafuRuntimeError as error:
            decided = course.not_submitted(point, error)
            if isinstance(decided, FailedRun):
                return decided
            time.sleep(decided)
        else:
            course.submitted(point, job.job_id())
            return job
