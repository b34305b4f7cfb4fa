"""Many jobs at once, with blocking calls. What is asked is decided in `watch`; `aio.gathering` is this, awaited."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self, TypeAlias

from quafu_runtime._client.arguments import timeout_seconds
from quafu_runtime.job import RuntimeJob
from quafu_runtime.many.agenda import Agenda
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.meter import meter
from quafu_runtime.many.results import Outcome, Results, moment, not_all_in_time, not_lost, size_of
from quafu_runtime.many.threads import ThreadWatching

Submitted: TypeAlias = RuntimeJob | FailedRun[RuntimeJob]


class JobMap(Iterator[Submitted]):
    """The jobs of a map, submitted one by one as they are asked for; `RuntimeService.map` returns it.

    It is an iterator: it gives each point's job, in the order of the params, and a `FailedRun` for a point that could
    not be submitted. While as many jobs as `max_pending` have not ended, the next one waits for the first that ends.
    It is to be used from one thread at a time.
    """

    def __init__(self, submit: Callable[[int, Any], Submitted], points: Iterable[Any], max_pending: int) -> None:
        agenda: Agenda[RuntimeJob, ThreadWatching[RuntimeJob]]
        agenda = Agenda(enumerate(points), max_pending, _watching(fetches=False))
        self._work = Work(submit, agenda, size_of(points))

    def __next__(self) -> Submitted:
        """The next point's job.

        Raises:
            StopIteration: There is no further point.
            QuafuRuntimeError: The program cannot be read, checked or uploaded: there is nothing to run at all.
        """
        job = self._work.next_job()
        if job is None:
            raise StopIteration
        return job

    def __iter__(self) -> Self:
        return self


def as_completed(jobs: Iterable[Submitted], timeout: float | None = None) -> Iterator[Submitted]:
    """The jobs as they end, whichever ends first.

    A job that the service does not know, or that it cannot be asked about for five minutes, counts as ended: its
    `result()` then says so. A `FailedRun` among the jobs comes at once. No thread is made for each job: see
    `quafu_runtime.many.watch` for what is asked of the service.

    Args:
        jobs: Jobs, or a map, whose points are submitted on the way. The jobs of a map that were taken out of it before
            are not among these.
        timeout: Seconds from the first one asked for; None for as long as it takes.

    Returns:
        An iterator; leaving it leaves the jobs running.

    Raises:
        ArgumentError: `timeout` is no number of seconds.
        JobTimeoutError: While iterating: not all have ended in time. The jobs go on.

    Example:
        ```python
        for job in as_completed(service.map("vqe.py", [{"depth": depth} for depth in range(10)])):
            print(job.params, job.status())
        ```
    """
    return _ends(_work_of(jobs), timeout_seconds(timeout))


def gather(jobs: Iterable[Submitted], timeout: float | None = None, progress: bool | None = None) -> list[Any]:
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
        energies = gather(service.map("vqe.py", [{"depth": depth} for depth in range(10)]))
        ```
    """
    seconds = timeout_seconds(timeout)
    work = _work_of(jobs)
    agenda = work.agenda
    agenda.begin()
    agenda.watch_with(_watching(fetches=True))
    results = Results[RuntimeJob](work.total)
    with meter(progress, "Jobs") as shown:
        try:
            for step in work.steps(moment(seconds)):
                results.take(step)
                shown.show(results.tally(len(agenda)))
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(not_lost(results.tally(len(agenda))))
            raise
    results.take_late(agenda.unfinished, agenda.points, seconds)
    return results.in_order()


class Work:
    """Submits the points of a map, and sees its jobs end."""

    def __init__(
        self,
        submit: Callable[[int, Any], Submitted],
        agenda: Agenda[RuntimeJob, ThreadWatching[RuntimeJob]],
        total: int | None,
    ) -> None:
        self.agenda = agenda
        self.total = total
        self._submit = submit

    def next_job(self) -> Submitted | None:
        """Submit the next point, once there is room; None where there is none."""
        while not self.agenda.has_room and not self.agenda.points.is_empty():
            self.agenda.watching.next_ends()
        point = self.agenda.next_point()
        if point is None:
            return None
        job = self._submit(*point)
        self.agenda.note(point[0], job)
        return job

    def steps(self, ends_at: float | None) -> Iterator[list[tuple[int, Outcome[RuntimeJob]]]]:
        """Submit what there is, and give what came of it, until all have ended or the time is over.

        Args:
            ends_at: When the time is over, or None.
        """
        agenda = self.agenda
        while agenda.goes_on(ends_at):
            until = ends_at
            if agenda.submits:
                point = agenda.next_point()
                if point is not None:
                    yield agenda.note(point[0], self._submit(*point))
                until = time.monotonic()  # see what has ended meanwhile, and submit the next one
            yield agenda.outcomes(agenda.watching.next_ends(until))


def _ends(work: Work, seconds: float | None) -> Iterator[Submitted]:
    work.agenda.begin()
    for step in work.steps(moment(seconds)):
        for _, outcome in step:
            yield outcome if isinstance(outcome, FailedRun) else outcome.job
    left = work.agenda.left()
    if left:
        raise not_all_in_time(left, seconds)


def _work_of(jobs: Iterable[Submitted]) -> Work:
    if isinstance(jobs, JobMap):
        return jobs._work  # noqa: SLF001 - of this module
    all_of_them = list(jobs)
    agenda: Agenda[RuntimeJob, ThreadWatching[RuntimeJob]]
    agenda = Agenda(enumerate(all_of_them), math.inf, _watching(fetches=False))
    return Work(lambda _index, job: job, agenda, len(all_of_them))


def _watching(*, fetches: bool) -> ThreadWatching[RuntimeJob]:
    def wait(job: RuntimeJob, seconds: float) -> Any:
        return job.result(timeout=seconds) if fetches else job.wait(timeout=seconds)

    return ThreadWatching(wait, RuntimeJob.status, fetches=fetches)
