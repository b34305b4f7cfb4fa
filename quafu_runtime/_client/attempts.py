"""Runs a flow down to single requests and pauses, the same for every driver: tries, deadlines, retries. No I/O.

`steps` is itself a generator: it yields what a driver has to do next and is sent what came of it.
"""

from collections.abc import Callable, Generator, Mapping
from http import HTTPStatus
from math import inf
from typing import Any, TypeAlias, TypeVar, cast

from attrs import evolve, field, frozen

from quafu_runtime._client.answers import Lost, Reply, answer_lost, read_answer
from quafu_runtime._client.flow import Call, Flow
from quafu_runtime._client.health import Health
from quafu_runtime._client.retry import TRANSIENT_STATUSES, RetryPolicy
from quafu_runtime._client.tries import Tries
from quafu_runtime.errors import (
    ArgumentError,
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


def steps(flow: Flow[T], policy: RetryPolicy, deadline: float, health: Health) -> Steps[T]:
    """What a driver has to do for a flow.

    Args:
        flow: The flow.
        policy: How often and how long to try.
        deadline: Seconds for a call that has no deadline of its own.
        health: What the client has seen of the service.

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
            answer = yield from _attempts(call, policy, deadline, health)
        except QuafuRuntimeError as raised:
            error = raised


def _attempts(call: Call[A], policy: RetryPolicy, deadline: float, health: Health) -> Steps[A]:
    tries = Tries.of(call, policy, deadline, health)
    if call.pause > 0.0:
        yield Pause(tries.bounded(call.pause), call.operation)
    uncertain: SubmitUncertain | None = None
    while True:
        tries.begin(call, uncertain)
        outcome = yield Send(call.request, tries.time_for_one())
        if _answers(outcome):
            health.succeeded()
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
            call = yield from _confirmed(call, call.confirm, policy, tries, health)
        pause = tries.pause_after_failure(outcome) if _may_repeat(call, outcome) else None
        if pause is None:
            raise error if uncertain is None or isinstance(error, _DEFINITE) else uncertain
        yield Pause(pause, call.operation)


_DEFINITE = (ArgumentError, DuplicateProgramError, PermissionDeniedError, ProgramNotFoundError, SubmitUncertain)
"""What settles a submission whose answer was lost before: a service that refuses it now refused it then."""


def _confirmed(
    call: Call[A], confirm: Callable[[], Flow[bool]], policy: RetryPolicy, tries: Tries, health: Health
) -> Steps[Call[A]]:
    """A call of whose repetition more is known now: that it does no harm, or that this cannot be had."""
    left = tries.bounded(inf)
    repeatable = (yield from steps(confirm(), policy, left, health)) if left > 0.0 else False
    return evolve(call, repeatable=repeatable, confirm=None)


def _may_repeat(call: Call[Any], outcome: Reply | Lost) -> bool:
    if isinstance(outcome, Lost):
        return call.repeatable or not outcome.sent
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return call.repeatable and (outcome.status in TRANSIENT_STATUSES or not outcome.complete)


def _answers(outcome: Reply | Lost) -> bool:
    """Whether the service has answered, whatever it says."""
    return isinstance(outcome, Reply) and outcome.status == HTTPStatus.OK and outcome.complete
