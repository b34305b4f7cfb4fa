"""One run of a sweep: what is submitted, and what is written down at which moment. No calls: the shells make them."""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from attrs import field, frozen

from quafu_runtime._client.records import Standing
from quafu_runtime._client.settling import Settled
from quafu_runtime._client.targets import Target
from quafu_runtime.errors import (
    ArgumentError,
    AuthenticationError,
    JobNotFoundError,
    SubmitUncertain,
)
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.meter import Tally
from quafu_runtime.many.patience import may_submit_again, passes
from quafu_runtime.many.results import Outcome
from quafu_runtime.many.submitting import Terms, Tries
from quafu_runtime.many.watch import Ended
from quafu_runtime.sweep.beginning import Beginning, compare, service_of
from quafu_runtime.sweep.grid import Grid, points_of
from quafu_runtime.sweep.points import ENDED, FAILURES, Point, PointStatus
from quafu_runtime.sweep.store import SweepStore


@frozen
class Request:
    """What a sweep is started with.

    Attributes:
        path: Its file.
        program: The program that is meant.
        points: The params of each point.
        terms: How each is run.
        max_pending: How many jobs may be unfinished at once.
        progress: Whether to show a bar; None for where somebody looks.
        retry_failed: Whether the points that failed are run again.
        resubmit_uncertain: Whether those are submitted again of which nobody knows whether a job runs.
    """

    path: Path
    program: Target
    points: list[Any] = field(repr=False)
    terms: Terms
    max_pending: int
    progress: bool | None = None
    retry_failed: bool = False
    resubmit_uncertain: bool = False


def request_of(
    path: str | os.PathLike[str],
    program: Target,
    grid: Grid,
    terms: Terms,
    **choices: Any,
) -> Request:
    """What a sweep is started with, out of what a user gives.

    Raises:
        ArgumentError: `path` is no path, or `grid` no grid.
        InvalidParamsError: JSON cannot hold a point.
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        message = f"path is the path of the sweep's file, not {path!r:.60}."
        raise ArgumentError(message)
    return Request(Path(path), program, points_of(grid), terms, **choices)


class Course:
    """What one run does to the points of a file.

    Args:
        store: The file.
        request: What the sweep is started with.
        program: The program, as the service has it.
        url: The service's address.
        takes_keys: Whether the service makes one job, however often a submission with one key comes.

    Raises:
        SweepMismatchError: The file was begun with something else.
    """

    def __init__(self, store: SweepStore, request: Request, program: Settled, url: str, *, takes_keys: bool) -> None:
        self._store = store
        self._terms = request.terms
        self._program = program
        self._takes_keys = takes_keys
        self._tries = Tries(time.monotonic())
        self._begin(request, url)
        self._choose(request)
        points = store.points()
        self._total = len(points)
        self._done = sum(point.status is PointStatus.DONE for point in points)
        self._failed = sum(point.status in FAILURES | {PointStatus.UNCERTAIN} for point in points)
        self._points = [one for one in points if one.status in {PointStatus.WAITING, PointStatus.SUBMITTING}]
        self.running = {
            one.number: one.job_id for one in points if one.status is PointStatus.RUNNING and one.job_id is not None
        }

    def waiting(self) -> Iterator[tuple[int, Point]]:
        """The points that are to be submitted, with their numbers."""
        return ((point.number, point) for point in self._points)

    def arguments(self, point: Point) -> dict[str, Any]:
        """Note that a point is about to be sent, and give the arguments of `run` for it.

        Args:
            point: The point.
        """
        self._store.submitting(point.number)
        given = self._terms.arguments(self._program, point.number)
        return {**given, "params": point.params, "idempotency_key": point.key}

    def submitted(self, point: Point, job_id: str) -> None:
        """Note the job of a point.

        Args:
            point: The point.
            job_id: The job.
        """
        self._store.submitted(point.number, job_id)
        self._tries.accepted(time.monotonic())

    def not_submitted(self, point: Point, error: Exception) -> float | FailedRun[Any]:
        """Decide what to do where a point was not submitted.

        Args:
            point: The point.
            error: What came in place of an answer.

        Returns:
            Seconds after which it is submitted again, or the failure of this point alone.

        Raises:
            Exception: The error, where it says that nothing can be submitted now. The file says how far it was.
        """
        pause = self._tries.pause(error, time.monotonic(), repeatable=self._takes_keys)
        if pause is not None:
            if may_submit_again(error):
                self._store.not_submitted(point.number)  # or an interruption in the pause would leave it in doubt
            return pause
        failure = FailedRun[Any](point.number, point.params, error)
        if isinstance(error, ArgumentError):
            self._store.failed(point.number, PointStatus.REFUSED, error)
            return failure
        if isinstance(error, SubmitUncertain) and not self._takes_keys:
            self._store.uncertain([point.number])
            return failure
        if may_submit_again(error) or not (isinstance(error, SubmitUncertain) or passes(error)):
            self._store.not_submitted(point.number)
        raise error

    def note(self, outcomes: Sequence[tuple[int, Outcome[Any]]]) -> None:
        """Write down what came of some points.

        Args:
            outcomes: Their numbers, and what came.

        Raises:
            Exception: What says that the service cannot be asked any more.
        """
        ends: list[tuple[int, PointStatus, str | None, Any]] = []
        stop: Exception | None = None
        for number, outcome in outcomes:
            if not isinstance(outcome, Ended):
                self._failed += 1
            elif isinstance(outcome.value, Standing):
                ends.append((number, ENDED[outcome.value.status], outcome.value.text, outcome.value.types))
            elif outcome.error is not None and concerns_all(outcome.error):
                stop = outcome.error
            elif outcome.error is not None:
                self._store.failed(number, PointStatus.FAILED, outcome.error)
                self._failed += 1
        self._write(ends)
        if stop is not None:
            raise stop

    def tally(self, running: int) -> Tally:
        """How far it is.

        Args:
            running: How many jobs are waited for.
        """
        return Tally(self._done, self._failed, running, self._total)

    def kept(self) -> str:
        """What somebody who interrupts it wants to know."""
        return (
            f"{self._done} of {self._total} points are done. Nothing is lost: the file keeps them, the jobs that were "
            "submitted go on, and the same call goes on from here."
        )

    def _write(self, ends: list[tuple[int, PointStatus, str | None, Any]]) -> None:
        if ends:
            self._store.ended(ends)
        done = sum(status is PointStatus.DONE for _, status, _, _ in ends)
        self._done += done
        self._failed += len(ends) - done

    def _begin(self, request: Request, url: str) -> None:
        terms = request.terms
        now = Beginning(
            program=self._program.name or self._program.program_id or "",
            source=self._program.source or "",
            backend=terms.backend,
            seed=terms.seed,
            service=service_of(url),
            label=terms.label,
            tags=terms.tags,
        )
        began = self._store.beginning()
        if began is None:
            self._store.begin(now, request.points, [terms.seed_of(number) for number in range(len(request.points))])
        else:
            compare(request.path, began, now, [point.params for point in self._store.points()], request.points)

    def _choose(self, request: Request) -> None:
        points = self._store.points()
        if not self._takes_keys:
            self._store.uncertain(_of(points, {PointStatus.SUBMITTING}))
            points = self._store.points()
        again = FAILURES if request.retry_failed else frozenset()
        again |= {PointStatus.UNCERTAIN} if request.resubmit_uncertain else frozenset()
        self._store.again(_of(points, again))


def concerns_all(error: Exception) -> bool:
    """Whether an error says that the service cannot be asked about any job now.

    Args:
        error: The error.
    """
    return isinstance(error, AuthenticationError) or (not isinstance(error, JobNotFoundError) and passes(error))


def _of(points: Iterable[Point], statuses: Iterable[PointStatus]) -> list[int]:
    wanted = frozenset(statuses)
    return [point.number for point in points if point.status in wanted]
