"""The file of a sweep: one SQLite file, written by one process at a time, readable at any time.

It is written with a rollback journal, so that at rest it is one file, which may be copied; every change is on the disk
before the next step is taken.
"""

import json
import os
import sqlite3
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from quafu_runtime.errors import ArgumentError
from quafu_runtime.sweep.beginning import Beginning
from quafu_runtime.sweep.points import Point, PointStatus

_VERSION = 1
"""The file's form, in its `user_version`."""

_BUSY_SECONDS = 30.0
"""How long a reader that is in the middle of a read is waited for."""

_SCHEMA = """\
CREATE TABLE beginning (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE points (
    number INTEGER PRIMARY KEY,
    params TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    seed INTEGER,
    attempt INTEGER NOT NULL,
    status TEXT NOT NULL,
    job_id TEXT,
    result TEXT,
    result_types TEXT,
    error_kind TEXT,
    error TEXT,
    submitted_at REAL,
    ended_at REAL
);
"""

_FIELDS = "number, params, key, seed, status, job_id, result, result_types, error_kind, error, submitted_at, ended_at"


class SweepStore:
    """An open file. To be used by one thread at a time.

    Args:
        connection: The connection, whose owner it becomes.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def opened(cls, path: Path, *, create: bool) -> Self:
        """Open a file.

        Args:
            path: Where.
            create: Whether to make it where it is not there.

        Raises:
            ArgumentError: There is no such file, it cannot be made, or is something else.
        """
        if create:
            _create_private(path)
        elif not path.is_file():
            message = f"There is no sweep {path}."
            raise ArgumentError(message)
        # A reader, too, may have to undo the change in whose middle a writer was killed.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_BUSY_SECONDS, isolation_level=None
        )
        try:
            _check(connection, path, may_be_empty=create)
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def beginning(self) -> Beginning | None:
        """What the sweep was begun with; None where it has not been begun."""
        if _version(self._connection) == 0:
            return None
        return Beginning.of_entries(dict(self._connection.execute("SELECT name, value FROM beginning")))

    def begin(self, beginning: Beginning, points: Sequence[Any], seeds: Sequence[int | None]) -> None:
        """Write down all points, with a key each.

        Args:
            beginning: What the sweep is begun with.
            points: Their params.
            seeds: Their seeds.
        """
        drawn = uuid.uuid4().hex
        rows = [
            (number, json.dumps(params), f"{drawn}-{number}-1", seed, 1, PointStatus.WAITING.value)
            for number, (params, seed) in enumerate(zip(points, seeds, strict=True))
        ]
        insert = "INSERT INTO points (number, params, key, seed, attempt, status) VALUES (?, ?, ?, ?, ?, ?)"
        with self._change():
            for statement in _SCHEMA.split(";\n"):
                self._connection.execute(statement)
            self._connection.executemany("INSERT INTO beginning VALUES (?, ?)", beginning.entries().items())
            self._connection.executemany(insert, rows)
            self._connection.execute(f"PRAGMA user_version = {_VERSION}")

    def points(self) -> list[Point]:
        """All points, in their order."""
        if _version(self._connection) == 0:
            return []
        rows = self._connection.execute(f"SELECT {_FIELDS} FROM points ORDER BY number")  # noqa: S608 - our own names
        return [_point(row) for row in rows]

    def submitting(self, number: int) -> None:
        """Note that a point is about to be sent."""
        with self._change():
            self._update(number, status=PointStatus.SUBMITTING.value)

    def not_submitted(self, number: int) -> None:
        """Note that a point was surely not accepted."""
        with self._change():
            self._update(number, status=PointStatus.WAITING.value)

    def submitted(self, number: int, job_id: str) -> None:
        """Note the job of a point."""
        with self._change():
            self._update(number, status=PointStatus.RUNNING.value, job_id=job_id, submitted_at=time.time())

    def uncertain(self, numbers: Sequence[int]) -> None:
        """Note that nobody can tell whether these points were accepted."""
        with self._change():
            for number in numbers:
                self._update(number, status=PointStatus.UNCERTAIN.value)

    def failed(self, number: int, status: PointStatus, error: Exception) -> None:
        """Note that a point was refused, or that its job is not to be had.

        Args:
            number: The point.
            status: Which of the two.
            error: Why.
        """
        text = getattr(error, "message", str(error))
        with self._change():
            self._update(number, status=status.value, error_kind=type(error).__name__, error=text, ended_at=time.time())

    def ended(self, ends: Sequence[tuple[int, PointStatus, str | None, Any]]) -> None:
        """Note how jobs have ended.

        Args:
            ends: For each the point, its status, the text of its result or its error, and the result's types.
        """
        now = time.time()
        with self._change():
            for number, status, text, types in ends:
                done = status is PointStatus.DONE
                self._update(
                    number,
                    status=status.value,
                    result=text if done else None,
                    result_types=None if types is None else json.dumps(types),
                    error=None if done else text,
                    ended_at=now,
                )

    def again(self, numbers: Sequence[int]) -> None:
        """Have points run anew, under new keys.

        Args:
            numbers: The points.
        """
        again = (
            "UPDATE points SET key = substr(key, 1, 32) || '-' || number || '-' || (attempt + 1),"
            " attempt = attempt + 1, status = ?, job_id = NULL, result = NULL, result_types = NULL,"
            " error_kind = NULL, error = NULL, submitted_at = NULL, ended_at = NULL WHERE number = ?"
        )
        with self._change():
            self._connection.executemany(again, [(PointStatus.WAITING.value, number) for number in numbers])

    @contextmanager
    def _change(self) -> Iterator[None]:
        """One change, whole or not at all, and on the disk when it is over."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _update(self, number: int, **values: object) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        self._connection.execute(f"UPDATE points SET {names} WHERE number = ?", (*values.values(), number))  # noqa: S608 - our own names


def read_points(path: Path) -> tuple[Beginning, list[Point]]:
    """What a file holds now.

    Args:
        path: The file.

    Raises:
        ArgumentError: There is no such file, or it is no sweep that has been begun.
    """
    with closing(SweepStore.opened(path, create=False)) as store:
        beginning = store.beginning()
        if beginning is None:
            message = f"The sweep {path} has not been begun: service.sweep() begins it."
            raise ArgumentError(message)
        return beginning, store.points()


def _point(row: Sequence[Any]) -> Point:
    number, params, key, seed, status, *rest = row
    return Point(number, json.loads(params), key, seed, PointStatus(status), *rest)


def _create_private(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        message = f"The sweep {path} cannot be written: {error.strerror}."
        raise ArgumentError(message) from None


def _check(connection: sqlite3.Connection, path: Path, *, may_be_empty: bool) -> None:
    try:
        version = _version(connection)
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError as error:
        message = f"{path} is no sweep: {error}."
        raise ArgumentError(message) from None
    if version == _VERSION or (version == 0 and tables == 0 and may_be_empty):
        return
    what = f"was made by a newer version of this package ({version})" if version > _VERSION else "is no sweep"
    message = f"{path} {what}. Give another file."
    raise ArgumentError(message)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
