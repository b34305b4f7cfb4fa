"""A store that was written under an earlier schema is brought to the present one with all that is in it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from quafu_runtime.server.lifecycle import State
from quafu_runtime.server.store import attempts, events, jobs, keys, lists, queue
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.migrate import MIGRATIONS, migrate

ENDED, RUNNING, QUEUED = ("a" * 32, "b" * 32, "c" * 32)
NOW = datetime(2026, 5, 10, tzinfo=UTC)


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Database]:
    """A store of the first schema with rows in every table, after the migration."""
    database = Database(tmp_path / "runtime.db")
    _migrate_to(database, "0001")
    with database.connect(Access.WRITE) as connection:
        _fill(connection)
    migrate(database)
    yield database
    database.close()


def _migrate_to(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.connect(Access.WRITE) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def _fill(connection: sa.Connection) -> None:
    connection.execute(sa.text("INSERT INTO users VALUES (1, 'me', 'h', 1, '2026-01-01 00:00:00.000000')"))
    connection.execute(sa.text(PROGRAM), {"id": "p" * 32})
    for number, (job_id, state) in enumerate(((ENDED, "done"), (RUNNING, "running"), (QUEUED, "queued")), 1):
        connection.execute(sa.text(JOB), {"number": number, "id": job_id, "state": state, "program": "p" * 32})
    for seq, kind, text in ((1, "log", "one\n"), (2, "interim", "b'two'")):
        values = {"seq": seq, "kind": kind, "text": text}
        connection.execute(sa.text("INSERT INTO events VALUES (1, :seq, :kind, :text, NULL, '2026-01-03')"), values)


PROGRAM = """
INSERT INTO programs (number, id, owner, name, description, is_public, source, created_at)
VALUES (7, :id, 1, 'hello', '', 0, 'source', '2026-01-02 00:00:00.000000')
"""

JOB = """
INSERT INTO jobs (number, id, owner, program_id, program_name, source, params, backend, seed, max_execution_time, state,
                  attempt, losses, cancel_requested, result, created_at, started_at)
VALUES (:number, :id, 1, :program, 'hello', 'source', '[1]', 'local', 4, 60.0, :state,
        1, 0, 0, '2', '2026-01-03 00:00:00.000000', '2026-01-03 00:00:01.000000')
"""


def _read(database: Database, query: Any, *arguments: Any) -> Any:
    with database.connect(Access.READ) as connection:
        return query(connection, *arguments)


def test_jobs_are_listed_with_all_that_was_known_of_them(upgraded: Database) -> None:
    found, count = _read(upgraded, lists.page, 1, lists.Wanted(), 20, 0)
    assert ([listed.job.id for listed in found], count) == ([QUEUED, RUNNING, ENDED], 3)
    job = _read(upgraded, jobs.find, ENDED)
    assert (job.state, job.result, job.seed, job.program_name) == (State.DONE, "2", 4, "hello")
    assert (job.label, job.assigned_at, job.exit, found[0].tags) == (None, None, None, ())
    assert _read(upgraded, jobs.inputs, ENDED) == ("source", "[1]")


def test_events_stay_and_ledgers_are_empty(upgraded: Database) -> None:
    assert _read(upgraded, events.logs, ENDED) == "one\n"
    assert [event.text for event in _read(upgraded, events.page, ENDED, 0, [events.INTERIM]).events] == ["b'two'"]
    assert _read(upgraded, events.circuits, ENDED, 10, 0) == []
    assert _read(upgraded, events.circuit_totals, ENDED) == (0, 0.0)


def test_what_was_running_is_settled_and_the_queue_goes_on(upgraded: Database) -> None:
    with upgraded.connect(Access.WRITE) as connection:
        held = attempts.held(connection)
        assert [(job.job_id, job.attempt, job.runner) for job in held] == [(RUNNING, 1, None)]
        assert attempts.lose(connection, RUNNING, 1, "It was lost.", NOW) is State.ERROR
        claimed = queue.claim(connection, "t" * 64, NOW, NOW)
        lost = jobs.find(connection, RUNNING)
    assert claimed is not None
    assert claimed.job_id == QUEUED
    assert lost is not None
    assert lost.exit == attempts.LOST
    assert (lost.runs, lost.max_attempts, claimed.attempt) == (1, 1, 2)


def test_new_jobs_have_tags_and_new_requests_keys(upgraded: Database) -> None:
    job = jobs.NewJob(1, "p" * 32, "hello", "source", "null", "local", 1, 60.0, "a label", ("a", "b"))
    once = keys.Once(1, "key", "d" * 64)
    with upgraded.connect(Access.WRITE) as connection:
        job_id = jobs.add(connection, job, NOW)
        keys.remember(connection, once, {"job_id": job_id}, NOW)
    found, _ = _read(upgraded, lists.page, 1, lists.Wanted(tag="b"), 20, 0)
    assert [(listed.job.id, listed.job.label, listed.tags) for listed in found] == [(job_id, "a label", ("a", "b"))]
    assert _read(upgraded, keys.earlier, once) == {"job_id": job_id}
