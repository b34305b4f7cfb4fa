"""A fake of the deployed service, and an account there."""

from collections.abc import Iterator

import pytest

from quafu_runtime.account import Account
from tests.fakes.deployed import TOKEN, FakeService, fake_service


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as fake:
        yield fake


@pytest.fixture
def account(service: FakeService) -> Account:
    return Account(TOKEN, url=service.url)
