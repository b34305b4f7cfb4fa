"""Lists of jobs and ledgers are read by their indexes, whatever is asked for and however much there is."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event

from quafu_runtime.server.lifecycle import State
from quafu_runtime.server.store import attempts, events, jobs, keys, lists, users
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.tables import jobs as job_table

NOW = datetime(2026, 5, 10, tzinfo=UTC)
IDS = ["1" * 32, "2" * 32]
QUEUE = (State.QUEUED, State.ASSIGNED)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A store with 300 jobs of two users, which differ in all that a list may ask for."""
    database = Database(tmp_path_factory.mktemp("store") / "runtime.db")
    migrate(database)
    with database.connect(Access.WRITE) as connection:
        users.set_owner(connection, "me", "h" * 64, NOW)
        users.add(connection, {"you": "i" * 64}, NOW)
        for number in range(300):
            _add(connection, number)
        yield connection
    database.close()


def _add(connection: Connection, number: int) -> None:
    tags = tuple(tag for step, tag in ((2, "even"), (3, "third")) if number % step == 0)
    program = (IDS[number % 2], IDS[0] if number % 5 == 0 else f"p{number % 3}")
    job = jobs.NewJob(1 + number % 7 // 5, *program, "s", "null", "local", number, 1.0, f"job {number}", tags)
    job_id = jobs.add(connection, job, NOW + timedelta(seconds=number // 2))
    states = list(State)
    moved = sa.update(job_table).where(job_table.c.id == job_id).values(state=states[number % len(states)])
    connection.execute(moved)


FILTERS = st.builds(
    lists.Wanted,
    states=st.sampled_from([None, QUEUE, (State.DONE,), (State.RUNNING,)]),
    program=st.sampled_from([None, *IDS, "p0", "p1", "nobody's"]),
    since=st.sampled_from([None, NOW, NOW + timedelta(seconds=70), NOW + timedelta(days=1)]),
    tag=st.sampled_from([None, "even", "third", "nothing"]),
)


def _passes(listed: lists.Listed, wanted: lists.Wanted) -> bool:
    job = listed.job
    return (
        (wanted.states is None or job.state in wanted.states)
        and (wanted.program is None or wanted.program in (job.program_id, job.program_name))
        and (wanted.since is None or job.created_at >= wanted.since)
        and (wanted.tag is None or wanted.tag in listed.tags)
    )


@given(wanted=FILTERS, owner=st.sampled_from([1, 2]), limit=st.integers(1, 40), offset=st.integers(0, 60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_page_has_what_passes_all_filters_and_nothing_else(
    connection: Connection, wanted: lists.Wanted, owner: int, limit: int, offset: int
) -> None:
    everything, _ = lists.page(connection, owner, lists.Wanted(), 1000, 0)
    expected = [listed for listed in everything if _passes(listed, wanted)]
    found, count = lists.page(connection, owner, wanted, limit, offset)
    assert (found, count) == (expected[offset : offset + limit], len(expected))


def test_everything_is_the_newest_first_and_complete(connection: Connection) -> None:
    mine, count = lists.page(connection, 1, lists.Wanted(), 1000, 0)
    yours, _ = lists.page(connection, 2, lists.Wanted(), 1000, 0)
    assert count + len(yours) == 300
    for found in (mine, yours):
        seeds = [listed.job.seed for listed in found]
        assert seeds == sorted(seeds, reverse=True)
    assert next(listed.tags for listed in mine if listed.job.seed == 0) == ("even", "third")


WANTED = {
    "nothing": lists.Wanted(),
    "a status": lists.Wanted(states=(State.DONE,)),
    "the queue": lists.Wanted(states=QUEUE),
    "a program's name": lists.Wanted(program="p1"),
    "a program's id": lists.Wanted(program=IDS[0]),
    "a moment": lists.Wanted(since=NOW),
    "a tag": lists.Wanted(tag="even"),
    "all together": lists.Wanted(states=(State.DONE,), program="p1", since=NOW, tag="even"),
}
SORTED = {"the queue", "a program's id", "a tag", "all together"}
"""What is found in several parts, and then put in order: as many rows as pass the filter."""


@pytest.mark.parametrize("name", WANTED)
def test_a_page_is_found_by_an_index(connection: Connection, name: str) -> None:
    plans = _plans(connection, lambda: lists.page(connection, 1, WANTED[name], 20, 0))
    plan, everything = plans[0], list(itertools.chain(*plans))
    assert not [line for line in everything if line.startswith(("SCAN jobs", "SCAN job_tags"))], plans
    assert name in SORTED or not [line for line in plan if "TEMP B-TREE" in line], plan


def test_a_ledger_is_found_by_its_index(connection: Connection) -> None:
    job_id = lists.page(connection, 1, lists.Wanted(), 1, 0)[0][0].job.id
    (plan,) = _plans(connection, lambda: events.circuits(connection, job_id, 10, 0))
    assert any("ix_events_circuits" in line for line in plan), plan


def _plans(connection: Connection, work: Callable[[], object]) -> list[list[str]]:
    """How SQLite goes about each of the statements of some work."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        seen.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(connection, "before_cursor_execute", note)
    assert seen
    plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters) for text, parameters in seen]
    return [[str(row[3]) for row in plan] for plan in plans]


def test_a_job_that_is_deleted_leaves_no_tag(tmp_path: Path) -> None:
    database = Database(tmp_path / "runtime.db")
    migrate(database)
    with database.connect(Access.WRITE) as connection:
        users.set_owner(connection, "me", "h" * 64, NOW)
        _add(connection, 3)
        (listed,) = lists.page(connection, 1, lists.Wanted(tag="third"), 1, 0)[0]
        attempts.cancel(connection, listed.job.id, NOW)
        assert jobs.delete(connection, listed.job.id)
        assert connection.execute(sa.text("SELECT count(*) FROM job_tags")).scalar_one() == 0
    database.close()


def test_a_key_is_anothers_for_another_owner_and_used_for_another_request(connection: Connection) -> None:
    once = keys.Once(1, "key", "d" * 64)
    assert keys.earlier(connection, once) is None
    keys.remember(connection, once, {"id": "x"}, NOW)
    assert keys.earlier(connection, once) == {"id": "x"}
    assert keys.earlier(connection, keys.Once(2, "key", "d" * 64)) is None
    with pytest.raises(keys.UsedKeyError):
        keys.earlier(connection, keys.Once(1, "key", "e" * 64))
    assert keys.earlier(connection, None) is None
