"""How the store is opened, and how its schema comes about."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError

from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.tables import metadata


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "runtime.db")
    yield database
    database.close()


def test_the_migrations_make_the_tables_that_the_statements_expect(database: Database) -> None:
    migrate(database)
    with database.connect(Access.READ) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_to_migrate_again_changes_nothing(database: Database) -> None:
    migrate(database)
    with database.connect(Access.WRITE) as connection:
        connection.execute(sa.text("INSERT INTO users VALUES (1, 'a', 'h', 1, '2026-01-01', NULL, 0, 0)"))
    migrate(database)
    with database.connect(Access.READ) as connection:
        assert connection.execute(sa.text("SELECT name FROM users")).scalars().all() == ["a"]


def test_a_store_of_a_newer_version_is_refused(database: Database) -> None:
    migrate(database)
    with database.connect(Access.WRITE) as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CommandError, match="9999"):
        migrate(database)


def test_two_processes_may_migrate_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from quafu_runtime.server.store.database import Database\n"
        "from quafu_runtime.server.store.migrate import migrate\n"
        "sys.stdin.read()\n"
        "migrate(Database(Path(sys.argv[1])))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "runtime.db")], stdin=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in processes:
        process.communicate(timeout=60)  # closes its standard input, for which all of them wait
    assert [process.returncode for process in processes] == [0, 0, 0]


@pytest.mark.parametrize(("access", "level"), [(Access.WRITE, 1), (Access.WRITE_DURABLY, 2)])
def test_only_what_must_survive_the_machine_is_synced(database: Database, access: Access, level: int) -> None:
    with database.connect(access) as connection:
        assert connection.execute(sa.text("PRAGMA synchronous")).scalar_one() == level
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar_one() == "wal"


def test_a_reader_writes_nothing_and_does_not_wait_for_the_writer(database: Database) -> None:
    migrate(database)
    with database.connect(Access.WRITE) as writer:
        writer.execute(sa.text("INSERT INTO users VALUES (1, 'a', 'h', 1, '2026-01-01', NULL, 0, 0)"))
        with database.connect(Access.READ) as reader:
            assert reader.execute(sa.text("SELECT count(*) FROM users")).scalar_one() == 0
    with database.connect(Access.READ) as reader, pytest.raises(OperationalError, match="readonly"):
        reader.execute(sa.text("DELETE FROM users"))


def test_two_processes_that_read_and_then_write_wait_for_each_other(database: Database, tmp_path: Path) -> None:
    migrate(database)
    # Two ways into one file know as little of each other as two processes do.
    others = Database(tmp_path / "runtime.db")
    together = threading.Barrier(2)

    def add_users(where: Database, first: int) -> None:
        together.wait()
        for number in range(first, first + 100):
            with where.connect(Access.WRITE) as connection:
                count = connection.execute(sa.text("SELECT count(*) FROM users")).scalar_one()
                values = {"number": number, "name": f"{number} after {count}", "at": "2026-01-01"}
                insert = sa.text("INSERT INTO users VALUES (:number, :name, :name, 0, :at, NULL, 0, 0)")
                connection.execute(insert, values)

    with ThreadPoolExecutor(2) as pool, contextlib.closing(others):
        for done in (pool.submit(add_users, database, 0), pool.submit(add_users, others, 100)):
            done.result()


def test_what_fails_half_way_is_not_written(database: Database) -> None:
    migrate(database)

    def fail() -> None:
        with database.connect(Access.WRITE) as connection:
            connection.execute(sa.text("INSERT INTO users VALUES (1, 'a', 'h', 1, '2026-01-01', NULL, 0, 0)"))
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with database.connect(Access.READ) as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM users")).scalar_one() == 0
