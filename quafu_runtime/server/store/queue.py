"""Whose job is next: users take turns, so that nobody waits for all that somebody else has in the queue.

A user's own jobs are handed out in the order in which they were accepted.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from quafu_runtime.server.lifecycle import CLAIM, HELD, State
from quafu_runtime.server.store.jobs import Claimed, move
from quafu_runtime.server.store.tables import jobs, users

_CLAIMED = [
    jobs.c.id.label("job_id"),
    (jobs.c.attempt + 1).label("attempt"),
    jobs.c.program_name,
    jobs.c.source,
    jobs.c.params,
    jobs.c.backend,
    jobs.c.seed,
    jobs.c.max_execution_time,
]


def claim(
    connection: Connection, token_hash: str, now: datetime, lease_until: datetime, jobs_per_user: int | None = None
) -> Claimed | None:
    """Take the next job from the queue, for one attempt.

    Args:
        connection: The transaction.
        token_hash: The hash of the token with which the attempt will report.
        now: The present moment.
        lease_until: Until when nothing need be heard of it.
        jobs_per_user: How many jobs of one user may be handed out at once; None for all.

    Returns:
        The job, or None where none waits whose owner has a turn.
    """
    owner = connection.execute(_next_owner(jobs_per_user)).scalar()
    if owner is None:
        return None
    first = sa.select(sa.func.min(jobs.c.number)).where(jobs.c.state == State.QUEUED, jobs.c.owner == owner)
    row = connection.execute(sa.select(*_CLAIMED).where(jobs.c.number == first.scalar_subquery())).one()
    claimed = Claimed(**row._asdict())
    if not move(connection, claimed.job_id, CLAIM, token_hash=token_hash, assigned_at=now, lease_until=lease_until):
        return None
    latest = sa.select(sa.func.max(users.c.served)).scalar_subquery()
    connection.execute(sa.update(users).where(users.c.number == owner).values(served=latest + 1))
    return claimed


def waiting(connection: Connection, owner: int, enough: int) -> int:
    """How many jobs of a user wait, counted up to `enough`."""
    some = sa.select(jobs.c.number).where(jobs.c.state == State.QUEUED, jobs.c.owner == owner).limit(enough)
    return connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()


def _next_owner(jobs_per_user: int | None) -> sa.Select[tuple[int]]:
    """Of those who have a job in the queue, the one whose last turn was longest ago."""
    waits = sa.exists().where(jobs.c.state == State.QUEUED, jobs.c.owner == users.c.number)
    statement = sa.select(users.c.number).where(users.c.revoked_at.is_(None), waits)
    if jobs_per_user is not None:
        out = sa.select(sa.func.count()).where(jobs.c.state.in_(HELD), jobs.c.owner == users.c.number)
        statement = statement.where(out.scalar_subquery() < jobs_per_user)
    return statement.order_by(users.c.served, users.c.number).limit(1)
