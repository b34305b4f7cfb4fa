"""What a flow is: a generator that yields the calls it wants made and is sent their answers.

Each operation of the service is written once as a flow; `drivers` runs it over a sync or an async transport.
"""

from collections.abc import Callable, Generator, Mapping
from datetime import UTC, datetime
from typing import Any, Generic, TypeAlias, TypeVar

from attrs import define, field, frozen
from quafu_runtime_api.models import Failure

T = TypeVar("T")
A = TypeVar("A")


@define
class Doubt:
    """Whether an earlier try of a call may have been carried out: the next one is then answered differently.

    Attributes:
        answer_lost: Whether the answer of a try was lost.
    """

    answer_lost: bool = False


@frozen
class LookFor:
    """How a user finds out whether something that was submitted has been accepted, when its answer was lost.

    Attributes:
        advice: What to do, in a sentence or two.
        program: The program's name, or its id where it is named by that.
        backend: The backend that was asked for, or None for the program's own.
        key: The submission's idempotency key.
        at: When it was submitted.
    """

    advice: str
    program: str | None = None
    backend: str | None = None
    key: str | None = None
    at: datetime = field(factory=lambda: datetime.now(UTC))


@frozen
class Call(Generic[A]):
    """One request that a flow wants sent.

    Attributes:
        operation: The operation's name on the wire.
        request: What the generated `build` made: method, url, params, json.
        parse: The generated `parse` of the same operation.
        subject: What the call is about, as an error's message begins: `Program "vqe"`.
        repeatable: Whether sending it twice does no harm. A matter of the operation, not of its HTTP method.
        look_for: How a user finds out whether it was accepted, for what is submitted; a lost answer is then a
            `SubmitUncertain` that says this.
        deadline: Seconds for the whole call, tries and pauses included; None is the client's request time-out, or for a
            patient call no limit.
        patient: Whether it waits for a job: the end of one long try is then no failure, and the next one is made.
        pause: Seconds to wait before it is sent.
        doubt: Where it is noted that the answer of a try was lost, for calls whose second time finds the thing done.
        confirm: A flow that tells whether sending it twice does no harm, for a call of which that is not known: it is
            run only once an answer was lost.
        note: What is known here of what is submitted, for those who write it down.
    """

    operation: str
    request: Mapping[str, Any] = field(repr=False)
    parse: Callable[[object], A | Failure] = field(repr=False)
    subject: str
    repeatable: bool = True
    look_for: LookFor | None = None
    deadline: float | None = None
    patient: bool = False
    pause: float = 0.0
    doubt: Doubt | None = None
    confirm: "Callable[[], Flow[bool]] | None" = field(default=None, repr=False)
    note: object = field(default=None, repr=False)


Flow: TypeAlias = Generator[Call[Any], Any, T]


def ask(call: Call[A]) -> Flow[A]:
    """Have one call made.

    A flow writes `answer = yield from ask(Call(...))`: a bare `yield` would be `Any`.

    Args:
        call: The call.

    Returns:
        The operation's success, parsed.
    """
    answer: A = yield call
    return answer
