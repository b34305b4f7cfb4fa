"""What the store's statements promise whoever runs them, and in whatever order they come."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from quafu_runtime.errors import ArgumentError
from quafu_runtime.server.auth import add_user, ensure_owner, hash_of, list_users
from quafu_runtime.server.doorkeeper import Doorkeeper
from quafu_runtime.server.hub import Hub
from quafu_runtime.server.lifecycle import MAX_LOSSES, MOVES, Guard, State
from quafu_runtime.server.settings import Settings
from quafu_runtime.server.store import attempts, events, jobs, queue, users
from quafu_runtime.server.store.attempts import Cancelling, End, Reporter, Standing
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.events import INTERIM, LOG, Event
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.store import Store
from quafu_runtime.server.store.tables import events as event_table
from quafu_runtime.server.store.tables import jobs as job_table

NOW = datetime(2026, 5, 10, 19, 20, 51, 123456, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
TOKEN = "t" * 64
RUNNER = {"pid": 4, "started": 5, "boot": "6"}

OPPOSITE = {
    Guard.WANTED: Guard.UNWANTED,
    Guard.UNWANTED: Guard.WANTED,
    Guard.RUNS_LEFT: Guard.RUNS_SPENT,
    Guard.RUNS_SPENT: Guard.RUNS_LEFT,
    Guard.LOSSES_LEFT: Guard.LOSSES_SPENT,
    Guard.LOSSES_SPENT: Guard.LOSSES_LEFT,
}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "runtime.db")
    migrate(database)
    with database.connect(Access.WRITE) as connection:
        users.set_owner(connection, "me", "h" * 64, NOW)
    yield database
    database.close()


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.connect(Access.WRITE) as connection:
        yield connection


def _add(connection: Connection, max_attempts: int = 1) -> str:
    job = jobs.NewJob(*(1, "p" * 32, "hello", "source", "null", "local", 2**63 - 1, 3600.0), max_attempts=max_attempts)
    return jobs.add(connection, job, NOW)


def _running(connection: Connection, max_attempts: int = 1) -> Reporter:
    _add(connection, max_attempts)
    return _begin(connection)


def _begin(connection: Connection) -> Reporter:
    claimed = queue.claim(connection, TOKEN, NOW, LATER)
    assert claimed is not None
    reporter = Reporter(claimed.job_id, claimed.attempt, TOKEN)
    assert attempts.start(connection, reporter, {}, NOW, LATER, runner=RUNNER) is Standing.WRITTEN
    return reporter


def _put(connection: Connection, job_id: str, state: State, holding: frozenset[Guard]) -> None:
    """Bring a job into a state in which all these guards hold, and of each other pair the opposite."""
    columns = {
        "cancel_requested": Guard.UNWANTED in holding,
        "runs": 2 if Guard.RUNS_SPENT in holding else 1,
        "losses": MAX_LOSSES - 1 if Guard.LOSSES_SPENT in holding else 0,
    }
    changed = sa.update(job_table).where(job_table.c.id == job_id)
    connection.execute(changed.values(state=state, attempt=3, max_attempts=2, **columns))


def _state(connection: Connection, job_id: str) -> State:
    job = jobs.find(connection, job_id)
    assert job is not None
    return job.state


def _event(seq: int, text: str = "x", kind: str = INTERIM) -> Event:
    return Event(seq, kind, text, None, NOW.isoformat())


def test_a_job_moves_where_the_table_of_moves_says_and_nowhere_else(connection: Connection) -> None:
    for what, state in itertools.product(MOVES, State):
        job_id = _add(connection)
        _put(connection, job_id, state, what.guards)
        is_legal = state in what.origins
        if Guard.HOLDER in what.guards:
            assert not jobs.move(connection, job_id, what, attempt=2, lease_until=NOW), "it has lost its job"
            assert not jobs.move(connection, job_id, what, lease_until=NOW), "nobody says which attempt is meant"
        assert _state(connection, job_id) is state
        assert jobs.move(connection, job_id, what, attempt=3, lease_until=NOW) == is_legal, (what, state)
        assert _state(connection, job_id) is ((what.target or state) if is_legal else state)


def test_a_guard_that_is_broken_stops_its_move(connection: Connection) -> None:
    for what in MOVES:
        for guard in what.guards & OPPOSITE.keys():
            job_id = _add(connection)
            state = min(what.origins)
            _put(connection, job_id, state, what.guards - {guard} | {OPPOSITE[guard]})
            assert not jobs.move(connection, job_id, what, attempt=3, lease_until=NOW), (what, guard)
            assert _state(connection, job_id) is state


def test_a_job_is_read_as_it_was_written(connection: Connection) -> None:
    job = jobs.find(connection, _add(connection))
    assert job is not None
    assert (job.created_at, job.seed, job.state, job.attempt) == (NOW, 2**63 - 1, State.QUEUED, 0)
    assert (job.result, job.result_types, job.started_at, job.finished_at) == (None, None, None, None)


def test_jobs_are_claimed_in_order_and_each_once_however_many_claim(database: Database) -> None:
    with database.connect(Access.WRITE) as connection:
        added = [_add(connection) for _ in range(40)]
    together = threading.Barrier(4)

    def claim_some(_number: int) -> list[str]:
        together.wait()
        found = []
        for _ in range(10):
            with database.connect(Access.WRITE) as connection:
                claimed = queue.claim(connection, TOKEN, NOW, LATER)
            assert claimed is not None
            found.append(claimed.job_id)
        return found

    with ThreadPoolExecutor(4) as pool:
        claims = list(pool.map(claim_some, range(4)))
    assert sorted(itertools.chain(*claims)) == sorted(added)
    assert all(claim == sorted(claim, key=added.index) for claim in claims)
    with database.connect(Access.WRITE) as connection:
        assert queue.claim(connection, TOKEN, NOW, LATER) is None


def test_a_job_that_is_put_back_is_the_next_again(connection: Connection) -> None:
    first, second = _add(connection), _add(connection)
    claimed = queue.claim(connection, TOKEN, NOW, LATER)
    assert claimed is not None
    assert attempts.requeue(connection, first, 1)
    again = queue.claim(connection, TOKEN, NOW, LATER)
    assert again is not None
    assert (again.job_id, again.attempt) == (first, 2)
    after = queue.claim(connection, TOKEN, NOW, LATER)
    assert after is not None
    assert after.job_id == second


def test_a_job_that_nobody_asked_to_cancel_is_not_cancelled_in_the_middle_of_its_run(connection: Connection) -> None:
    reporter = _running(connection)
    assert not attempts.decide(connection, reporter.job_id, End(State.CANCELLED, None), NOW)
    assert _state(connection, reporter.job_id) is State.RUNNING


def test_a_job_that_is_stopped_while_it_is_to_be_cancelled_is_cancelled(connection: Connection) -> None:
    reporter = _running(connection)
    assert attempts.cancel(connection, reporter.job_id, NOW) is Cancelling.ASKED
    assert attempts.decide(connection, reporter.job_id, End(State.ERROR, attempts.STOPPED), NOW)
    assert _state(connection, reporter.job_id) is State.CANCELLED


def test_an_end_that_is_fenced_leaves_no_events(connection: Connection) -> None:
    reporter = _running(connection)
    assert attempts.decide(connection, reporter.job_id, End(State.ERROR, None), NOW)
    assert attempts.finish(connection, reporter, [_event(1)], End(State.DONE, "1"), NOW) is Standing.FENCED
    assert attempts.report(connection, reporter, [_event(1)], NOW) is Standing.FENCED
    assert events.page(connection, reporter.job_id, 0, [INTERIM]).events == []


def _lose(connection: Connection, reporter: Reporter) -> State | None:
    return attempts.lose(connection, reporter.job_id, reporter.attempt, "It was lost.", NOW)


def test_a_job_that_may_run_again_does_and_its_events_are_numbered_on(connection: Connection) -> None:
    first = _running(connection, max_attempts=2)
    attempts.report(connection, first, [_event(1, "a\n", LOG), _event(2)], LATER)
    assert _lose(connection, first) is State.QUEUED
    assert attempts.report(connection, first, [_event(3)], LATER) is Standing.FENCED
    second = _begin(connection)
    assert second.attempt == 2
    attempts.report(connection, second, [_event(1), _event(2, "b\n", LOG)], LATER)
    attempts.report(connection, second, [_event(2, "b\n", LOG), _event(3)], LATER)
    found = events.page(connection, first.job_id, 0, [INTERIM, LOG]).events
    assert [event.seq for event in found] == [1, 2, 3, 4, 5, 6]
    assert events.logs(connection, first.job_id) == "a\nIt was lost. The job is run again: run 2 of 2.\nb\n"
    assert _lose(connection, second) is State.ERROR
    job = jobs.find(connection, first.job_id)
    assert job is not None
    assert (job.result, job.runs) == ("It was lost. The job ran 2 times and is not run again.", 2)


def test_a_job_that_goes_back_to_the_queue_has_nothing_of_its_lost_run(connection: Connection) -> None:
    reporter = _running(connection, max_attempts=2)
    assert [(held.attempt, held.state, held.runner) for held in attempts.held(connection)] == [
        (1, State.RUNNING, RUNNER)
    ]
    _lose(connection, reporter)
    assert attempts.held(connection) == []
    job = jobs.find(connection, reporter.job_id)
    assert job is not None
    assert (job.assigned_at, job.started_at, job.versions, job.finished_at) == (None, None, None, None)


def test_a_job_that_is_lost_while_it_is_to_be_cancelled_is_cancelled(connection: Connection) -> None:
    reporter = _running(connection, max_attempts=3)
    attempts.cancel(connection, reporter.job_id, NOW)
    assert [held.cancel_requested for held in attempts.held(connection)] == [True]
    assert _lose(connection, reporter) is State.CANCELLED


def test_a_start_that_is_asked_for_twice_is_one_run(connection: Connection) -> None:
    reporter = _running(connection)
    (held,) = attempts.held(connection)
    assert attempts.start(connection, reporter, {}, NOW, LATER, runner=held.runner) is Standing.WRITTEN
    assert attempts.start(connection, reporter, {}, NOW, LATER, runner={"pid": -1}) is Standing.FENCED
    job = jobs.find(connection, reporter.job_id)
    assert job is not None
    assert job.runs == 1


def test_an_attempt_that_is_lost_before_its_run_does_not_count(connection: Connection) -> None:
    job_id = _add(connection)
    for number in range(1, MAX_LOSSES):
        claimed = queue.claim(connection, TOKEN, NOW, LATER)
        assert claimed is not None
        assert attempts.lose(connection, job_id, number, "gone", NOW) is State.QUEUED
    reporter = _begin(connection)
    job = jobs.find(connection, job_id)
    assert job is not None
    assert (job.runs, reporter.attempt) == (1, MAX_LOSSES)


def test_a_job_is_given_up_when_it_was_lost_before_its_run_too_often(connection: Connection) -> None:
    job_id = _add(connection)
    states: list[State | None] = []
    for number in range(1, MAX_LOSSES + 1):
        assert queue.claim(connection, TOKEN, NOW, LATER) is not None
        states.append(attempts.lose(connection, job_id, number, "gone", NOW))
    assert states == [State.QUEUED] * (MAX_LOSSES - 1) + [State.ERROR]
    assert events.logs(connection, job_id) == "gone\n"


def test_a_job_is_deleted_with_its_events_and_its_number_is_not_given_again(connection: Connection) -> None:
    reporter = _running(connection)
    attempts.report(connection, reporter, [_event(1), _event(2)], LATER)
    assert not jobs.delete(connection, reporter.job_id)
    attempts.finish(connection, reporter, [_event(3)], End(State.DONE, "1"), NOW)
    assert jobs.delete(connection, reporter.job_id)
    assert connection.execute(sa.select(sa.func.count()).select_from(event_table)).scalar_one() == 0
    assert events.page(connection, _add(connection), 0, [INTERIM]).events == []
    assert connection.execute(sa.select(job_table.c.number)).scalars().all() == [2]


def test_a_page_of_events_ends_after_500_or_when_it_is_large(connection: Connection) -> None:
    reporter = _running(connection)
    many = [_event(seq, kind=LOG if seq % 2 else INTERIM) for seq in range(1, 1202)]
    large = [_event(1201 + seq, "x" * 200_000) for seq in range(1, 5)]
    attempts.report(connection, reporter, [*many, *large], LATER)
    seqs = [event.seq for event in events.page(connection, reporter.job_id, 0, [LOG, INTERIM]).events]
    assert seqs == list(range(1, 501))
    seqs = [event.seq for event in events.page(connection, reporter.job_id, 0, [INTERIM]).events]
    assert seqs == list(range(2, 1002, 2))
    seqs = [event.seq for event in events.page(connection, reporter.job_id, 1201, [INTERIM]).events]
    assert seqs == [1202, 1203]


def test_what_a_reader_does_not_want_is_not_looked_through_again(connection: Connection) -> None:
    reporter = _running(connection)
    told = [_event(1), *(_event(seq, "x\n", LOG) for seq in range(2, 901))]
    attempts.report(connection, reporter, told, LATER)
    page = events.page(connection, reporter.job_id, 0, [INTERIM])
    assert ([event.seq for event in page.events], page.seen) == ([1], 900)
    assert events.page(connection, reporter.job_id, 900, [INTERIM]) == events.Page([], 900)
    assert events.page(connection, reporter.job_id, 5000, [INTERIM]) == events.Page([], 5000)
    first = events.page(connection, reporter.job_id, 0, [LOG])
    assert (len(first.events), first.seen) == (500, 501)


def test_logs_are_one_text_without_what_was_published(connection: Connection) -> None:
    reporter = _running(connection)
    told = [_event(1, "a", LOG), _event(2, "b'x'"), _event(3, "b\n", LOG)]
    attempts.report(connection, reporter, told, LATER)
    assert events.logs(connection, reporter.job_id) == "ab\n"


def test_the_owners_token_stays_and_may_be_made_anew(database: Database, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, owner="somebody")
    token = ensure_owner(database, settings)
    assert len(token) == 64
    assert ensure_owner(database, Settings(data_dir=tmp_path, owner="renamed")) == token
    settings.owner_token.unlink()
    other = ensure_owner(database, settings)
    with database.connect(Access.READ) as connection:
        assert users.by_token_hash(connection, hash_of(token)) is None
        assert users.by_token_hash(connection, hash_of(other)) == users.User(1, "me")
        assert len(users.everyone(connection)) == 1


def test_no_token_is_kept(database: Database, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    token = add_user(settings, "someone")
    database.close()
    assert all(token.encode() not in path.read_bytes() for path in tmp_path.iterdir())


def test_a_user_is_added_to_a_service_that_never_ran(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "new")
    assert list_users(settings) == []
    assert add_user(settings, "one") != add_user(settings, "two")
    assert [user.name for user in list_users(settings)] == ["one", "two"]


@pytest.mark.parametrize("name", ["", " ", " a", "a/b", "a\nb", "x" * 65])
def test_a_users_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match="name"):
        add_user(Settings(data_dir=tmp_path), name)


def test_a_users_name_is_given_once(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    add_user(settings, "one")
    with pytest.raises(ArgumentError, match="one already"):
        add_user(settings, "one")


def test_a_user_who_is_added_while_the_service_runs_is_let_in(database: Database, tmp_path: Path) -> None:
    async def ask() -> None:
        store = Store(database)
        doorkeeper = Doorkeeper(store, Hub(), 10)
        token = "not yet known"
        assert await doorkeeper.user(token) is None
        assert await doorkeeper.user("") is None
        token = await asyncio.to_thread(add_user, Settings(data_dir=tmp_path), "new")
        user = await doorkeeper.user(token)
        assert user is not None
        assert user.name == "new"
        assert await doorkeeper.user(token) == user
        store.close()

    asyncio.run(ask())
