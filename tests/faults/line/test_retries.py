"""What a service that is sick or asks for time gets from one client: few requests, no matter how many calls."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve

from quafu_runtime import errors
from quafu_runtime._client.health import MOST_RETRIES, RETRIES_PER_SECOND
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.service import RuntimeService
from tests.fakes.answers import Answer, hang_up, http
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import FACES, QUICK, call

CALLS = 120
THREADS = 12
AT_ONCE = 20.0
"""Seconds by which a busy machine too has given an answer that is waited for by nobody."""


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as fake:
        yield fake


@pytest.fixture
def account(service: FakeService) -> Account:
    return Account(TOKEN, url=service.url)


@pytest.mark.parametrize("answer", [http(503, "sick"), hang_up], ids=["503", "hangs up"])
@pytest.mark.parametrize("face", FACES)
def test_all_calls_of_a_client_share_one_budget_of_retries(
    service: FakeService, account: Account, face: str, answer: Answer
) -> None:
    service.always("job_status", answer)
    began_at = time.monotonic()

    failed = _many_threads(account) if face == "sync" else asyncio.run(_many_tasks(account))

    refilled = RETRIES_PER_SECOND * (time.monotonic() - began_at)
    assert failed == CALLS
    retries = len(service.sent("job_status")) - CALLS
    assert MOST_RETRIES <= retries <= MOST_RETRIES + refilled + 1
    assert retries < CALLS  # without the budget each call would make two


def test_the_calls_of_another_client_have_a_budget_of_their_own(service: FakeService, account: Account) -> None:
    service.always("job_status", http(503, "sick"))
    _many_threads(account)
    before = len(service.sent("job_status"))

    with pytest.raises(errors.ServiceError):
        call("sync", account, lambda client: client.job("j").status(), policy=QUICK)

    assert len(service.sent("job_status")) - before == QUICK.tries


@pytest.mark.parametrize("face", FACES)
def test_a_call_is_tried_three_times_by_default(service: FakeService, account: Account, face: str) -> None:
    service.always("job_status", http(503, "sick"))

    with pytest.raises(errors.ServiceError, match="503"):
        call(face, account, lambda client: client.job("j").status(), policy=evolve(RetryPolicy(), first_window=0.01))

    assert len(service.sent("job_status")) == 3


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("face", FACES)
def test_a_service_that_asks_for_more_than_two_minutes_is_not_waited_for(
    service: FakeService, account: Account, face: str, status: int
) -> None:
    acts: dict[str, Callable[[Any], Any]] = {
        "job_status": lambda client: client.job("j").status(),
        "get_result_wait": lambda client: client.job("j").result(),
        "programs_run_deploy": lambda client: client.run("hello"),
    }
    for operation, act in acts.items():
        service.script(operation, http(status, "later", Retry_After="121"))
        began_at = time.monotonic()

        with pytest.raises(errors.ServiceError, match=r"Try again in 121 seconds\.") as caught:
            call(face, account, act, policy=RetryPolicy(), request_timeout=1000.0)

        assert time.monotonic() - began_at < AT_ONCE
        assert caught.value.code == status
        assert len(service.sent(operation)) == 1


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_asks_for_time_gets_it(service: FakeService, account: Account, face: str) -> None:
    service.script("programs", http(503, "later", Retry_After="1"))
    began_at = time.monotonic()

    assert call(face, account, lambda client: client.programs(), policy=QUICK) == []

    assert time.monotonic() - began_at >= 1.0


def _many_threads(account: Account) -> int:
    """How many of many calls failed, made in several threads."""
    failures: list[errors.ServiceError] = []
    with RuntimeService(account) as client:
        client._client.policy = QUICK

        def ask() -> None:
            for _ in range(CALLS // THREADS):
                try:
                    client.job("j").status()
                except errors.ServiceError as error:
                    failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60.0)
    return len(failures)


async def _many_tasks(account: Account) -> int:
    async with AsyncRuntimeService(account) as client:
        client._client.policy = QUICK

        async def ask() -> int:
            failed = 0
            for _ in range(CALLS // THREADS):
                try:
                    await client.job("j").status()
                except errors.ServiceError:
                    failed += 1
            return failed

        return sum(await asyncio.gather(*(ask() for _ in range(THREADS))))
