"""The long wait through a proxy that closes what is idle, and a stream whose reader takes its time."""

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.service import RuntimeService
from tests.fakes.cutting import CuttingRelay, cutting_relay
from tests.fakes.faces import FACES, call
from tests.fakes.world import World, one_running_job
from tests.service_speaker import DEADLINE

SPACE_EVERY = 0.2
IDLE = 1.5
"""Seconds after which the proxy closes a connection on which nothing happens; with a busy machine in mind."""

LASTS = 3.0
"""Seconds that the job lasts, in which nothing but spaces comes."""

SLEEPS = "import time\ndef run(task, userpub, params):\n    time.sleep(params)\n    return params\n"
MESSAGE = "x" * 64 * 1024
MUCH = 1000
"""Messages of a stream, some 60 MB together."""

MOST_TAKEN = 16 * 1024 * 1024
"""Bytes that a client may take from the line without anybody reading: its queue, and the buffers of both systems."""


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A real service that sends a space five times a second."""
    command = [sys.executable, str(Path(__file__).with_name("served.py"))]
    data_dir = tmp_path_factory.mktemp("data")
    with subprocess.Popen([*command, str(data_dir), str(SPACE_EVERY)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        place = json.loads(process.stdout.readline())
        with RuntimeService(Account(place["token"], url=place["url"]), registry=False) as service:
            service.upload_program(SLEEPS, name="sleeps")
            yield service.account
        process.send_signal(signal.SIGINT)
        process.wait(DEADLINE)


@pytest.fixture
def relay(account: Account) -> Iterator[CuttingRelay]:
    parts = urlsplit(account.get_url())
    assert parts.hostname is not None
    assert parts.port is not None
    with cutting_relay((parts.hostname, parts.port), idle=IDLE) as made:
        yield made


@pytest.mark.parametrize("face", FACES)
def test_spaces_keep_a_waiting_call_alive_through_a_proxy_that_closes_what_is_idle(
    account: Account, relay: CuttingRelay, face: str
) -> None:
    through = Account(account.get_token(), url=f"http://127.0.0.1:{relay.port}")
    with RuntimeService(account, registry=False) as direct:
        job_id = direct.run("sleeps", LASTS).job_id()

    assert call(face, through, lambda service: service.job(job_id).result()) == LASTS

    assert (relay.connections, relay.cuts) == (1, 0)


@pytest.mark.parametrize("face", FACES)
def test_a_wait_ends_with_its_job(account: Account, face: str) -> None:
    with RuntimeService(account, registry=False) as direct:
        job = direct.run("sleeps", 600.0)
        canceller = threading.Timer(0.5, job.cancel)
        canceller.start()
        began_at = time.monotonic()

        status = call(face, account, lambda service: service.job(job.job_id()).wait())

    canceller.join()
    assert status.is_final
    assert time.monotonic() - began_at < DEADLINE


@pytest.fixture
def world() -> Iterator[World]:
    with one_running_job() as made:
        yield made


@pytest.mark.parametrize("face", FACES)
def test_a_reader_that_is_slow_takes_no_more_from_the_line_than_it_has_room_for(world: World, face: str) -> None:
    job_id, sent = world.job.job_id, [0]
    finished = threading.Event()

    def publish() -> None:
        world.streams.wait_for_reader(job_id)
        for _ in range(MUCH):
            world.streams.publish(job_id, MESSAGE)
            sent[0] += len(MESSAGE)
        world.end()
        finished.set()

    thread = threading.Thread(target=publish, daemon=True)
    thread.start()

    count = _read_slowly(world, sent) if face == "sync" else asyncio.run(_awaited_read_slowly(world, sent))

    assert finished.wait(DEADLINE)
    assert count == MUCH


def _settled(sent: list[int]) -> int:
    """What has been sent when nothing more is taken."""
    before = -1
    deadline = time.monotonic() + DEADLINE
    while sent[0] != before and time.monotonic() < deadline:
        before = sent[0]
        threading.Event().wait(0.5)
    return before


def _read_slowly(world: World, sent: list[int]) -> int:
    with RuntimeService(world.account, registry=False) as service, service.job(world.job.job_id).stream() as stream:
        next(stream)
        assert _settled(sent) < MOST_TAKEN
        return 1 + sum(1 for _ in stream)


async def _awaited_read_slowly(world: World, sent: list[int]) -> int:
    service = AsyncRuntimeService(world.account, registry=False)
    async with service, service.job(world.job.job_id).stream() as stream:
        await anext(stream)
        assert await asyncio.to_thread(_settled, sent) < MOST_TAKEN
        return 1 + len([data async for data in stream])
