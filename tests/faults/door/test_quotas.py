"""What one user may have in the queue and in the store."""

import base64
import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from quafu_runtime.server.store import jobs
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.tables import users
from tests.faults.door.conftest import LIMITS
from tests.service_speaker import ECHO, ServiceProcess, Speaker

MEGABYTE = 10**6


def _number(database: Database, user: Speaker) -> int:
    """The key of the user whose program is the latest."""
    program_id = user.upload("key", ECHO)
    owner = user.data("program", program_id=program_id)["owner"]
    with database.connect(Access.READ) as connection:
        return int(connection.execute(sa.select(users.c.number).where(users.c.name == owner)).scalar_one())


def _stored(database: Database, number: int) -> int:
    with database.connect(Access.READ) as connection:
        return int(connection.execute(sa.select(users.c.stored).where(users.c.number == number)).scalar_one())


@pytest.fixture
def database(service: ServiceProcess) -> Database:
    return Database(service.data_dir / "runtime.db")


@pytest.mark.usefixtures("emptied")
def test_a_user_whose_queue_is_full_is_told_to_come_again(database: Database, user: Speaker, owner: Speaker) -> None:
    number = _number(database, user)
    job = jobs.NewJob(number, "p" * 32, "sleeps", "import time\ntime.sleep(60)\n", "null", "local", 1, 60.0)
    with database.connect(Access.WRITE) as connection:
        for _ in range(int(LIMITS["waiting_jobs"]) + 5):
            jobs.add(connection, job, datetime.now(UTC))
    body = json.dumps({"program_name": "key"}).encode()
    answer = user.raw("POST", "/runtime/programs_run_deploy", body)
    assert (answer.status, json.loads(answer.body)["status"]) == (429, 429)
    assert int({name.lower(): value for name, value in answer.headers.items()}["retry-after"]) > 0
    assert owner.code("programs_run_deploy", program_id=owner.upload("may still run", ECHO)) == 200
    database.close()


def test_a_user_who_keeps_too_much_is_told_to_delete(database: Database, user: Speaker) -> None:
    number = _number(database, user)
    with database.connect(Access.WRITE) as connection:
        connection.execute(sa.update(users).where(users.c.number == number).values(stored=LIMITS["stored"] - MEGABYTE))
    large = base64.b64encode((ECHO + "#" * MEGABYTE).encode()).decode()
    answer = user.raw("POST", "/runtime/programs_upload", json.dumps({"name": "large", "data": large}).encode())
    assert (answer.status, json.loads(answer.body)["status"]) == (413, 413)
    assert "Delete" in json.loads(answer.body)["msg"]
    params = json.dumps({"program_name": "key", "params": "x" * MEGABYTE}).encode()
    assert user.raw("POST", "/runtime/programs_run_deploy", params).status == 413
    assert user.result(user.run(user.data("program", name="key")["program_id"], "small"))["status"] == 2
    database.close()


def test_what_is_kept_is_counted_and_what_is_deleted_is_not(database: Database, user: Speaker) -> None:
    number = _number(database, user)
    empty = _stored(database, number)
    program_id = user.upload("large", ECHO + "#" * MEGABYTE)
    assert MEGABYTE < _stored(database, number) - empty < 1.1 * MEGABYTE
    job_id = user.run(program_id, "x" * MEGABYTE)
    user.result(job_id)
    # The source and the params with the job, what was printed of them, and the result.
    assert 4.9 * MEGABYTE < _stored(database, number) - empty < 5.2 * MEGABYTE
    user.data("job_delete", job_id=job_id)
    assert MEGABYTE < _stored(database, number) - empty < 1.1 * MEGABYTE
    assert user.code("program_delete", program_id=program_id) == 200
    assert _stored(database, number) == empty
    database.close()
