"""The statements about jobs: accepted, looked at, moved from state to state, deleted.

Every change of a state goes through `move`, a guarded update that changes nothing where the move is not legal any more.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from attrs import field, fields, frozen
from sqlalchemy import Connection

from quafu_runtime.server.lifecycle import FINAL, MAX_LOSSES, Guard, Move, State
from quafu_runtime.server.store import sizes
from quafu_runtime.server.store.tables import job_tags, jobs


@frozen
class NewJob:
    """What a job is made of.

    Attributes:
        owner: The key of the user who runs it.
        program_id: The program.
        program_name: The program's name at this moment.
        source: The program's text at this moment.
        params: The params, as JSON text.
        backend: Where the program's circuits run.
        seed: Where its random numbers come from.
        max_execution_time: Seconds that it may run.
        label: A name for people, or None.
        tags: What it is found by, each once.
        max_attempts: How often its `run` may be called in all.
    """

    owner: int
    program_id: str
    program_name: str
    source: str
    params: str
    backend: str
    seed: int
    max_execution_time: float
    label: str | None = None
    tags: tuple[str, ...] = ()
    max_attempts: int = 1


@frozen
class Job:
    """A job as its owner may see it, without its source and its params."""

    id: str
    owner: int
    program_id: str
    program_name: str
    backend: str
    seed: int
    max_execution_time: float
    state: State
    attempt: int
    result: str | None
    result_types: dict[str, Any] | None
    engine: str | None
    versions: dict[str, Any] | None
    created_at: datetime
    assigned_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    label: str | None
    exit: dict[str, Any] | None
    runs: int
    max_attempts: int


@frozen
class Claimed:
    """A job that was taken from the queue for one attempt, with all that its program needs."""

    job_id: str
    attempt: int
    program_name: str
    source: str
    params: str
    backend: str
    seed: int
    max_execution_time: float = field(converter=float)  # SQLite returns a whole number from an update as an integer


_JOB = [jobs.c[attribute.name] for attribute in fields(Job)]


def add(connection: Connection, job: NewJob, now: datetime) -> str:
    """Accept a job. Returns its id."""
    job_id = uuid4().hex
    stored = sizes.ROW + sizes.size(job.source, job.params, job.label, *job.tags)
    added = connection.execute(
        sa.insert(jobs).values(
            id=job_id,
            owner=job.owner,
            program_id=job.program_id,
            program_name=job.program_name,
            source=job.source,
            params=job.params,
            backend=job.backend,
            seed=job.seed,
            max_execution_time=job.max_execution_time,
            state=State.QUEUED,
            attempt=0,
            losses=0,
            cancel_requested=False,
            created_at=now,
            label=job.label,
            max_attempts=job.max_attempts,
            stored=stored,
        )
    )
    sizes.grow(connection, job.owner, stored)
    number = added.inserted_primary_key[0] if added.inserted_primary_key else None
    if job.tags:
        rows = [{"job": number, "place": place, "owner": job.owner, "tag": tag} for place, tag in enumerate(job.tags)]
        connection.execute(sa.insert(job_tags), rows)
    return job_id


def find(connection: Connection, job_id: str) -> Job | None:
    """The job with this id, whoever owns it."""
    row = connection.execute(sa.select(*_JOB).where(jobs.c.id == job_id)).first()
    return None if row is None else Job(**row._asdict())


def inputs(connection: Connection, job_id: str) -> tuple[str, str]:
    """The source and the params, as JSON text, of a job; two empty values where it was deleted meanwhile."""
    row = connection.execute(sa.select(jobs.c.source, jobs.c.params).where(jobs.c.id == job_id)).first()
    return ("", "null") if row is None else (row.source, row.params)


def move(connection: Connection, job_id: str, what: Move, *, attempt: int | None = None, **columns: Any) -> bool:
    """Let something happen to a job, if it may happen to the job as it is now.

    Args:
        connection: The transaction.
        job_id: The job.
        what: What happens.
        attempt: The attempt that is meant, where the move asks for it.
        **columns: What else is written with the move.

    Returns:
        Whether it happened.
    """
    moved = sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(what.origins), *_conditions(what, attempt))
    if what.target is not None:
        columns["state"] = what.target
    if what.counts is not None:
        columns[what.counts] = jobs.c[what.counts] + 1
    return connection.execute(moved.values(**columns)).rowcount == 1


def delete(connection: Connection, job_id: str) -> bool:
    """Delete a job that has ended, with its events. Returns False where it has not ended."""
    statement = sa.delete(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(FINAL))
    deleted = connection.execute(statement.returning(jobs.c.owner, jobs.c.stored)).first()
    if deleted is not None:
        sizes.grow(connection, deleted.owner, -deleted.stored)
    return deleted is not None


_GUARDS = {
    Guard.WANTED: ~jobs.c.cancel_requested,
    Guard.UNWANTED: jobs.c.cancel_requested,
    Guard.RUNS_LEFT: jobs.c.runs < jobs.c.max_attempts,
    Guard.RUNS_SPENT: jobs.c.runs >= jobs.c.max_attempts,
    Guard.LOSSES_LEFT: jobs.c.losses + 1 < MAX_LOSSES,
    Guard.LOSSES_SPENT: jobs.c.losses + 1 >= MAX_LOSSES,
}


def _conditions(what: Move, attempt: int | None) -> Iterator[sa.ColumnElement[bool]]:
    for guard in what.guards:
        yield jobs.c.attempt == attempt if guard is Guard.HOLDER else _GUARDS[guard]
