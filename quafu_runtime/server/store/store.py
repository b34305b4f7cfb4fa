"""Runs the store's statements off the event loop: one thread that writes, a few that read."""

import asyncio
import math
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from quafu_runtime.server.store.database import READERS, Access, Database

PRIMARY = 0xFF
"""The part of SQLite's code of an error that does not go into detail."""

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """The database for coroutines. Each call is one transaction, and is committed when it returns."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._locked_at = -math.inf
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a statement that writes nothing.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database refused.
        """
        return await self._run(self._readers, Access.READ, query, *args, **kwargs)

    async def write(self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a change that survives the death of any process.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database refused.
        """
        return await self._run(self._writer, Access.WRITE, change, *args, **kwargs)

    async def write_durably(
        self, change: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a change that is on the disk when this returns.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database refused.
        """
        return await self._run(self._writer, Access.WRITE_DURABLY, change, *args, **kwargs)

    def transact(
        self,
        access: Access,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a statement or a change as one transaction, on one of the threads: every way into the database is here.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The database refused.
        """
        with self._database.connect(access) as connection:
            return work(connection, *args, **kwargs)

    async def _run(
        self,
        threads: ThreadPoolExecutor,
        access: Access,
        work: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        asked_at = time.monotonic()

        def in_turn() -> T:
            # Whoever stood behind a change that waited for another process's lock in vain has waited as long.
            if access is not Access.READ and asked_at < self._locked_at:
                message = "another process holds the store's lock"
                raise NoConnectionError(message)
            try:
                return self.transact(access, work, *args, **kwargs)
            except OperationalError as error:
                if getattr(error.orig, "sqlite_errorcode", 0) & PRIMARY == sqlite3.SQLITE_BUSY:
                    self._locked_at = time.monotonic()
                raise

        return await asyncio.get_running_loop().run_in_executor(threads, in_turn)

    def close(self) -> None:
        """Finish what was begun, end the threads and close the database."""
        self._readers.shutdown()
        self._writer.shutdown()
        self._database.close()
