"""One service for all tests of the wire, and users of it."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.service_speaker import ServiceProcess, Speaker, add_speaker


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
    return partial(add_speaker, service)


@pytest.fixture
def user(new_user: Callable[[], tuple[str, Speaker]]) -> Speaker:
    """A user without programs."""
    return new_user()[1]
