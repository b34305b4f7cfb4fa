"""Users take turns at the slots, so that nobody waits for the whole of somebody else's sweep."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from quafu_runtime.server.admission import USUAL_RESERVE, Memory, admits, memory_of_machine
from quafu_runtime.server.lifecycle import State
from quafu_runtime.server.store import jobs, queue, users
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.tables import jobs as job_table
from quafu_runtime.server.store.tables import users as user_table
from tests.service_speaker import ECHO, ServiceProcess, Speaker

NOW = datetime(2026, 5, 10, 19, 20, 51, tzinfo=UTC)
LATER = NOW + timedelta(seconds=30)
NAP = "import time\ndef run(task, userpub, params):\n    time.sleep(0.05)\n"
GB = 1024**3


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = Database(tmp_path / "runtime.db")
    migrate(database)
    with database.connect(Access.WRITE) as connection:
        users.add(connection, {name: name * 64 for name in "abcde"}, NOW)
        yield connection
    database.close()


def _waiting(connection: Connection, owner: int, count: int, source: str = "source") -> None:
    job = jobs.NewJob(owner, "p" * 32, "sweep", source, "null", "local", 1, 60.0)
    for _ in range(count):
        jobs.add(connection, job, NOW)


def _turns(connection: Connection, count: int, jobs_per_user: int | None = None) -> list[int]:
    """Whose jobs are handed out, one after the other."""
    owners = []
    for number in range(count):
        claimed = queue.claim(connection, f"{number:064}", NOW, LATER, jobs_per_user)
        if claimed is None:
            break
        owner = sa.select(job_table.c.owner).where(job_table.c.id == claimed.job_id)
        owners.append(connection.execute(owner).scalar_one())
    return owners


def test_users_take_turns_however_many_jobs_one_has(connection: Connection) -> None:
    for owner, count in ((1, 50), (2, 3), (3, 1)):
        _waiting(connection, owner, count)
    assert _turns(connection, 9) == [1, 2, 3, 1, 2, 1, 2, 1, 1]


def test_who_comes_late_is_next_and_has_no_turns_to_make_up_for(connection: Connection) -> None:
    _waiting(connection, 1, 20)
    assert _turns(connection, 5) == [1] * 5
    _waiting(connection, 2, 3)
    assert _turns(connection, 5) == [2, 1, 2, 1, 2]


def test_a_users_own_jobs_go_in_order(connection: Connection) -> None:
    _waiting(connection, 1, 3)
    _waiting(connection, 2, 3)
    claimed = [queue.claim(connection, f"{number:064}", NOW, LATER) for number in range(6)]
    numbers = {
        row.id: (row.owner, row.number)
        for row in connection.execute(sa.select(job_table.c.id, job_table.c.owner, job_table.c.number))
    }
    order = [numbers[job.job_id] for job in claimed if job is not None]
    for owner in (1, 2):
        mine = [number for whose, number in order if whose == owner]
        assert mine == sorted(mine)
        assert len(mine) == 3


def test_a_user_has_no_more_jobs_out_than_one_may(connection: Connection) -> None:
    _waiting(connection, 1, 10)
    _waiting(connection, 2, 1)
    assert _turns(connection, 10, jobs_per_user=2) == [1, 2, 1]
    connection.execute(sa.update(job_table).where(job_table.c.state == State.ASSIGNED).values(state=State.DONE))
    assert _turns(connection, 10, jobs_per_user=2) == [1, 1]


def test_the_jobs_of_a_revoked_user_are_not_started(connection: Connection) -> None:
    _waiting(connection, 1, 3)
    _waiting(connection, 2, 2)
    assert users.revoke(connection, "a", NOW) == users.Revoked(running=0, waiting=3)
    assert _turns(connection, 5) == [2, 2]


def test_a_turn_costs_the_same_however_many_jobs_wait(connection: Connection) -> None:
    first = sa.select(sa.func.min(job_table.c.number)).where(job_table.c.state == State.QUEUED, job_table.c.owner == 1)
    texts = [
        str(statement.compile(connection, compile_kwargs={"literal_binds": True}))
        for statement in (queue._next_owner(None), queue._next_owner(4), first)
    ]
    rows = [row for text in texts for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    plan = [row.detail for row in rows]
    touched = [step for step in plan if "jobs" in step]
    assert touched
    assert all(step.startswith("SEARCH") and "ix_jobs_state_owner_number" in step for step in touched), plan


@pytest.mark.usefixtures("emptied")
def test_one_users_sweep_of_a_thousand_delays_anothers_job_by_no_more_than_one(
    service: ServiceProcess, owner: Speaker, user: Speaker
) -> None:
    """Two users' sweeps, so that both slots are taken and both queues are long."""
    nap = owner.upload("nap", NAP)
    first = owner.run(nap)
    database = Database(service.data_dir / "runtime.db")
    with database.connect(Access.WRITE) as connection:
        users.add(connection, {"sweeper": "s" * 64}, NOW)
        other = connection.execute(sa.select(user_table.c.number).where(user_table.c.name == "sweeper")).scalar_one()
        for sweeper in (1, other):
            _waiting(connection, sweeper, 500, NAP)
    mine = user.upload("single", ECHO)
    owner.result(first)
    for _ in range(3):
        job_id = user.run(mine, 1)
        user.result(job_id)
        with database.connect(Access.READ) as connection:
            assert _overtaken_by(connection, job_id) <= 1
            assert queue.waiting(connection, other, 10) == 10
    database.close()


def _overtaken_by(connection: Connection, job_id: str) -> int:
    """How many jobs were handed out between a job's coming and its turn."""
    job = jobs.find(connection, job_id)
    assert job is not None
    assert job.assigned_at is not None
    others = sa.select(sa.func.count()).where(
        job_table.c.assigned_at > job.created_at, job_table.c.assigned_at < job.assigned_at
    )
    return connection.execute(others).scalar_one()


MACHINE = Memory(total=24 * GB, available=20 * GB)


@pytest.mark.parametrize(
    ("running", "starting", "available", "reserve", "expected"),
    [
        (3, 0, 20 * GB, None, True),
        (3, 3, 20 * GB, None, True),
        (3, 0, USUAL_RESERVE - 1, None, False),
        (3, 0, USUAL_RESERVE, None, True),
        (3, 1, USUAL_RESERVE, None, False),
        (0, 0, 0, None, True),
        (0, 0, 0, 10 * GB, True),
        (1, 0, 9 * GB, 10 * GB, False),
        (1, 0, 0, 0, True),
    ],
)
def test_a_job_starts_where_there_is_memory_and_one_always(
    running: int, starting: int, available: int, reserve: int | None, *, expected: bool
) -> None:
    memory = Memory(total=24 * GB, available=available)
    assert admits(running, starting, memory, reserve) is expected


def test_a_small_machine_keeps_less_free() -> None:
    assert admits(1, 0, Memory(total=2 * GB, available=GB // 4))


def test_a_machine_that_does_not_tell_its_memory_starts_them_all(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("nothing of use\n", encoding="ascii")
    assert memory_of_machine(tmp_path / "meminfo") is None
    assert memory_of_machine(tmp_path / "missing") is None
    assert admits(5, 5, None)


def test_this_machine_tells_its_memory() -> None:
    memory = memory_of_machine()
    assert memory is not None
    assert 0 < memory.available <= memory.total
