"""The statements about users."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy import Connection

from quafu_runtime.server.lifecycle import State
from quafu_runtime.server.store.tables import jobs, users


@frozen
class User:
    """Somebody who has a token.

    Attributes:
        number: The user's key in the store.
        name: The user's name, unique.
    """

    number: int
    name: str


@frozen
class Entry:
    """A user as the list of all has them.

    Attributes:
        name: The user's name.
        is_owner: Whether it is the one who started the service.
        created_at: Since when they are here.
        revoked_at: Since when their token is worth nothing; None where it is good.
    """

    name: str
    is_owner: bool
    created_at: datetime
    revoked_at: datetime | None


@frozen
class Revoked:
    """What the end of a token means for the jobs of its user.

    Attributes:
        running: How many run, and go on to their end.
        waiting: How many wait, and are not started any more.
    """

    running: int
    waiting: int


def by_token_hash(connection: Connection, token_hash: str) -> User | None:
    """The user whose token has this hash, or None: also where it was revoked."""
    mine = sa.select(users.c.number, users.c.name).where(users.c.token_hash == token_hash, users.c.revoked_at.is_(None))
    row = connection.execute(mine).first()
    return None if row is None else User(number=row.number, name=row.name)


def everyone(connection: Connection) -> list[Entry]:
    """All users, the revoked ones too, in the order in which they were added."""
    columns = [users.c.name, users.c.is_owner, users.c.created_at, users.c.revoked_at]
    return [Entry(**row._asdict()) for row in connection.execute(sa.select(*columns).order_by(users.c.number))]


def revoked(connection: Connection) -> frozenset[int]:
    """The keys of all whose token is worth nothing any more."""
    return frozenset(connection.execute(sa.select(users.c.number).where(users.c.revoked_at.is_not(None))).scalars())


def add(connection: Connection, hashes: Mapping[str, str], now: datetime) -> list[str]:
    """Add users, all or none.

    Args:
        connection: The transaction.
        hashes: The hash of each new user's token, by the user's name.
        now: The present moment.

    Returns:
        The names that somebody has, or had, already: where there is one, nobody was added.
    """
    taken = list(connection.execute(sa.select(users.c.name).where(users.c.name.in_(hashes))).scalars())
    if not taken:
        rows = [
            {"name": name, "token_hash": token_hash, "is_owner": False, "created_at": now}
            for name, token_hash in hashes.items()
        ]
        connection.execute(sa.insert(users), rows)
    return taken


def revoke(connection: Connection, name: str, now: datetime) -> Revoked | None:
    """Make a user's token worth nothing, for good.

    Args:
        connection: The transaction.
        name: The user's name, which is not the owner's.
        now: The present moment.

    Returns:
        What that means for their jobs; None where nobody has this name and a token that is good.
    """
    good = (users.c.name == name, users.c.revoked_at.is_(None), users.c.is_owner.is_(False))
    number = connection.execute(sa.update(users).where(*good).values(revoked_at=now).returning(users.c.number)).scalar()
    if number is None:
        return None
    left = sa.select(jobs.c.state, sa.func.count().label("jobs")).where(jobs.c.owner == number)
    counts = {row.state: int(row.jobs) for row in connection.execute(left.group_by(jobs.c.state)).all()}
    waiting = counts.get(State.QUEUED, 0)
    return Revoked(running=counts.get(State.ASSIGNED, 0) + counts.get(State.RUNNING, 0), waiting=waiting)


def set_owner(connection: Connection, name: str, token_hash: str, now: datetime) -> None:
    """Make sure that the service has its owner, with this token. An owner who is there keeps the name."""
    update = sa.update(users).where(users.c.is_owner).values(token_hash=token_hash)
    if connection.execute(update).rowcount == 0:
        connection.execute(sa.insert(users).values(name=name, token_hash=token_hash, is_owner=True, created_at=now))
