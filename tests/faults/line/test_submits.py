"""Submissions to the real service through a network that cuts connections anywhere: each is carried out, and once."""

import asyncio
import json
import random
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.local import LocalRuntime
from quafu_runtime.service import RuntimeService
from tests.fakes.cutting import Allowance, CuttingRelay, cutting_relay
from tests.service_speaker import SLEEP

SUBMITS = 1500
UPLOADS = 30
THREADS = 6
TASKS = 6
REQUEST = 3_000
"""Bytes of some six requests; a connection that is kept is cut somewhere in them, or before the first."""

ANSWER = 2_500
"""Bytes of some six answers."""

LOST = (errors.SubmitUncertain, errors.ConnectionFailedError, errors.MalformedAnswerError)
"""What three tries end with where all of them were cut: the same submission, with its key, is then made again."""

SOURCE = "def run(task, userpub, params):\n    return {number}\n"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def runtime(data_dir: Path) -> Iterator[LocalRuntime]:
    """A service whose only slot is taken, so that what is submitted stays in the queue."""
    with LocalRuntime(data_dir, max_jobs=1) as made:
        with RuntimeService(made.account, registry=False) as service:
            service.upload_program(SLEEP, name="waits")
            service.run("waits")
        yield made


@pytest.fixture
def relay(runtime: LocalRuntime) -> Iterator[CuttingRelay]:
    parts = urlsplit(runtime.url)
    assert parts.hostname is not None
    assert parts.port is not None
    with cutting_relay((parts.hostname, parts.port)) as made:
        made.cut_as(_at_random(random.Random(1500)))  # noqa: S311 - where to cut
        yield made


@pytest.fixture
def account(runtime: LocalRuntime, relay: CuttingRelay) -> Account:
    return Account(runtime.account.get_token(), url=f"http://127.0.0.1:{relay.port}")


def test_fifteen_hundred_submits_make_fifteen_hundred_jobs(
    data_dir: Path, relay: CuttingRelay, account: Account
) -> None:
    half = SUBMITS // 2
    threads = [
        threading.Thread(target=_submit, args=(account, range(first, half, THREADS))) for first in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    asyncio.run(_awaited_submits(account, range(half, SUBMITS)))
    for thread in threads:
        thread.join(60.0)

    params = [json.loads(row[0]) for row in _rows(data_dir, "SELECT params FROM jobs")]
    assert sorted(number for number in params if number is not None) == list(range(SUBMITS))
    assert relay.cuts > SUBMITS // 10


def test_uploads_make_each_program_once(data_dir: Path, relay: CuttingRelay, account: Account) -> None:
    with RuntimeService(account, registry=False) as service:
        for number in range(UPLOADS // 2):
            _again(partial(service.upload_program, **_program(number)))
    asyncio.run(_awaited_uploads(account, range(UPLOADS // 2, UPLOADS)))

    names = [row[0] for row in _rows(data_dir, "SELECT name FROM programs")]
    assert sorted(names) == sorted(["waits", *(f"program-{number}" for number in range(UPLOADS))])
    assert relay.cuts > 0


def test_an_upload_whose_answer_was_lost_is_repeated_and_meets_no_program_of_its_own(
    relay: CuttingRelay, account: Account
) -> None:
    with RuntimeService(account, registry=False) as service:
        relay.cut_as(lambda: (None, None))
        assert service.programs()  # from which the client learns what the service honours
        relay.cut()
        lines: Iterator[Allowance] = iter([(None, 0)])
        relay.cut_as(lambda: next(lines, (None, None)))
        cuts = relay.cuts
        program_id = service.upload_program(SOURCE.format(number=0), name="once", if_exists="error")
        assert relay.cuts == cuts + 1
        assert service.program(name="once").program_id == program_id


def _at_random(dice: random.Random) -> Callable[[], Allowance]:
    """A cut in one of both directions; now and then at once."""

    def allow() -> Allowance:
        request, answer = dice.randrange(REQUEST), dice.randrange(ANSWER)
        return (request, None) if dice.randrange(2) else (None, answer)

    return allow


def _submit(account: Account, numbers: range) -> None:
    with RuntimeService(account, registry=False) as service:
        for number in numbers:
            _again(partial(service.run, "waits", number, idempotency_key=f"key-{number}"))


async def _awaited_submits(account: Account, numbers: range) -> None:
    async with AsyncRuntimeService(account, registry=False) as service:

        async def submit(several: range) -> None:
            for number in several:
                await _again_awaited(partial(service.run, "waits", number, idempotency_key=f"key-{number}"))

        await asyncio.gather(*(submit(numbers[first::TASKS]) for first in range(TASKS)))


async def _awaited_uploads(account: Account, numbers: range) -> None:
    async with AsyncRuntimeService(account, registry=False) as service:
        for number in numbers:
            await _again_awaited(partial(service.upload_program, **_program(number)))


def _program(number: int) -> dict[str, Any]:
    return {"data": SOURCE.format(number=number), "name": f"program-{number}", "if_exists": "reuse"}


def _again(act: Callable[[], object]) -> None:
    while True:
        try:
            act()
        except LOST:
            continue
        return


async def _again_awaited(act: Callable[[], Awaitable[object]]) -> None:
    while True:
        try:
            await act()
        except LOST:
            continue
        return


def _rows(data_dir: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(data_dir / "runtime.db")) as connection:
        return connection.execute(statement).fetchall()
