"""One service for all tests of the wire, and users of it."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from quafu_runtime.server.auth import add_user
from quafu_runtime.server.settings import Settings
from tests.service_speaker import ServiceProcess, Speaker

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess(tmp_path_factory.mktemp("service"), "--max-jobs=2") as service:
        yield service


@pytest.fixture
def owner(service: ServiceProcess) -> Speaker:
    return service.speaker


@pytest.fixture
def new_user(service: ServiceProcess) -> Callable[[], tuple[str, Speaker]]:
    """Adds a user, whose programs are nobody else's, and gives the name with one who speaks for them."""

    def add() -> tuple[str, Speaker]:
        name = f"user{next(_numbers)}"
        token = add_user(Settings(data_dir=service.data_dir), name)
        return name, Speaker(service.speaker.url, service.speaker.ws_url, token)

    return add


@pytest.fixture
def user(new_user: Callable[[], tuple[str, Speaker]]) -> Speaker:
    """A user without programs."""
    return new_user()[1]
