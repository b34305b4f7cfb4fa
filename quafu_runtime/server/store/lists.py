"""The statements about many jobs: the pages of a user's list, with its filters, and the tags of jobs.

Each filter has an index that is in the order of the list, so that a page costs the same however many jobs there are.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from attrs import fields, frozen
from sqlalchemy import Connection

from quafu_runtime.server.lifecycle import State
from quafu_runtime.server.store.jobs import Job
from quafu_runtime.server.store.tables import ID_LENGTH, job_tags, jobs

_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")

# Results are not told of in a list, and may be large.
_COLUMNS = [
    sa.null().label(attribute.name) if attribute.name in {"result", "result_types"} else jobs.c[attribute.name]
    for attribute in fields(Job)
]


@frozen
class Wanted:
    """Which jobs of a user a list is to have. A job must pass every filter that is not None.

    Attributes:
        states: The states in which a job may be.
        program: The id of its program, or the name that this had.
        since: Since when it was made.
        tag: A tag that it has.
    """

    states: tuple[State, ...] | None = None
    program: str | None = None
    since: datetime | None = None
    tag: str | None = None


@frozen
class Listed:
    """A job without its result, with its tags."""

    job: Job
    tags: tuple[str, ...]


def page(connection: Connection, owner: int, wanted: Wanted, limit: int, offset: int) -> tuple[list[Listed], int]:
    """A page of a user's jobs, the newest first.

    Args:
        connection: The transaction.
        owner: Whose jobs.
        wanted: Which of them.
        limit: How many at most.
        offset: How many are left out before the first.

    Returns:
        The jobs, and how many pass the filters in all.
    """
    statement = matching(owner, wanted)
    newest = statement.with_only_columns(*_COLUMNS).order_by(jobs.c.created_at.desc(), jobs.c.number.desc())
    rows = [row._asdict() for row in connection.execute(newest.limit(limit).offset(offset))]
    tags = tags_of(connection, [row["id"] for row in rows])
    count = connection.execute(statement.with_only_columns(sa.func.count())).scalar_one()
    return [Listed(Job(**row), tags.get(row["id"], ())) for row in rows], count


def matching(owner: int, wanted: Wanted) -> sa.Select[*tuple[Any, ...]]:
    """The statement that finds a user's jobs that pass the filters, in no order yet."""
    statement = sa.select(jobs.c.number).select_from(jobs).where(jobs.c.owner == owner)
    if wanted.states is not None:
        states = wanted.states
        statement = statement.where(jobs.c.state == states[0] if len(states) == 1 else jobs.c.state.in_(states))
    if wanted.program is not None:
        named = jobs.c.program_name == wanted.program
        is_id = _ID.fullmatch(wanted.program) is not None  # which may be a name as well
        statement = statement.where(sa.or_(jobs.c.program_id == wanted.program, named) if is_id else named)
    if wanted.since is not None:
        statement = statement.where(jobs.c.created_at >= wanted.since)
    if wanted.tag is not None:
        tagged = sa.select(job_tags.c.job).where(job_tags.c.owner == owner, job_tags.c.tag == wanted.tag)
        statement = statement.where(jobs.c.number.in_(tagged))
    return statement


def tags_of(connection: Connection, job_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The tags of jobs, by the job's id, in the order in which they were given."""
    statement = (
        sa.select(jobs.c.id, job_tags.c.tag)
        .join(job_tags, job_tags.c.job == jobs.c.number)
        .where(jobs.c.id.in_(list(job_ids)))
        .order_by(job_tags.c.job, job_tags.c.place)
    )
    found: dict[str, tuple[str, ...]] = {}
    for job_id, tag in connection.execute(statement):
        found[job_id] = (*found.get(job_id, ()), tag)
    return found
