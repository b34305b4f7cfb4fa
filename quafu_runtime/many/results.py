"""What comes of many jobs, gathered: values, and failures as values. No I/O."""

import time
from collections.abc import Iterable, Mapping, Sized
from typing import Any, Generic, TypeAlias, TypeVar

from quafu_runtime._client.arguments import count
from quafu_runtime.errors import ArgumentError, JobTimeoutError
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.meter import Tally
from quafu_runtime.many.watch import Ended

J = TypeVar("J")

Outcome: TypeAlias = Ended[J] | FailedRun[J]
"""A job that has ended, or a point that has none."""

MAX_PENDING = 16
"""Unfinished jobs of a map at once, where nobody says: as many as one call each waits for, so that the next one is
submitted at the moment in which one ends; more than most machines run, so that there is always one in the queue."""


class Results(Generic[J]):
    """The results that have come, by their place.

    Args:
        total: How many there will be, or None where nobody knows.
    """

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._found: dict[int, Any] = {}
        self._failed = 0

    def take(self, outcomes: Iterable[tuple[int, Outcome[J]]]) -> None:
        """Note what came of some.

        Args:
            outcomes: Their places, and what came.
        """
        for index, outcome in outcomes:
            value: Any = outcome
            if isinstance(outcome, Ended):
                value = outcome.value if outcome.error is None else failed(index, outcome.job, outcome.error)
            self._failed += isinstance(value, FailedRun)
            self._found[index] = value

    def take_late(self, jobs: Mapping[int, J], points: Iterable[tuple[int, Any]], seconds: float | None) -> None:
        """Note what did not come in time.

        Args:
            jobs: Those that have not ended.
            points: Those that were not submitted.
            seconds: How long was waited.
        """
        for index, job in jobs.items():
            error = JobTimeoutError(f"It did not end within {seconds:g} seconds, and goes on.", job_id=_id_of(job))
            self._found[index] = failed(index, job, error)
        for index, params in points:
            if isinstance(params, FailedRun):
                self._found[index] = params
                continue
            error = JobTimeoutError(f"It was not submitted within {seconds:g} seconds: those before it took longer.")
            self._found[index] = FailedRun(index, params, error)

    def tally(self, running: int) -> Tally:
        """How far they are.

        Args:
            running: How many have been submitted and have not ended.
        """
        return Tally(len(self._found) - self._failed, self._failed, running, self._total)

    def in_order(self) -> list[Any]:
        """All of them."""
        return [value for _, value in sorted(self._found.items(), key=lambda item: item[0])]


def failed(index: int, job: J, error: Exception) -> FailedRun[J]:
    """The failure of a job that was submitted.

    Args:
        index: Its place.
        job: The job.
        error: What went wrong.
    """
    return FailedRun(index, getattr(job, "params", None), error, job)


def moment(seconds: float | None) -> float | None:
    """The time of the monotonic clock after so many seconds from now; None for never."""
    return None if seconds is None else time.monotonic() + seconds


def size_of(points: Iterable[Any]) -> int | None:
    """How many points there are, or None where they do not say."""
    return len(points) if isinstance(points, Sized) else None


def bound(max_pending: int) -> int:
    """How many jobs may be unfinished at once.

    Raises:
        ArgumentError: It is no number of jobs.
    """
    if count(max_pending, "max_pending") < 1:
        message = "max_pending is at least 1: with fewer, nothing would ever be submitted."
        raise ArgumentError(message)
    return max_pending


def not_all_in_time(left: int, seconds: float | None) -> JobTimeoutError:
    """The error of an iteration whose time is over.

    Args:
        left: How many jobs have not ended.
        seconds: How long was waited.
    """
    message = (
        f"{left} of the jobs did not end within {seconds:g} seconds, and go on. Wait for them again, or cancel them."
    )
    return JobTimeoutError(message)


def not_lost(tally: Tally) -> str:
    """What somebody who interrupts wants to know.

    Args:
        tally: How far it was.
    """
    return (
        f"Interrupted ({tally}). Nothing is lost: the jobs that were submitted go on, and the service keeps their "
        "results. gather() or as_completed() of the same jobs takes them up again; cancel() ends one."
    )


def _id_of(job: object) -> str | None:
    said = getattr(job, "job_id", None)
    return str(said()) if callable(said) else None
