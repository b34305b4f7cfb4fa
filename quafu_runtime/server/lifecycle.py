"""The states of a job inside the service, and the moves between them that are legal.

Pure: the store applies a move as a guarded update, and nothing else changes a job's state.
"""

from enum import StrEnum

from quafu_runtime.status import JobStatus


class State(StrEnum):
    """Where a job is. A job is `ASSIGNED` between being handed to the executor and the call of its `run`."""

    QUEUED = "queued"
    ASSIGNED = "assigned"
    RUNNING = "running"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.ASSIGNED, State.CANCELLED, State.ERROR}),
    State.ASSIGNED: frozenset({State.RUNNING, State.QUEUED, State.CANCELLED, State.ERROR}),
    State.RUNNING: frozenset({State.DONE, State.ERROR, State.CANCELLED}),
    State.DONE: frozenset(),
    State.ERROR: frozenset(),
    State.CANCELLED: frozenset(),
}
"""From each state, where a job may go. `ASSIGNED` goes back to `QUEUED` when it is lost before its `run` was called."""

FINAL = frozenset(state for state, onward in MOVES.items() if not onward)
"""The states in which a job has ended."""

_ON_THE_WIRE = {
    State.QUEUED: JobStatus.QUEUED,
    State.ASSIGNED: JobStatus.QUEUED,
    State.RUNNING: JobStatus.RUNNING,
    State.DONE: JobStatus.DONE,
    State.ERROR: JobStatus.ERROR,
    State.CANCELLED: JobStatus.CANCELLED,
}


def sources(target: State) -> frozenset[State]:
    """The states from which a job may go to `target`."""
    return frozenset(state for state, onward in MOVES.items() if target in onward)


def wire_status(state: State) -> JobStatus:
    """How callers see a state: an assigned job is still in the queue for them."""
    return _ON_THE_WIRE[state]
