"""One service for all bad input, which ends in order when all is over."""

from collections.abc import Iterator

import pytest

from tests.faults.inputs.target import Overheard, Target


@pytest.fixture(scope="session")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Overheard(tmp_path_factory.mktemp("bad-input"), "--max-jobs=1") as service:
        target = Target.of(service)
        yield target
        target.assert_unharmed()
        target.close()
    assert service.process.returncode == 0
