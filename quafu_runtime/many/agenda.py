"""Which points are still to be submitted, and whose end is waited for: the decisions of a map, without I/O."""

import time
from collections.abc import Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.results import Outcome
from quafu_runtime.many.watch import Ended

J = TypeVar("J")
W = TypeVar("W", bound="Watching")


class Watching(Protocol):
    """What sees jobs end: with threads, or with tasks."""

    def __len__(self) -> int:
        """How many jobs have not ended yet."""
        ...

    @property
    def jobs(self) -> dict[int, Any]:
        """The jobs that have not ended yet, by their numbers."""
        ...

    def add(self, index: int, job: Any) -> None:
        """Await the end of one more job."""


class Points(Iterator[tuple[int, Any]]):
    """Points with their places, of which the next one can be looked at.

    Args:
        points: Where they come from. No more than one is taken ahead of its time.
    """

    def __init__(self, points: Iterator[tuple[int, Any]]) -> None:
        self._points = points
        self._next: tuple[int, Any] | None = None

    def __next__(self) -> tuple[int, Any]:
        """The next point."""
        point, self._next = self._next, None
        return next(self._points) if point is None else point

    def __iter__(self) -> "Points":
        return self

    def is_empty(self) -> bool:
        """Whether there is no further one."""
        if self._next is None:
            self._next = next(self._points, None)
        return self._next is None


class Agenda(Generic[J, W]):
    """The points of a map, and those of its jobs that have not ended.

    Args:
        points: What each job gets, or the jobs themselves, with their places.
        max_pending: How many jobs may be unfinished at once.
        watching: What sees them end.

    Attributes:
        points: Those that are not submitted yet, with their places.
        watching: What sees the jobs end.
    """

    def __init__(self, points: Iterator[tuple[int, Any]], max_pending: float, watching: W) -> None:
        self.points = Points(points)
        self.watching = watching
        self._max_pending = max_pending
        self._submitting = True
        self._others: set[int] = set()

    def __len__(self) -> int:
        """How many jobs are waited for."""
        return len(self.watching) - len(self._others)

    @property
    def unfinished(self) -> dict[int, J]:
        """The jobs that are waited for, by their places."""
        return {index: job for index, job in self.watching.jobs.items() if index not in self._others}

    @property
    def has_room(self) -> bool:
        """Whether one more job may be submitted."""
        return len(self.watching) < self._max_pending

    @property
    def submits(self) -> bool:
        """Whether the next thing to do is to submit a point."""
        return self._submitting and self.has_room

    def begin(self) -> None:
        """Wait for what is submitted from now on: jobs taken out of a map before are somebody else's to wait for."""
        self._others = set(self.watching.jobs)

    def watch_with(self, watching: W) -> None:
        """Have something else see the jobs end.

        Args:
            watching: What.
        """
        for index, job in self.watching.jobs.items():
            watching.add(index, job)
        self.watching = watching

    def next_point(self) -> tuple[int, Any] | None:
        """The next point to be submitted, with its place; None where there is none."""
        point = next(self.points, None)
        self._submitting = point is not None
        return point

    def note(self, index: int, job: J | FailedRun[J]) -> list[tuple[int, Outcome[J]]]:
        """Note what a point was submitted as.

        Args:
            index: Its place.
            job: Its job, or why there is none.

        Returns:
            The failure, as an outcome.
        """
        if isinstance(job, FailedRun):
            return [(index, job)]
        self.watching.add(index, job)
        return []

    def goes_on(self, ends_at: float | None) -> bool:
        """Whether there is something to do, and time left.

        Args:
            ends_at: When the time is over, or None.
        """
        return (self._submitting or len(self) > 0) and (ends_at is None or time.monotonic() < ends_at)

    def outcomes(self, ends: Sequence[Ended[J]]) -> list[tuple[int, Outcome[J]]]:
        """What came of those that are waited for.

        Args:
            ends: All that have ended.
        """
        mine: list[tuple[int, Outcome[J]]] = [(one.index, one) for one in ends if one.index not in self._others]
        self._others.difference_update(one.index for one in ends)
        return mine

    def left(self) -> int:
        """How many have not ended, or were not submitted."""
        return len(self) + sum(1 for _ in self.points)
