"""The statements about programs. Who may see what is decided here, in the statements."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy import Connection, Row

from quafu_runtime.server.store import sizes
from quafu_runtime.server.store.tables import programs, users


@frozen
class Metadata:
    """What its owner says of a program."""

    name: str
    description: str
    backend: str | None
    group: str | None
    cost: float | None
    is_public: bool


@frozen
class Program:
    """A program as it is kept.

    Attributes:
        id: 32 hexadecimal digits.
        owner: The key of the user who owns it.
        owner_name: That user's name.
        metadata: What the owner says of it.
        source: Its text, or None in a list.
    """

    id: str
    owner: int
    owner_name: str
    metadata: Metadata
    source: str | None


def add(connection: Connection, owner: int, metadata: Metadata, source: str, now: datetime) -> str | None:
    """Add a program.

    Returns:
        Its id, or None where the owner has a program of this name already.
    """
    if _name_is_taken(connection, owner, metadata.name):
        return None
    program_id = uuid4().hex
    connection.execute(
        sa.insert(programs).values(id=program_id, owner=owner, source=source, created_at=now, **_columns_of(metadata))
    )
    sizes.grow(connection, owner, sizes.ROW + sizes.size(source))
    return program_id


def update(connection: Connection, program: Program, **changes: Any) -> bool:
    """Change a program.

    Args:
        connection: The transaction.
        program: The program as it was read in this transaction.
        **changes: The columns that change.

    Returns:
        False where the new name is taken by another program of the owner.
    """
    name = changes.get("name", program.metadata.name)
    if name != program.metadata.name and _name_is_taken(connection, program.owner, name):
        return False
    connection.execute(sa.update(programs).where(programs.c.id == program.id).values(**changes))
    if "source" in changes:
        sizes.grow(connection, program.owner, sizes.size(changes["source"]) - sizes.size(program.source))
    return True


def delete(connection: Connection, owner: int, program_id: str) -> bool:
    """Delete a program of this owner; its jobs stay. Returns False where the owner has no such program."""
    statement = sa.delete(programs).where(programs.c.id == program_id, programs.c.owner == owner)
    deleted = connection.execute(statement.returning(programs.c.source)).first()
    if deleted is not None:
        sizes.grow(connection, owner, -sizes.ROW - sizes.size(deleted.source))
    return deleted is not None


def by_id(connection: Connection, program_id: str) -> Program | None:
    """The program with this id, whoever owns it."""
    row = connection.execute(_select(with_source=True).where(programs.c.id == program_id)).first()
    return None if row is None else _program(row)


def by_name(connection: Connection, user: int, name: str) -> list[Program]:
    """The programs that a user may mean by a name.

    The user's own program is meant first. Then public ones of this name, and where there is none, the text is read as
    `owner/name`.

    Returns:
        None, one, or several that others made public under one name.
    """
    own = programs.c.owner == user
    statement = _select(with_source=True).where(programs.c.name == name, sa.or_(own, programs.c.is_public))
    found = [_program(row) for row in connection.execute(statement.order_by(sa.desc(own), programs.c.number))]
    if found and found[0].owner == user:
        return found[:1]
    return found or _by_owner_and_name(connection, user, name)


def _by_owner_and_name(connection: Connection, user: int, name: str) -> list[Program]:
    owner_name, slash, rest = name.partition("/")
    if not slash:
        return []
    statement = _select(with_source=True).where(
        users.c.name == owner_name,
        programs.c.name == rest,
        sa.or_(programs.c.owner == user, programs.c.is_public),
    )
    return [_program(row) for row in connection.execute(statement)]


def page(connection: Connection, user: int, limit: int | None, offset: int) -> tuple[list[Program], int]:
    """The programs that a user may see, without their sources, the newest first.

    Args:
        connection: The transaction.
        user: Who asks.
        limit: How many at most; None for all.
        offset: How many are left out before the first.

    Returns:
        The programs, and how many there are in all.
    """
    visible = sa.or_(programs.c.owner == user, programs.c.is_public)
    statement = _select(with_source=False).where(visible).order_by(programs.c.number.desc())
    rows = connection.execute(statement.limit(limit).offset(offset))
    count = connection.execute(sa.select(sa.func.count()).select_from(programs).where(visible)).scalar_one()
    return [_program(row) for row in rows], count


def _name_is_taken(connection: Connection, owner: int, name: str) -> bool:
    statement = sa.select(programs.c.number).where(programs.c.owner == owner, programs.c.name == name)
    return connection.execute(statement).first() is not None


def _columns_of(metadata: Metadata) -> dict[str, Any]:
    return {
        "name": metadata.name,
        "description": metadata.description,
        "backend": metadata.backend,
        "group": metadata.group,
        "cost": metadata.cost,
        "is_public": metadata.is_public,
    }


def _select(*, with_source: bool) -> sa.Select[*tuple[Any, ...]]:
    source = programs.c.source if with_source else sa.null().label("source")
    return sa.select(
        programs.c.id,
        programs.c.owner,
        users.c.name.label("owner_name"),
        programs.c.name,
        programs.c.description,
        programs.c.backend,
        programs.c.group.label("program_group"),  # `group` would hide a method of the row
        programs.c.cost,
        programs.c.is_public,
        source,
    ).join(users, users.c.number == programs.c.owner)


def _program(row: Row[Any]) -> Program:
    return Program(
        id=row.id,
        owner=row.owner,
        owner_name=row.owner_name,
        metadata=Metadata(
            name=row.name,
            description=row.description,
            backend=row.backend,
            group=row.program_group,
            cost=row.cost,
            is_public=row.is_public,
        ),
        source=row.source,
    )
