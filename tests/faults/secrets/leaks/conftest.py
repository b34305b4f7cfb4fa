"""A fake service and an account there, whose token is one that can be looked for."""

from collections.abc import Iterator

import pytest

from quafu_runtime.account import Account
from tests.fakes.deployed import FakeService, fake_service
from tests.fakes.streams import FakeStreams, fake_streams
from tests.faults.secrets.searching import SENTINEL


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service(SENTINEL) as fake:
        yield fake


@pytest.fixture
def streams() -> Iterator[FakeStreams]:
    with fake_streams() as fake:
        yield fake


@pytest.fixture
def account(service: FakeService, streams: FakeStreams) -> Account:
    return Account(SENTINEL, url=service.url, ws_url=streams.url)
