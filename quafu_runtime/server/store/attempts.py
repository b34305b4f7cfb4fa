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
from attrs import frozen
from sqlalchemy import Connection

from quafu_runtime.server.lifecycle import FINAL, State
from quafu_runtime.server.store import events
from quafu_runtime.server.store.jobs import move
from quafu_runtime.server.store.tables import jobs

HELD = frozenset({State.ASSIGNED, State.RUNNING})
"""The states in which a job is held by an attempt."""

MAX_LOSSES = 3
"""How many times an attempt may be lost before `run` was called, until the job is given up."""


LOST = {"kind": "lost", "code": None, "signal": None}
CANCELLED = {"kind": "cancelled", "code": None, "signal": None}
KILLED = {"kind": "killed", "code": None, "signal": signal.SIGKILL.value}
"""How a run ended that did not end by itself. The runner ends a program by SIGKILL."""

STOPPED = "The runtime service was stopped while the job ran."
"""The error of a job that was running when its service ended."""

LEFT_BEHIND = "The job was lost: the runtime service ended unexpectedly while it ran."
"""The error of a job that was running when its service ended without a chance to say so."""


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


class Standing(Enum):
    """What becomes of a report."""

    WRITTEN = "written"
    CANCELLING = "written, and the job is to be cancelled"
    FENCED = "not written: the attempt has lost its job"
    STRANGER = "not written: the token is not the attempt's"


def start(
    connection: Connection, reporter: Reporter, versions: dict[str, Any], now: datetime, lease: datetime
) -> Standing:
    """Let an attempt call `run`: the job is RUNNING from here on, and is never started again."""
    standing = _standing(connection, reporter)
    if standing is not Standing.WRITTEN:
        return Standing.FENCED if standing is Standing.CANCELLING else standing
    started = move(
        connection,
        reporter.job_id,
        State.RUNNING,
        attempt=reporter.attempt,
        versions=versions,
        started_at=now,
        lease_until=lease,
    )
    # Where it is running already, the runner asks once more because the answer to its first question was lost.
    running = sa.select(jobs.c.state).where(jobs.c.id == reporter.job_id)
    return Standing.WRITTEN if started or connection.execute(running).scalar() is State.RUNNING else Standing.FENCED


def report(connection: Connection, reporter: Reporter, new: Sequence[events.Event], lease: datetime) -> Standing:
    """Write events of an attempt and renew its lease. Without events it is a sign of life."""
    standing = _standing(connection, reporter)
    if standing in (Standing.WRITTEN, Standing.CANCELLING):
        events.add(connection, reporter.job_id, new)
        connection.execute(sa.update(jobs).where(jobs.c.id == reporter.job_id).values(lease_until=lease))
    return standing


def finish(
    connection: Connection, reporter: Reporter, new: Sequence[events.Event], end: End, now: datetime
) -> Standing:
    """Write the last events of an attempt and the end of its job, both or neither."""
    standing = _standing(connection, reporter)
    if standing not in (Standing.WRITTEN, Standing.CANCELLING):
        return standing
    if end.state is State.CANCELLED and standing is Standing.WRITTEN:
        end = End(State.ERROR, STOPPED, exit=KILLED)  # told to stop, and not by the job's owner
    if not _end(connection, reporter.job_id, end, now, attempt=reporter.attempt):
        return Standing.FENCED
    events.add(connection, reporter.job_id, new)
    return Standing.WRITTEN


def decide(connection: Connection, job_id: str, end: End, now: datetime, *, attempt: int | None = None) -> bool:
    """End a job without its runner's word, and fence the runner. An error's text also goes to the job's logs.

    Returns:
        False where the job has ended already, or has gone on to another attempt.
    """
    if not _end(connection, job_id, end, now, attempt=attempt):
        return False
    if end.state is State.ERROR and end.result is not None:
        events.append_log(connection, job_id, end.result.rstrip("\n") + "\n", now.isoformat())
    return True


class Cancelling(Enum):
    """What becomes of a job that is to be cancelled."""

    DONE = "cancelled: its run had not been called"
    ASKED = "its runner is to end it"
    TOO_LATE = "it has ended already"


def cancel(connection: Connection, job_id: str, now: datetime) -> Cancelling:
    """Cancel a job whose `run` was not called, or note on a running one that it is to be cancelled."""
    waiting = [State.QUEUED, State.ASSIGNED]
    if move(connection, job_id, State.CANCELLED, origin=waiting, finished_at=now, lease_until=None):
        return Cancelling.DONE
    running = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state == State.RUNNING)
    asked = connection.execute(running.values(cancel_requested=True)).rowcount == 1
    return Cancelling.ASKED if asked else Cancelling.TOO_LATE


def recover(connection: Connection, now: datetime) -> None:
    """Settle what an earlier life of the service left: it held the jobs, and its runners have ended with it."""
    held = sa.select(jobs.c.id, jobs.c.attempt, jobs.c.state).where(jobs.c.state.in_(HELD))
    for row in connection.execute(held).all():
        if row.state is State.ASSIGNED:
            requeue(connection, row.id, row.attempt)
        else:
            decide(connection, row.id, End(State.ERROR, LEFT_BEHIND, exit=LOST), now, attempt=row.attempt)


def lose(connection: Connection, job_id: str, attempt: int, why: str, now: datetime) -> State | None:
    """Take a job from an attempt that is gone.

    Before `run` was called the job goes back to the queue, unless that has happened too often. After that it has ended.

    Args:
        connection: The transaction.
        job_id: The job.
        attempt: The attempt that is gone.
        why: How it went, as an error's text.
        now: The present moment.

    Returns:
        The job's new state, or None where the attempt did not hold the job any more.
    """
    row = connection.execute(sa.select(jobs.c.state, jobs.c.losses).where(jobs.c.id == job_id)).first()
    if row is None:
        return None
    if row.state is State.ASSIGNED and row.losses + 1 < MAX_LOSSES:
        back = requeue(connection, job_id, attempt, losses=row.losses + 1)
        return State.QUEUED if back else None
    ended = decide(connection, job_id, End(State.ERROR, why, exit=LOST), now, attempt=attempt)
    return State.ERROR if ended else None


def requeue(connection: Connection, job_id: str, attempt: int, *, losses: int | None = None) -> bool:
    """Put a job whose `run` was not called back where it was in the queue. Returns False where it was called."""
    counted: dict[str, Any] = {} if losses is None else {"losses": losses}
    gone: dict[str, Any] = {"token_hash": None, "assigned_at": None, "lease_until": None}
    return move(connection, job_id, State.QUEUED, attempt=attempt, **gone, **counted)


def expired(connection: Connection, now: datetime) -> list[tuple[str, int]]:
    """The jobs, with their attempts, whose lease was not renewed."""
    statement = sa.select(jobs.c.id, jobs.c.attempt).where(jobs.c.state.in_(HELD), jobs.c.lease_until < now)
    return [(row.id, row.attempt) for row in connection.execute(statement)]


def renew(connection: Connection, job_id: str, attempt: int, lease: datetime) -> None:
    """Renew the lease of one attempt."""
    held = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.attempt == attempt, jobs.c.state.in_(HELD))
    connection.execute(held.values(lease_until=lease))


def renew_all(connection: Connection, lease: datetime) -> None:
    """Renew every lease, after the whole machine was asleep."""
    connection.execute(sa.update(jobs).where(jobs.c.state.in_(HELD)).values(lease_until=lease))


def _standing(connection: Connection, reporter: Reporter) -> Standing:
    statement = sa.select(jobs.c.state, jobs.c.attempt, jobs.c.token_hash, jobs.c.cancel_requested)
    row = connection.execute(statement.where(jobs.c.id == reporter.job_id)).first()
    if row is None or row.attempt != reporter.attempt:
        return Standing.FENCED
    if row.token_hash is None or not hmac.compare_digest(row.token_hash, reporter.token_hash):
        return Standing.STRANGER
    if row.state not in HELD:
        return Standing.FENCED
    return Standing.CANCELLING if row.cancel_requested else Standing.WRITTEN


def _end(connection: Connection, job_id: str, end: End, now: datetime, *, attempt: int | None) -> bool:
    if end.state not in FINAL:
        message = f"{end.state} is not an end."
        raise ValueError(message)
    return move(
        connection,
        job_id,
        end.state,
        attempt=attempt,
        result=end.result,
        result_types=end.result_types,
        engine=end.engine,
        exit=end.exit,
        finished_at=now,
        lease_until=None,
    )
