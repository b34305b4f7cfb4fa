"""Runs a flow down to single requests and pauses, the same for every driver: tries, deadlines, retries. No I/O.

`steps` is itself a generator: it yields what a driver has to do next and is sent what came of it.
"""

import time
from collections.abc import Callable, Generator, Mapping
from http import HTTPStatus
from math import inf
from typing import Any, TypeAlias, TypeVar, cast

from attrs import evolve, field, frozen

from quafu_runtime._client.answers import Lost, Reply, answer_lost, read_answer
from quafu_runtime._client.excerpts import retry_after
from quafu_runtime._client.flow import Call, Flow
from quafu_runtime._client.retry import TRANSIENT_STATUSES, RetryPolicy
from quafu_runtime.errors import (
    ArgumentError,
    DeadlineError,
    DuplicateProgramError,
    PermissionDeniedError,
    ProgramNotFoundError,
    QuafuRuntimeError,
    SubmitUncertain,
)

T = TypeVar("T")
A = TypeVar("A")


@frozen
class Send:
    """Send a request.

    Attributes:
        request: What the generated `build` made.
        timeout: Seconds for all of it.
    """

    request: Mapping[str, Any] = field(repr=False)
    timeout: float


@frozen
class Pause:
    """Wait.

    Attributes:
        seconds: How long.
        operation: Which operation is called after it.
    """

    seconds: float
    operation: str = ""


@frozen
class Answered:
    """Nothing is to be done: a call has succeeded, for those who write down what becomes of jobs.

    Attributes:
        call: The call.
        answer: The operation's success, parsed.
    """

    call: Call[Any]
    answer: Any = field(repr=False)


Steps: TypeAlias = Generator[Send | Pause | Answered, Any, T]


def steps(flow: Flow[T], policy: RetryPolicy, deadline: float) -> Steps[T]:
    """What a driver has to do for a flow.

    Args:
        flow: The flow.
        policy: How often and how long to try.
        deadline: Seconds for a call that has no deadline of its own.

    Returns:
        What the flow returns.
    """
    error: QuafuRuntimeError | None = None
    answer: Any = None
    while True:
        try:
            call = flow.send(answer) if error is None else flow.throw(error)
        except StopIteration as end:
            return cast("T", end.value)
        error = answer = None
        try:
            answer = yield from _attempts(call, policy, deadline)
        except QuafuRuntimeError as raised:
            error = raised


def _attempts(call: Call[A], policy: RetryPolicy, deadline: float) -> Steps[A]:
    clock = _Clock.of(call, policy, deadline)
    if call.pause > 0.0:
        yield Pause(clock.bounded(call.pause), call.operation)
    uncertain: SubmitUncertain | None = None
    while True:
        clock.begin(call, uncertain)
        outcome = yield Send(call.request, clock.time_for_a_try())
        try:
            answer = read_answer(call, outcome)
        except QuafuRuntimeError as raised:
            error = raised
        else:
            yield Answered(call, answer)
            return answer
        if call.doubt is not None and answer_lost(outcome):
            call.doubt.answer_lost = True
        uncertain = error if isinstance(error, SubmitUncertain) else uncertain
        if uncertain is not None and call.confirm is not None:
            call = yield from _confirmed(call, call.confirm, policy, clock)
        pause = clock.pause_after_failure(outcome) if _may_repeat(call, outcome) else None
        if pause is None:
            raise error if uncertain is None or isinstance(error, _DEFINITE) else uncertain
        yield Pause(pause, call.operation)


_DEFINITE = (ArgumentError, DuplicateProgramError, PermissionDeniedError, ProgramNotFoundError, SubmitUncertain)
"""What settles a submission whose answer was lost before: a service that refuses it now refused it then."""


def _confirmed(
    call: Call[A], confirm: Callable[[], Flow[bool]], policy: RetryPolicy, clock: "_Clock"
) -> Steps[Call[A]]:
    """A call of whose repetition more is known now: that it does no harm, or that this cannot be had."""
    left = clock.bounded(inf)
    repeatable = (yield from steps(confirm(), policy, left)) if left > 0.0 else False
    return evolve(call, repeatable=repeatable, confirm=None)


def _may_repeat(call: Call[Any], outcome: Reply | Lost) -> bool:
    if isinstance(outcome, Lost):
        return call.repeatable or not outcome.sent
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return call.repeatable and (outcome.status in TRANSIENT_STATUSES or not outcome.complete)


class _Clock:
    """The time and the tries that one call has left."""

    def __init__(self, policy: RetryPolicy, ends_at: float, *, patient: bool) -> None:
        self._policy = policy
        self._ends_at = ends_at
        self._patient = patient
        self._failures = 0
        self._tries = policy.tries
        self._began_at = 0.0

    @classmethod
    def of(cls, call: Call[Any], policy: RetryPolicy, deadline: float) -> "_Clock":
        none_given = float("inf") if call.patient else deadline
        seconds = none_given if call.deadline is None else call.deadline
        return cls(policy, time.monotonic() + seconds, patient=call.patient)

    def begin(self, call: Call[Any], uncertain: SubmitUncertain | None) -> None:
        self._began_at = time.monotonic()
        if self._began_at >= self._ends_at:
            if uncertain is not None:
                raise uncertain
            message = f"{call.subject}: the deadline of the call has passed."
            raise DeadlineError(message, operation=call.operation)

    def time_for_a_try(self) -> float:
        left = self._ends_at - time.monotonic()
        return min(left, self._policy.long_call) if self._patient else left

    def bounded(self, seconds: float) -> float:
        return max(0.0, min(seconds, self._ends_at - time.monotonic()))

    def pause_after_failure(self, outcome: Reply | Lost) -> float | None:
        """Seconds until the next try, or None where there is none."""
        now = time.monotonic()
        if self._patient and now - self._began_at >= self._policy.alive_after:
            self._failures, self._tries = 0, self._policy.waiting_tries
            return self._after(now, 0.0 if isinstance(outcome, Lost) else self._asked_for(outcome))
        self._failures += 1
        if self._failures >= self._tries:
            return None
        asked = 0.0 if isinstance(outcome, Lost) else self._asked_for(outcome)
        return self._after(now, max(asked, self._policy.pause(self._failures)))

    def _asked_for(self, reply: Reply) -> float:
        return retry_after(reply.headers) or 0.0

    def _after(self, now: float, pause: float) -> float | None:
        if now + pause < self._ends_at:
            return pause
        return max(0.0, self._ends_at - now) if self._patient else None
