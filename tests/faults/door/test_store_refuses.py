"""A store that is locked or cannot grow: callers are told to come again, nothing is changed, and all goes on later."""

import contextlib
import itertools
import json
import resource
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed

from quafu_runtime.server.mishaps import Mishaps
from tests.faults.door.asking import ask
from tests.service_speaker import DEADLINE, ECHO, SLEEP, ServiceProcess, Speaker

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """A service that does not wait long for the store, and has no memory for a second job."""
    folder = tmp_path_factory.mktemp("hasty")
    options = ("--limit=store_within=0.5", "--max-jobs=3", f"--min-free-memory={10**15}")
    with ServiceProcess(folder, *options) as service:
        yield service


@contextlib.contextmanager
def _locked(service: ServiceProcess) -> Iterator[None]:
    connection = sqlite3.connect(service.data_dir / "runtime.db", isolation_level=None)
    with contextlib.closing(connection):
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextlib.contextmanager
def _full(service: ServiceProcess) -> Iterator[None]:
    """No file of the service can grow, as on a disk that is full."""
    pid = service.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def _without_events(service: ServiceProcess) -> Iterator[None]:
    """The store cannot be read as far as events go."""
    connection = sqlite3.connect(service.data_dir / "runtime.db", isolation_level=None)
    with contextlib.closing(connection):
        connection.execute("ALTER TABLE events RENAME TO elsewhere")
        try:
            yield
        finally:
            connection.execute("ALTER TABLE elsewhere RENAME TO events")


def _refusal(speaker: Speaker, operation: str, **arguments: Any) -> tuple[int, int, bool]:
    path = {"programs_upload": "/runtime/programs_upload", "programs_run_deploy": "/runtime/programs_run_deploy"}
    answer = speaker.raw("POST", path[operation], json.dumps(arguments).encode())
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return answer.status, json.loads(answer.body)["status"], int(headers.get("retry-after", "0")) > 0


@pytest.mark.parametrize("refuses", [_locked, _full])
def test_a_store_that_refuses_is_http_503_and_changes_nothing(
    hasty: ServiceProcess, refuses: Callable[[ServiceProcess], contextlib.AbstractContextManager[None]]
) -> None:
    owner = hasty.speaker
    program_id = owner.upload(f"echo{next(_numbers)}", ECHO)
    before = owner.data("jobs")["count"], owner.data("programs")["count"]
    with refuses(hasty):
        assert _refusal(owner, "programs_run_deploy", program_id=program_id) == (503, 503, True)
        assert _refusal(owner, "programs_upload", name="none", data="") == (503, 503, True)
        assert owner.data("program", program_id=program_id)["program_id"] == program_id
    assert (owner.data("jobs")["count"], owner.data("programs")["count"]) == before
    assert owner.result(owner.run(program_id, 1))["status"] == 2


def test_those_who_stand_behind_one_who_waits_for_a_locked_store_are_told_with_it(hasty: ServiceProcess) -> None:
    owner = hasty.speaker
    program_id = owner.upload(f"echo{next(_numbers)}", ECHO)
    began = time.monotonic()
    with _locked(hasty), ThreadPoolExecutor(30) as pool:
        asked = [pool.submit(_refusal, owner, "programs_run_deploy", program_id=program_id) for _ in range(30)]
        assert {each.result(DEADLINE) for each in asked} == {(503, 503, True)}
        assert time.monotonic() - began < 30 * 0.5  # not one after the other
    assert owner.result(owner.run(program_id, 1))["status"] == 2


def test_a_wait_outlasts_a_store_that_refuses(hasty: ServiceProcess) -> None:
    owner = hasty.speaker
    job_id = owner.run(owner.upload(f"sleep{next(_numbers)}", SLEEP))
    owner.wait_until_asleep(job_id)
    with ThreadPoolExecutor(1) as pool:
        wait = pool.submit(owner.result, job_id)
        with _locked(hasty):
            assert _refusal(owner, "programs_upload", name="none", data="")[0] == 503
        assert owner.data("job_cancel", job_id=job_id) == {"status": 3}
        assert wait.result(DEADLINE)["status"] == 3


def test_a_stream_ends_with_its_reason_when_the_store_cannot_be_read_and_is_served_later(hasty: ServiceProcess) -> None:
    owner = hasty.speaker
    job_id = owner.run(owner.upload(f"echo{next(_numbers)}", ECHO))
    owner.result(job_id)
    with _without_events(hasty), owner.listen(job_id) as stream:
        assert json.loads(stream.recv(DEADLINE)) == {"job_id": job_id, "acknowledged": True}
        with pytest.raises(ConnectionClosed) as closed:
            stream.recv(DEADLINE)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1011, "the store cannot be read just now")
    with owner.listen(job_id) as stream:
        assert list(stream)[-1] == f"b'{job_id}'"


def test_a_job_waits_for_memory_and_one_always_runs(hasty: ServiceProcess) -> None:
    owner = hasty.speaker
    sleep = owner.upload(f"sleep{next(_numbers)}", SLEEP)
    first, second = owner.run(sleep), owner.run(sleep)
    owner.wait_until_asleep(first)
    echo = owner.upload(f"echo{next(_numbers)}", ECHO)
    third = owner.run(echo)
    assert [owner.status(job_id) for job_id in (first, second, third)] == [1, 0, 0]
    assert owner.data("job_info", job_id=second)["attempt"] == 0
    owner.data("job_cancel", job_id=first)
    owner.wait_until_asleep(second)
    owner.data("job_cancel", job_id=second)
    assert owner.result(third)["status"] == 2


def _answer(error: Exception) -> httpx.Response:
    async def fails(_request: Request) -> Response:
        raise error

    return ask(Starlette(routes=[Route("/", fails)], middleware=[Middleware(Mishaps)]))


def test_a_fault_of_the_service_is_told_by_its_number_alone(caplog: pytest.LogCaptureFixture) -> None:
    answer = _answer(RuntimeError("secret token 123"))
    assert answer.status_code == 500
    body = answer.json()
    assert body["status"] == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    (record,) = [record for record in caplog.records if record.name == "quafu_runtime.server.mishaps"]
    number = str(body["msg"]).rstrip(".").split()[-1]
    assert number in record.getMessage()
    assert record.exc_info is not None


def test_a_store_that_refuses_is_told_without_its_statement(caplog: pytest.LogCaptureFixture) -> None:
    error = OperationalError("INSERT INTO jobs", {"params": "secret"}, sqlite3.OperationalError("disk I/O error"))
    answer = _answer(error)
    assert (answer.status_code, answer.json()["status"]) == (503, 503)
    assert int(answer.headers["Retry-After"]) > 0
    assert "INSERT" not in answer.text + caplog.text
    assert "secret" not in answer.text + caplog.text
