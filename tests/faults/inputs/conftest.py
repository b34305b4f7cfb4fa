"""One service for all bad input, which ends in order when all is over, and a fake one for what comes to a client."""

from collections.abc import Iterator

import pytest

from quafu_runtime.account import Account
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import Caller
from tests.faults.inputs.target import Overheard, Target


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Overheard(tmp_path_factory.mktemp("bad-input"), "--max-jobs=1") as service:
        target = Target.of(service)
        yield target
        target.assert_unharmed()
        target.close()
    assert service.process.returncode == 0


@pytest.fixture(scope="module")
def service() -> Iterator[FakeService]:
    with fake_service() as fake:
        yield fake


@pytest.fixture(scope="module")
def caller(service: FakeService) -> Iterator[Caller]:
    made = Caller(Account(TOKEN, url=service.url))
    yield made
    made.close()
