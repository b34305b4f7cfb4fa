"""Streams from the real runtime service over a network that breaks: everything comes, once, in order."""

import asyncio
import random
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.job import RuntimeJob
from quafu_runtime.local import LocalRuntime
from quafu_runtime.service import RuntimeService
from quafu_runtime.status import JobStatus
from tests.fakes.cutting import Allowance, CuttingRelay, cutting_relay
from tests.fakes.faces import FACES, call
from tests.fakes.world import everything

PROGRAM = """
import time


def run(task, userpub, params):
    for number in range(params["messages"]):
        print("line", number)
        userpub.publish({"number": number, "half": number / 2})
        time.sleep(params["pause"])
    return params["messages"]
"""
PUBLISHES = """
def run(task, userpub, params):
    for number in range(params):
        userpub.publish(number)
"""
MESSAGES = 200
MANY = 10_000
CUTS = 200
IN_A_FRAME = 40_000
"""Bytes; a frame of 500 of these events has more, so that a cut before this is within the first frame or before it."""

BEHIND_A_FRAME = 90_000
"""Bytes; a cut up to 20,000 after this is behind one frame and within the next, or behind that."""

ROUGH = RetryPolicy(tries=20, first_window=0.01, longest_window=0.02, waiting_tries=500, alive_after=0.02)
"""For a network that breaks several times a second."""


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime() as made, RuntimeService(made.account) as service:
        service.upload_program(PROGRAM, {"name": "counts"})
        yield made


@pytest.fixture
def relay(runtime: LocalRuntime) -> Iterator[CuttingRelay]:
    parts = urlsplit(runtime.url)
    assert parts.hostname is not None
    assert parts.port is not None
    with cutting_relay((parts.hostname, parts.port)) as made:
        yield made


@pytest.fixture
def account(runtime: LocalRuntime, relay: CuttingRelay) -> Account:
    """The runtime's account, over the network that breaks."""
    return Account(runtime.account.get_token(), url=f"http://127.0.0.1:{relay.port}")


@pytest.fixture(scope="module")
def much(runtime: LocalRuntime) -> str:
    """A job that has published `MANY` messages."""
    with RuntimeService(runtime.account) as service:
        service.upload_program(PUBLISHES, name="publishes")
        job = service.run("publishes", MANY)
        job.wait(timeout=60.0)
        return job.job_id()


@pytest.mark.parametrize("face", FACES)
def test_ten_thousand_messages_come_through_two_hundred_cuts_once_and_in_order(
    much: str, relay: CuttingRelay, account: Account, face: str
) -> None:
    relay.cut_as(_two_hundred_cuts(relay, random.Random(200)))  # noqa: S311 - where to cut

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        numbers = call(face, account, lambda client: everything(client.job(much).stream()), policy=ROUGH)

    assert numbers == list(range(MANY))
    assert relay.cuts >= CUTS


@pytest.mark.parametrize("face", FACES)
def test_events_that_are_cut_while_the_job_runs_bring_everything_once_and_in_order(
    runtime: LocalRuntime, relay: CuttingRelay, account: Account, face: str
) -> None:
    job_id = _run(runtime, MESSAGES, 0.005)
    over = threading.Event()
    cutter = threading.Thread(target=_cut_now_and_then, args=(relay, over))
    cutter.start()
    try:
        events = _events(account, job_id) if face == "sync" else asyncio.run(_awaited_events(account, job_id))
    finally:
        over.set()
        cutter.join(10.0)

    interim = [event.data for event in events if event.kind == "interim"]
    assert [data["number"] for data in interim] == list(range(MESSAGES))
    assert all(data["half"] == data["number"] / 2 for data in interim)
    printed = "".join(event.data for event in events if event.kind == "log")
    assert printed == "".join(f"line {number}\n" for number in range(MESSAGES))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    moments = [event.at for event in events]
    assert all(moment is not None and moment.tzinfo is not None for moment in moments)


def test_a_callback_gets_everything_over_a_network_that_breaks(relay: CuttingRelay, account: Account) -> None:
    got: list[int] = []
    over = threading.Event()
    with RuntimeService(account) as service:
        service._client.policy = ROUGH
        job = service.run("counts", {"messages": MESSAGES, "pause": 0.005})
        job.interim_results(lambda data: got.append(data["number"]))
        cutter = threading.Thread(target=_cut_now_and_then, args=(relay, over))
        cutter.start()
        try:
            assert job.result(timeout=60.0) == MESSAGES
        finally:
            over.set()
            cutter.join(10.0)

    assert got == list(range(MESSAGES))
    assert job.interim_error is None


def test_waiting_goes_on_over_a_network_that_breaks(relay: CuttingRelay, account: Account) -> None:
    with RuntimeService(account) as service:
        service._client.policy = ROUGH
        job = service.run("counts", {"messages": 10, "pause": 0.1})
        over = threading.Event()
        cutter = threading.Thread(target=_cut_now_and_then, args=(relay, over, 0.35))
        cutter.start()
        try:
            assert job.result(timeout=60.0) == 10
        finally:
            over.set()
            cutter.join(10.0)


@pytest.mark.parametrize("face", FACES)
def test_a_reader_who_comes_late_gets_all_of_a_job_that_has_ended(runtime: LocalRuntime, face: str) -> None:
    with RuntimeService(runtime.account) as service:
        job = service.run("counts", {"messages": 20, "pause": 0.0})
        assert job.wait(timeout=60.0) is JobStatus.DONE

        for _ in range(2):
            if face == "sync":
                numbers = [data["number"] for data in RuntimeJob(job.job_id(), runtime.account).stream()]
            else:
                numbers = asyncio.run(_late(runtime.account, job.job_id()))
            assert numbers == list(range(20))

        got: list[Any] = []
        job.interim_results(got.append)
        job.result()
        assert [data["number"] for data in got] == list(range(20))


def _two_hundred_cuts(relay: CuttingRelay, dice: random.Random) -> Callable[[], Allowance]:
    """Cuts in the handshake, in a frame, and once in twenty times only after one; none any more after the last."""

    def allow() -> Allowance:
        if relay.cuts >= CUTS:
            return None, None
        return None, dice.randrange(IN_A_FRAME) if dice.randrange(20) else BEHIND_A_FRAME + dice.randrange(20_000)

    return allow


def _cut_now_and_then(relay: CuttingRelay, over: threading.Event, longest: float = 0.15) -> None:
    dice = random.Random(7)  # noqa: S311 - when to cut
    while not over.wait(dice.uniform(0.05, longest)):
        relay.cut()


def _run(runtime: LocalRuntime, messages: int, pause: float) -> str:
    with RuntimeService(runtime.account) as service:
        return service.run("counts", {"messages": messages, "pause": pause}).job_id()


def _events(account: Account, job_id: str) -> list[Any]:
    with RuntimeService(account) as service:
        service._client.policy = ROUGH
        return list(service.job(job_id).events())


async def _awaited_events(account: Account, job_id: str) -> list[Any]:
    async with AsyncRuntimeService(account) as service:
        service._client.policy = ROUGH
        return [event async for event in service.job(job_id).events()]


async def _late(account: Account, job_id: str) -> list[int]:
    async with AsyncRuntimeService(account) as service:
        return [data["number"] async for data in service.job(job_id).stream()]
