"""Which calls see many jobs end, promptly and at little cost: decisions, no I/O. `threads` and `tasks` make the calls.

Every service has an operation that answers when one job has ended, and one that tells a status at once; the deployed
service has no other. So:

- At most `WAITING` calls wait, each for one job, the oldest first, since queues are served in order: up to that many
  jobs cost one call each, and are seen at the moment of their end. A call lasts at most `SLICE` seconds and then leaves
  its place to the next job, so that none is kept from being waited for, and nothing is left in the air for long.
- The jobs beyond are looked at in rounds, by at most `LOOKING` calls at once. A round that finds nothing doubles the
  time until the next one, and no round begins before twice the time that the last one took: what is asked of a service
  never grows with the number of jobs.

A thread or a connection for each job would be simpler, and 1,000 of them more than a machine or a service bears.
"""

from collections import deque
from typing import Any, Generic, TypeVar

from attrs import define, frozen

from quafu_runtime.errors import JobTimeoutError, QuafuRuntimeError
from quafu_runtime.many.patience import Patience, passes
from quafu_runtime.status import JobStatus

J = TypeVar("J")

WAITING = 16
"""Calls that wait for a job's end at once: what a browser or two ask of a server."""

LOOKING = 4
"""Calls for a status at once, besides."""

SLICE = 20.0
"""Seconds that one waiting call lasts."""

_FIRST_ROUND = 0.5
"""Seconds until the first round, and after one that found something."""

_LONGEST_ROUND = 30.0
"""Seconds between rounds that find nothing."""


@define
class _Watched(Generic[J]):
    index: int
    job: J
    failures: int = 0
    not_before: float = 0.0


@frozen
class Look(Generic[J]):
    """One call to make.

    Attributes:
        index: The job's number.
        job: The job.
        waits: Whether it waits for the job's end, rather than asking for its status.
    """

    index: int
    job: J
    waits: bool


@frozen
class Ended(Generic[J]):
    """A job that nothing more is to come of.

    Attributes:
        index: The job's number.
        job: The job.
        value: What the waiting call returned, or the status that was found.
        error: What it raised instead.
    """

    index: int
    job: J
    value: Any = None
    error: Exception | None = None


class Watch(Generic[J]):
    """The jobs whose end is awaited, and the calls that are being made.

    Args:
        now: The time of a monotonic clock.
        fetches: Whether a job that a status shows to have ended is waited for all the same, for what the call returns.
    """

    def __init__(self, now: float, *, fetches: bool) -> None:
        self._fetches = fetches
        self._idle: dict[int, _Watched[J]] = {}
        self._busy: dict[int, _Watched[J]] = {}
        self._waiting = 0
        self._round: deque[int] = deque()
        self._looking = 0
        self._round_began_at = now
        self._found = False
        self._interval = _FIRST_ROUND
        self._next_round_at = now + _FIRST_ROUND
        self._patience = Patience(now)

    def __len__(self) -> int:
        """How many jobs have not ended yet."""
        return len(self._idle) + len(self._busy)

    def add(self, index: int, job: J) -> None:
        """Await the end of one more job.

        Args:
            index: Its number, which no other has.
            job: The job.
        """
        self._idle[index] = _Watched(index, job)

    @property
    def jobs(self) -> dict[int, J]:
        """The jobs that have not ended yet, by their numbers."""
        return {index: one.job for index, one in sorted({**self._idle, **self._busy}.items())}

    def due(self, now: float) -> list[Look[J]]:
        """The calls to make now.

        Args:
            now: The time.
        """
        looks = [self._take(one, waits=True) for one in self._first_idle(now)]
        in_a_round = bool(self._round or self._looking)
        if not in_a_round and self._idle and now >= self._next_round_at:
            in_a_round, self._found, self._round_began_at = True, False, now
            self._round.extend(self._idle)
        while self._round and self._looking < LOOKING:
            one = self._idle.get(self._round.popleft())
            if one is not None and one.not_before <= now:
                looks.append(self._take(one, waits=False))
        if in_a_round and not self._round and not self._looking:
            self._end_round(now)
        return looks

    def due_at(self) -> float | None:
        """When there may be something to do although no call has been answered; None where never."""
        if not self._idle:
            return None
        times = [] if self._round or self._looking else [self._next_round_at]
        if self._waiting < WAITING:
            times.append(min(one.not_before for one in self._idle.values()))
        return min(times, default=None)

    def answered(self, look: Look[J], value: Any, error: Exception | None, now: float) -> Ended[J] | None:
        """Note what came of a call.

        Args:
            look: The call.
            value: What it returned.
            error: What it raised instead, or None.
            now: The time.

        Returns:
            The job, where nothing more is to come of it.
        """
        one = self._put_down(look, now)
        if error is not None and not isinstance(error, JobTimeoutError) and passes(error):
            return self._failed(one, error, now)
        if isinstance(error, QuafuRuntimeError) or error is None:
            self._patience.answered(now)
        one.failures, one.not_before = 0, 0.0
        if isinstance(error, JobTimeoutError):
            self._idle[one.index] = one
            return None
        if error is not None or look.waits:
            return Ended(one.index, one.job, value, error)
        return self._seen(one, value)

    def _first_idle(self, now: float) -> list[_Watched[J]]:
        free = WAITING - self._waiting
        found: list[_Watched[J]] = []
        for one in self._idle.values():
            if len(found) >= free:
                break
            if one.not_before <= now:
                found.append(one)
        return found

    def _take(self, one: _Watched[J], *, waits: bool) -> Look[J]:
        self._busy[one.index] = self._idle.pop(one.index)
        if waits:
            self._waiting += 1
        else:
            self._looking += 1
        return Look(one.index, one.job, waits)

    def _put_down(self, look: Look[J], now: float) -> _Watched[J]:
        if look.waits:
            self._waiting -= 1
        else:
            self._looking -= 1
            if not self._round and not self._looking:
                self._end_round(now)
        return self._busy.pop(look.index)

    def _end_round(self, now: float) -> None:
        self._interval = _FIRST_ROUND if self._found else min(_LONGEST_ROUND, 2.0 * self._interval)
        self._next_round_at = now + max(self._interval, 2.0 * (now - self._round_began_at))

    def _seen(self, one: _Watched[J], status: JobStatus) -> Ended[J] | None:
        if not status.is_final:
            self._idle[one.index] = one
            return None
        self._found = True
        self._interval = _FIRST_ROUND
        if not self._fetches:
            return Ended(one.index, one.job, status)
        self._idle = {one.index: one, **self._idle}  # the next one to be waited for: that call returns at once
        return None

    def _failed(self, one: _Watched[J], error: Exception, now: float) -> Ended[J] | None:
        one.failures += 1
        pause = self._patience.pause(error, one.failures, now)
        if pause is None:
            return Ended(one.index, one.job, None, error)
        one.not_before = now + pause
        self._idle[one.index] = one
        return None
