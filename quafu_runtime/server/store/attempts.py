"""The statements about attempts: what a runner may still report, what became of those that are lost.

An attempt is one try to run a job. It holds the job as long as the job has not gone on to another attempt, has not
ended, and the lease is renewed. What has lost its job is fenced: nothing that it reports is written.
"""

import hmac
import signal
from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from attrs import field, frozen
from sqlalchemy import Connection

from quafu_runtime.server import lifecycle
from quafu_runtime.server.lifecycle import HELD, Move, State
from quafu_runtime.server.store import events, sizes
from quafu_runtime.server.store.jobs import move
from quafu_runtime.server.store.tables import jobs

LOST = {"kind": "lost", "code": None, "signal": None}
CANCELLED = {"kind": "cancelled", "code": None, "signal": None}
KILLED = {"kind": "killed", "code": None, "signal": signal.SIGKILL.value}
"""How a run ended that did not end by itself. The runner ends a program by SIGKILL."""

STOPPED = "The runtime service was stopped while the job ran."
"""The error of a job that was running when its service ended."""


@frozen
class Reporter:
    """Who reports: an attempt, with the hash of the token that it was given."""

    job_id: str
    attempt: int
    token_hash: str


@frozen
class End:
    """How a job ended, and what is to be said of it.

    Attributes:
        state: The final state.
        result: The JSON text of what `run` returned, the error's text, or None.
        result_types: What JSON does not say of the result, or None.
        engine: The engines that were used, or None.
        exit: How the run of the program ended, as the contract's `JobExit` has it, or None where it never ran.
    """

    state: State
    result: str | None
    result_types: dict[str, Any] | None = None
    engine: str | None = None
    exit: dict[str, Any] | None = None


@frozen
class Held:
    """A job that an attempt holds.

    Attributes:
        job_id: The job.
        attempt: The attempt.
        state: `ASSIGNED` or `RUNNING`.
        runner: The process that reports, as it said when `run` was called, or None.
        token_hash: The hash of the attempt's token.
        cancel_requested: Whether the job is to be cancelled.
    """

    job_id: str
    attempt: int
    state: State
    runner: dict[str, Any] | None
    token_hash: str | None = field(repr=False)
    cancel_requested: bool


class Standing(Enum):
    """What becomes of a report."""

    WRITTEN = "written"
    CANCELLING = "written, and the job is to be cancelled"
    FENCED = "not written: the attempt has lost its job"
    STRANGER = "not written: the token is not the attempt's"


_ENDS = {
    (State.DONE, Standing.WRITTEN): lifecycle.FINISH_DONE,
    (State.DONE, Standing.CANCELLING): lifecycle.FINISH_DONE,
    (State.ERROR, Standing.WRITTEN): lifecycle.FINISH_ERROR,
    (State.ERROR, Standing.CANCELLING): lifecycle.FINISH_ERROR,
    (State.CANCELLED, Standing.WRITTEN): lifecycle.FINISH_STOPPED,
    (State.CANCELLED, Standing.CANCELLING): lifecycle.FINISH_CANCELLED,
}
"""What a runner's last word means, with what its job's owner asked for."""

_NOT_HANDED_OUT: dict[str, Any] = dict.fromkeys(
    ("token_hash", "assigned_at", "lease_until", "started_at", "versions", "runner")
)
"""What is not known of a job that waits in the queue, again or still."""


def start(
    connection: Connection,
    reporter: Reporter,
    versions: dict[str, Any],
    now: datetime,
    lease: datetime,
    *,
    runner: dict[str, Any] | None = None,
) -> Standing:
    """Let an attempt call `run`: the job is RUNNING from here on, and this run counts.

    Args:
        connection: The transaction.
        reporter: The attempt.
        versions: What the program runs with.
        now: The present moment.
        lease: Until when nothing need be heard of the attempt.
        runner: The process that reports, so that a later life of the service finds it.
    """
    state, standing = _standing(connection, reporter)
    if standing is not Standing.WRITTEN:
        return Standing.FENCED if standing is Standing.CANCELLING else standing
    if state is State.RUNNING:
        # The runner asks once more, because the answer to its first question was lost. Another one may have been handed
        # the same attempt, where the supervisor of the first ended before it had said that it was handed over.
        mine = connection.execute(sa.select(jobs.c.runner).where(jobs.c.id == reporter.job_id)).scalar() == runner
        return Standing.WRITTEN if mine else Standing.FENCED
    started = move(
        connection,
        reporter.job_id,
        lifecycle.START,
        attempt=reporter.attempt,
        versions=versions,
        runner=runner,
        started_at=now,
        lease_until=lease,
        event_base=events.last_number(reporter.job_id),
    )
    return Standing.WRITTEN if started else Standing.FENCED


def report(connection: Connection, reporter: Reporter, new: Sequence[events.Event], lease: datetime) -> Standing:
    """Write events of an attempt and renew its lease. Without events it is a sign of life."""
    _state, standing = _standing(connection, reporter)
    if standing not in (Standing.WRITTEN, Standing.CANCELLING):
        return standing
    if not move(connection, reporter.job_id, lifecycle.HEAR, attempt=reporter.attempt, lease_until=lease):
        return Standing.FENCED
    events.add(connection, reporter.job_id, new)
    return standing


def finish(
    connection: Connection, reporter: Reporter, new: Sequence[events.Event], end: End, now: datetime
) -> Standing:
    """Write the last events of an attempt and the end of its job, both or neither."""
    _state, standing = _standing(connection, reporter)
    if standing not in (Standing.WRITTEN, Standing.CANCELLING):
        return standing
    what = _ENDS[end.state, standing]
    if what is lifecycle.FINISH_STOPPED:
        end = End(State.ERROR, STOPPED, exit=KILLED)  # told to stop, and not by the job's owner
    if not _end(connection, reporter.job_id, what, end, now, attempt=reporter.attempt):
        return Standing.FENCED
    events.add(connection, reporter.job_id, new)
    return Standing.WRITTEN


def decide(connection: Connection, job_id: str, end: End, now: datetime) -> bool:
    """End a job that runs without its runner's word, and fence the runner. An error's text also goes to the job's logs.

    Args:
        connection: The transaction.
        job_id: The job.
        end: CANCELLED, or ERROR. A job that somebody has asked to cancel is CANCELLED in either case.
        now: The present moment.

    Returns:
        False where the job does not run any more, or where nobody has asked to cancel it.
    """
    if end.state is State.ERROR and _end(connection, job_id, lifecycle.STOP, end, now):
        _say(connection, job_id, end.result, now)
        return True
    return _end(connection, job_id, lifecycle.CANCEL, End(State.CANCELLED, None, exit=CANCELLED), now)


class Cancelling(Enum):
    """What becomes of a job that is to be cancelled."""

    DONE = "cancelled: its run had not been called"
    ASKED = "its runner is to end it"
    TOO_LATE = "it has ended already"


def cancel(connection: Connection, job_id: str, now: datetime) -> Cancelling:
    """Cancel a job whose `run` was not called, or note on a running one that it is to be cancelled."""
    if move(connection, job_id, lifecycle.WITHDRAW, finished_at=now, lease_until=None):
        return Cancelling.DONE
    asked = move(connection, job_id, lifecycle.ASK, cancel_requested=True)
    return Cancelling.ASKED if asked else Cancelling.TOO_LATE


def held(connection: Connection) -> list[Held]:
    """The jobs that attempts hold, for a service that takes them up from an earlier life."""
    columns = (jobs.c.attempt, jobs.c.state, jobs.c.runner, jobs.c.token_hash, jobs.c.cancel_requested)
    rows = connection.execute(
        sa.select(jobs.c.id.label("job_id"), *columns).where(jobs.c.state.in_(HELD)).order_by(jobs.c.number)
    )
    return [Held(**row._asdict()) for row in rows]


def lose(connection: Connection, job_id: str, attempt: int, why: str, now: datetime) -> State | None:
    """Take a job from an attempt that is gone.

    Before `run` was called the job goes back to the queue, unless that has happened too often. After that it goes back
    where it may be run again, and has ended where not; a job that somebody has asked to cancel is CANCELLED.

    Args:
        connection: The transaction.
        job_id: The job.
        attempt: The attempt that is gone.
        why: How it went, as an error's text.
        now: The present moment.

    Returns:
        The job's new state, or None where the attempt did not hold the job any more.
    """
    row = connection.execute(sa.select(jobs.c.runs, jobs.c.max_attempts).where(jobs.c.id == job_id)).first()
    if row is None:
        return None
    again = f"{why} The job is run again: run {row.runs + 1} of {row.max_attempts}."
    for what, text in ((lifecycle.LOSE_EARLY, None), (lifecycle.RUN_AGAIN, again)):
        if _back(connection, job_id, what, attempt):
            _say(connection, job_id, text, now)
            return State.QUEUED
    for what, end in (
        (lifecycle.GIVE_UP, End(State.ERROR, why, exit=LOST)),
        (lifecycle.LOSE, End(State.ERROR, f"{why} {_ran(row.runs)} and is not run again.", exit=LOST)),
        (lifecycle.LOSE_UNWANTED, End(State.CANCELLED, None, exit=CANCELLED)),
    ):
        if _end(connection, job_id, what, end, now, attempt=attempt):
            _say(connection, job_id, end.result, now)
            return end.state
    return None


def requeue(connection: Connection, job_id: str, attempt: int) -> bool:
    """Put a job whose `run` was not called back where it was in the queue. Returns False where it was called."""
    return _back(connection, job_id, lifecycle.PUT_BACK, attempt)


def _standing(connection: Connection, reporter: Reporter) -> tuple[State | None, Standing]:
    statement = sa.select(jobs.c.state, jobs.c.attempt, jobs.c.token_hash, jobs.c.cancel_requested)
    row = connection.execute(statement.where(jobs.c.id == reporter.job_id)).first()
    if row is None or row.attempt != reporter.attempt or row.state not in HELD:
        return None, Standing.FENCED
    if row.token_hash is None or not hmac.compare_digest(row.token_hash, reporter.token_hash):
        return None, Standing.STRANGER
    return row.state, Standing.CANCELLING if row.cancel_requested else Standing.WRITTEN


def _end(
    connection: Connection, job_id: str, what: Move, end: End, now: datetime, *, attempt: int | None = None
) -> bool:
    ended = move(
        connection,
        job_id,
        what,
        attempt=attempt,
        result=end.result,
        result_types=end.result_types,
        engine=end.engine,
        exit=end.exit,
        finished_at=now,
        lease_until=None,
    )
    if ended and end.result is not None:
        number = connection.execute(sa.select(jobs.c.number).where(jobs.c.id == job_id)).scalar_one()
        sizes.grow_job(connection, number, sizes.size(end.result))
    return ended


def _back(connection: Connection, job_id: str, what: Move, attempt: int) -> bool:
    return move(connection, job_id, what, attempt=attempt, **_NOT_HANDED_OUT)


def _say(connection: Connection, job_id: str, text: str | None, now: datetime) -> None:
    if text is not None:
        events.append_log(connection, job_id, text.rstrip("\n") + "\n", now.isoformat())


def _ran(runs: int) -> str:
    return "The job ran once" if runs == 1 else f"The job ran {runs} times"
