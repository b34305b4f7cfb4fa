"""One service for the tests of who may do what, and of what callers may ask for, with limits that are soon reached."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
import sqlalchemy as sa

from quafu_runtime.server.lifecycle import HELD, State
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.tables import jobs
from tests.service_speaker import ServiceProcess, Speaker, add_speaker, eventually

LIMITS = {
    "headers_within": 1.0,
    "body_grace": 1.0,
    "body_pace": 1_000_000.0,
    "header_count": 40,
    "connections": 60,
    "connections_per_address": 30,
    "stays_per_user": 3,
    "waiting_jobs": 1010,
    "stored": 150_000_000,
}


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    limits = [f"--limit={name}={number}" for name, number in LIMITS.items()]
    folder = tmp_path_factory.mktemp("door")
    with ServiceProcess(folder, "--max-jobs=2", "--allow-host=lab.example", *limits) as service:
        yield service


@pytest.fixture
def emptied(service: ServiceProcess) -> Iterator[None]:
    """After the test nothing runs and nothing waits, also what nobody may cancel any more."""
    yield
    database = Database(service.data_dir / "runtime.db")
    with database.connect(Access.WRITE) as connection:
        waiting = sa.update(jobs).where(jobs.c.state == State.QUEUED)
        connection.execute(waiting.values(state=State.CANCELLED))
        connection.execute(sa.update(jobs).where(jobs.c.state.in_(HELD)).values(cancel_requested=True))

    def is_empty() -> bool:
        with database.connect(Access.READ) as connection:
            return connection.execute(sa.select(jobs.c.id).where(jobs.c.state.in_(HELD))).first() is None

    eventually(is_empty)
    database.close()


@pytest.fixture
def owner(service: ServiceProcess) -> Speaker:
    return service.speaker


@pytest.fixture
def new_user(service: ServiceProcess) -> Callable[[], tuple[str, Speaker]]:
    """Adds a user, and gives the name with one who speaks for them."""
    return partial(add_speaker, service)


@pytest.fixture
def user(new_user: Callable[[], tuple[str, Speaker]]) -> Speaker:
    return new_user()[1]
