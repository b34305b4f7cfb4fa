"""The registry's file: made for its owner alone, opened for one transaction at a time, refused where it is not ours.

Each use opens the file and closes it again, so that threads, processes and forks share nothing but the file. Its
journal is SQLite's rollback journal, which also works where a home folder is on the network. A link is never followed.
What was written survives the death of any process; it is not synced to the disk, so a power cut may cost the list.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from quafu_runtime.account.folders import complaint_about
from quafu_runtime.errors import RegistryError

_APPLICATION = 0x51525247
"""What marks an SQLite file as a registry."""

_VERSION = 1
"""The version of the tables; a file of a later one is left alone."""

_BUSY_SECONDS = 1.0
"""How long a call waits for other processes: one write takes a millisecond or two."""

_SCHEMA = """
CREATE TABLE salt (value BLOB NOT NULL);
CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    account TEXT NOT NULL,
    place TEXT,
    job_id TEXT NOT NULL,
    submitted_at REAL NOT NULL,
    program_id TEXT,
    program_name TEXT,
    backend TEXT,
    label TEXT,
    tags TEXT NOT NULL,
    seed INTEGER,
    status INTEGER,
    finished_at REAL,
    forgotten INTEGER NOT NULL DEFAULT 0,
    params TEXT,
    UNIQUE (service, job_id)
);
CREATE INDEX jobs_of_service ON jobs (service, submitted_at DESC, number DESC);
"""


def default_path() -> Path:
    """Where the registry is, unless somebody says otherwise.

    Raises:
        RegistryError: There is no home folder.
    """
    try:
        return Path.home() / ".quafu" / "runtime-client" / "jobs.db"
    except RuntimeError:
        message = "There is no home folder to keep a list of jobs in: set the environment variable HOME."
        raise RegistryError(message) from None


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The file as it stands.

    Args:
        path: The file.

    Yields:
        The connection, or None where there is no file yet.

    Raises:
        RegistryError: The file is no registry, or that of a later version; cannot be read; or is a link.
    """
    with _complaints(path):
        if not path.parent.exists() or not _is_ours(path):
            yield None
            return
        connection = _connected(path)
        try:
            connection.execute("BEGIN")
            yield connection if _is_filled(connection, path) else None
        finally:
            connection.close()


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, made where it does not exist, for one transaction, which is carried out where nothing is raised.

    Args:
        path: The file.

    Yields:
        The connection.

    Raises:
        RegistryError: The file is no registry, or that of a later version; cannot be written; or is a link.
    """
    with _complaints(path):
        _see_to_folder(path.parent)
        if not _is_ours(path):
            _make(path)
        connection = _connected(path)
        try:
            connection.execute("BEGIN IMMEDIATE")
            if not _is_filled(connection, path):
                _fill(connection)
            yield connection
            connection.execute("COMMIT")
        finally:
            connection.close()  # which rolls back what was not committed


@contextmanager
def _complaints(path: Path) -> Iterator[None]:
    """Raise what goes wrong with the file as one error that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        _fail(path, _complaint(error))
    except OSError as error:
        _fail(path, f"cannot be read or written ({error.strerror}): see to the folder's permissions and space")
    except ValueError as error:
        _fail(path, f"is broken ({error}): {_WAY_OUT}")


_WAY_OUT = "move it away, and the list of jobs begins anew"


def _connected(path: Path) -> sqlite3.Connection:
    _is_ours(path.with_name(f"{path.name}-journal"))  # SQLite would take back what it says
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA secure_delete = ON")  # what is struck out does not stay in the file
    connection.execute("PRAGMA synchronous = OFF")  # a write may stand in an event loop, and a sync take 20 ms there
    return connection


def _see_to_folder(folder: Path) -> None:
    """Make the folder, for its owner alone; one that is named by its user keeps the mode that it has."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder != default_folder():
        complaint = complaint_about(folder)
        if complaint is not None:
            _fail(folder, complaint)
        return
    status = folder.lstat()
    if stat.S_ISLNK(status.st_mode):
        _fail(folder, "is a symbolic link, which is not followed: put the folder itself in its place")
    if status.st_uid != os.geteuid():
        _fail(folder, "belongs to another user")
    if stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
        folder.chmod(stat.S_IRWXU)


def default_folder() -> Path | None:
    """The folder of the default file, or None where there is no home."""
    try:
        return default_path().parent
    except RegistryError:
        return None


def _is_ours(path: Path) -> bool:
    """Whether the file is there; one that is not ours is refused.

    It is looked at by its name, since closing a second descriptor of it would take SQLite's locks away.
    """
    try:
        status = path.lstat()
    except FileNotFoundError:
        return False
    if stat.S_ISLNK(status.st_mode):
        _fail(path, "is a symbolic link, which is not followed: put the file itself in its place")
    if not stat.S_ISREG(status.st_mode):
        _fail(path, "is not a regular file: move it away")
    if status.st_uid != os.geteuid():
        _fail(path, "belongs to another user")
    if status.st_nlink > 1:
        _fail(path, "has a second name, and so may be another file: remove it")
    if stat.S_IMODE(status.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return True


def _make(path: Path) -> None:
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        os.close(os.open(path, flags, 0o600))
    except FileExistsError:
        _is_ours(path)  # another process or thread was faster


def _is_filled(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are there; a file that has other ones is refused."""
    application, version = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _MARKS)
    if application == _APPLICATION and version == _VERSION:
        return True
    if application == _APPLICATION:
        _fail(path, "was written by a later version of quafu-runtime, and is left as it is: update this one")
    if application == version == connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return False
    return _fail(path, "is no list of jobs: move it away, or name another file")


_MARKS = ("application_id", "user_version")


def _fill(connection: sqlite3.Connection) -> None:
    for statement in _SCHEMA.strip().removesuffix(";").split(";"):
        connection.execute(statement)
    connection.execute("INSERT INTO salt VALUES (?)", (os.urandom(32),))
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")


def _complaint(error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"was in use by other processes for more than {_BUSY_SECONDS:g} second"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or not name:
        return f"is broken ({error}): {_WAY_OUT}"
    return f"cannot be read or written ({error}): see to its permissions and to space"


def _fail(path: Path, complaint: str) -> NoReturn:
    message = f"The list of jobs {path} {complaint}."
    raise RegistryError(message) from None
