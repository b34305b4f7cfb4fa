"""The states of a job inside the service, and the moves that are legal: a table.

Pure: the store applies a move as one guarded update, and nothing else changes a job's state. A move that finds its job
elsewhere, or one of its guards broken, changes nothing.
"""

from collections.abc import Iterable
from enum import Enum, StrEnum

from attrs import frozen

from quafu_runtime.status import JobStatus

MAX_LOSSES = 3
"""How many times an attempt may be lost before `run` was called, until the job is given up."""


class State(StrEnum):
    """Where a job is. A job is `ASSIGNED` between being handed to the executor and the call of its `run`."""

    QUEUED = "queued"
    ASSIGNED = "assigned"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


class Guard(Enum):
    """What must hold of a job, beside its state, for a move."""

    HOLDER = "the attempt that is meant is the one to which the job was handed last"
    WANTED = "nobody has asked to cancel it"
    UNWANTED = "somebody has asked to cancel it"
    RUNS_LEFT = "`run` was called less often than it may be"
    RUNS_SPENT = "`run` was called as often as it may be"
    LOSSES_LEFT = "it may be lost once more before `run` is called"
    LOSSES_SPENT = "it was lost so often before `run` was called that once more is too often"


class Count(StrEnum):
    """What a move counts up by one, each named after its column."""

    ATTEMPT = "attempt"
    RUNS = "runs"
    LOSSES = "losses"


@frozen
class Move:
    """Something that may happen to a job.

    Attributes:
        name: What happens.
        origins: The states in which it may.
        target: The state afterwards, or None where the job stays where it is.
        guards: What else must hold.
        counts: What is counted by it.
    """

    name: str
    origins: frozenset[State]
    target: State | None
    guards: frozenset[Guard] = frozenset()
    counts: Count | None = None


def _move(
    name: str,
    origins: Iterable[State],
    target: State | None,
    *guards: Guard,
    counts: Count | None = None,
) -> Move:
    return Move(name, frozenset(origins), target, frozenset(guards), counts)


HELD = frozenset({State.ASSIGNED, State.RUNNING})
"""The states in which a job is held by an attempt."""

_Q, _A, _R = State.QUEUED, State.ASSIGNED, State.RUNNING

CLAIM = _move("handed out", [_Q], _A, counts=Count.ATTEMPT)
START = _move("`run` is called", [_A], _R, Guard.HOLDER, Guard.WANTED, Guard.RUNS_LEFT, counts=Count.RUNS)
HEAR = _move("its runner speaks", [_R], None, Guard.HOLDER)

PUT_BACK = _move("back in the queue for the end of the service", [_A], _Q, Guard.HOLDER)
LOSE_EARLY = _move("lost before its run", [_A], _Q, Guard.HOLDER, Guard.LOSSES_LEFT, counts=Count.LOSSES)
GIVE_UP = _move("lost before its run too often", [_A], State.ERROR, Guard.HOLDER, Guard.LOSSES_SPENT)
RUN_AGAIN = _move("lost, to be run again", [_R], _Q, Guard.HOLDER, Guard.WANTED, Guard.RUNS_LEFT)
LOSE = _move("lost for good", [_R], State.ERROR, Guard.HOLDER, Guard.WANTED, Guard.RUNS_SPENT)
LOSE_UNWANTED = _move("lost while it was to be cancelled", [_R], State.CANCELLED, Guard.HOLDER, Guard.UNWANTED)

WITHDRAW = _move("cancelled before its run", [_Q, _A], State.CANCELLED)
ASK = _move("its runner is asked to cancel it", [_R], None)
CANCEL = _move("cancelled without its runner's word", [_R], State.CANCELLED, Guard.UNWANTED)
STOP = _move("stopped without its runner's word", [_R], State.ERROR, Guard.WANTED)

FINISH_DONE = _move("its runner says: done", [_R], State.DONE, Guard.HOLDER)
FINISH_ERROR = _move("its runner says: failed", [_R], State.ERROR, Guard.HOLDER)
FINISH_CANCELLED = _move("its runner says: cancelled", [_R], State.CANCELLED, Guard.HOLDER, Guard.UNWANTED)
FINISH_STOPPED = _move("its runner says: cancelled, unasked", [_R], State.ERROR, Guard.HOLDER, Guard.WANTED)

LOSSES = (LOSE_EARLY, GIVE_UP, RUN_AGAIN, LOSE, LOSE_UNWANTED)
"""What becomes of a job whose attempt is lost: exactly one of these is legal while an attempt holds a job."""

MOVES = (
    *(CLAIM, START, HEAR, PUT_BACK, *LOSSES, WITHDRAW, ASK, CANCEL, STOP),
    *(FINISH_DONE, FINISH_ERROR, FINISH_CANCELLED, FINISH_STOPPED),
)
"""All that may happen to a job once it was accepted."""

FINAL = frozenset(State).difference(*(move.origins for move in MOVES))
"""The states in which a job has ended: nothing happens to it any more."""

_ON_THE_WIRE = {
    State.QUEUED: JobStatus.QUEUED,
    State.ASSIGNED: JobStatus.QUEUED,
    State.RUNNING: JobStatus.RUNNING,
    State.DONE: JobStatus.DONE,
    State.ERROR: JobStatus.ERROR,
    State.CANCELLED: JobStatus.CANCELLED,
}


def wire_status(state: State) -> JobStatus:
    """How callers see a state: an assigned job is still in the queue for them."""
    return _ON_THE_WIRE[state]
