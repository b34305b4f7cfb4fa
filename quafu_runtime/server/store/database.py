"""The SQLite file: how it is opened, and the three ways into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

READERS = 4
"""Reads at the same time. In WAL mode they neither wait for the writer nor for each other."""

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process that writes: the command line that adds a user, a start that migrates."""


class Access(Enum):
    """A way into the database: what is promised when it is left."""

    READ = "query_only = ON"
    """Nothing is written."""
    WRITE = "synchronous = NORMAL"
    """What is written survives the death of any process, not that of the machine."""
    WRITE_DURABLY = "synchronous = FULL"
    """What is written is on the disk."""


class Database:
    """The store's file, with an engine for each way into it.

    Args:
        path: The file.
        patience: Seconds to wait for another process that writes.
    """

    def __init__(self, path: Path, patience: float = BUSY_TIMEOUT) -> None:
        self._engines = {access: _engine(path, access, patience) for access in Access}

    @contextmanager
    def connect(self, access: Access) -> Iterator[sa.Connection]:
        """A transaction, committed when the block ends and rolled back when it raises.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database refused.
        """
        with self._engines[access].begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        for engine in self._engines.values():
            engine.dispose()


def _engine(path: Path, access: Access, patience: float) -> sa.Engine:
    size = READERS if access is Access.READ else 1
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,  # what users send has no business in an error or a log
        connect_args={"timeout": patience, "check_same_thread": False},
    )
    # A writer takes its lock at once: one that read first and then finds that another wrote would have to start again.
    begin = "BEGIN" if access is Access.READ else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver opens no transactions of its own, so that ours are the only ones
        for pragma in ("journal_mode = WAL", "foreign_keys = ON", access.value):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
