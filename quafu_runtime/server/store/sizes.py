"""The statements about how much is kept for whom, counted as it is written, so that it need not be measured."""

import sqlalchemy as sa
from sqlalchemy import Connection

from quafu_runtime.server.store.tables import jobs, users

ROW = 512
"""Bytes that a program, a job or an idempotency key takes beside its texts, in its table and in the indexes."""

EVENT = 64
"""Bytes that an event takes beside its text."""


def size(*texts: str | None) -> int:
    """Bytes of texts."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts if text)


def of_user(connection: Connection, owner: int) -> int:
    """Bytes that are kept for a user."""
    return connection.execute(sa.select(users.c.stored).where(users.c.number == owner)).scalar() or 0


def grow(connection: Connection, owner: int, more: int) -> None:
    """Count bytes that were written for a user, or with a number below zero those that were deleted."""
    grown = users.c.stored + more
    # What an older version of this package has written was not counted, and is deleted all the same.
    counted = sa.update(users).where(users.c.number == owner).values(stored=sa.case((grown < 0, 0), else_=grown))
    connection.execute(counted)


def grow_job(connection: Connection, job: int, more: int) -> None:
    """Count bytes that were written for a job, given by its key."""
    grown = sa.update(jobs).where(jobs.c.number == job).values(stored=jobs.c.stored + more).returning(jobs.c.owner)
    owner = connection.execute(grown).scalar()
    if owner is not None:
        grow(connection, owner, more)
