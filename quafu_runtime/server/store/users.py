"""The statements about users."""

from datetime import datetime

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy import Connection

from quafu_runtime.server.store.tables import users


@frozen
class User:
    """Somebody who has a token.

    Attributes:
        number: The user's key in the store.
        name: The user's name, unique.
    """

    number: int
    name: str


def by_token_hash(connection: Connection, token_hash: str) -> User | None:
    """The user whose token has this hash, or None."""
    row = connection.execute(sa.select(users.c.number, users.c.name).where(users.c.token_hash == token_hash)).first()
    return None if row is None else User(number=row.number, name=row.name)


def everyone(connection: Connection) -> list[User]:
    """All users, in the order in which they were added."""
    rows = connection.execute(sa.select(users.c.number, users.c.name).order_by(users.c.number))
    return [User(number=row.number, name=row.name) for row in rows]


def add(connection: Connection, name: str, token_hash: str, now: datetime) -> bool:
    """Add a user.

    Returns:
        False where somebody has this name already.
    """
    if connection.execute(sa.select(users.c.number).where(users.c.name == name)).first() is not None:
        return False
    connection.execute(sa.insert(users).values(name=name, token_hash=token_hash, is_owner=False, created_at=now))
    return True


def set_owner(connection: Connection, name: str, token_hash: str, now: datetime) -> None:
    """Make sure that the service has its owner, with this token. An owner who is there keeps the name."""
    update = sa.update(users).where(users.c.is_owner).values(token_hash=token_hash)
    if connection.execute(update).rowcount == 0:
        connection.execute(sa.insert(users).values(name=name, token_hash=token_hash, is_owner=True, created_at=now))
