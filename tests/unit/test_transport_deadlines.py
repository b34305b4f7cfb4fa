"""A call ends at its deadline, whatever a server does with its bytes."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from quafu_runtime.account import Account
from quafu_runtime.errors import DeadlineError, JobTimeoutError, SubmitUncertain
from tests.fakes.answers import Answer, drip, silence
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, call

DEADLINE = 0.4
LATEST = 5.0
"""Seconds by which a busy machine too has ended a call whose deadline is `DEADLINE`."""

HEADER_FIELD = b"HTTP/1.1 200 OK\r\nX-Slow: "
BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
ERROR_BODY = b"HTTP/1.1 503 Busy\r\nContent-Length: 1000000\r\n\r\n"


@pytest.fixture
def over() -> Iterator[threading.Event]:
    """Set at the end of the test, so that the server's threads end too."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("part", "begun"),
    [(b"x", HEADER_FIELD), (b" ", BODY), (b"", b"")],
    ids=["a header that never ends", "a body that never ends", "silence"],
)
def test_a_server_that_drips_bytes_holds_no_call_beyond_its_deadline(
    service: FakeService, over: threading.Event, face: str, part: bytes, begun: bytes
) -> None:
    service.script("job_status", drip(part, over, begun=begun) if part else silence(over))
    began_at = time.monotonic()

    with pytest.raises(DeadlineError) as caught:
        call(face, _account(service), lambda client: client.job("j").status(), request_timeout=DEADLINE)

    assert DEADLINE <= time.monotonic() - began_at < LATEST
    assert "0.4 seconds" in str(caught.value)
    assert isinstance(caught.value, TimeoutError)


@pytest.mark.parametrize("face", FACES)
def test_a_submission_whose_answer_drips_is_uncertain_and_says_what_to_look_for(
    service: FakeService, over: threading.Event, face: str
) -> None:
    service.script("programs_upload", drip(b" ", over, begun=BODY))
    source = "def run(task, userpub, params):\n    return 1\n"

    with pytest.raises(SubmitUncertain, match=r'service\.program\(name="hello"\)'):
        call(face, _account(service), lambda client: client.upload_program(source, name="hello"), request_timeout=0.4)


@pytest.mark.parametrize("face", FACES)
def test_the_time_for_a_result_is_the_users_and_not_that_of_a_request(service: FakeService, face: str) -> None:
    job = service.add_job()
    timer = threading.Timer(0.6, service.end, [job, 2, "7"])
    timer.start()

    assert call(face, _account(service), lambda client: client.job(job.job_id).result(), request_timeout=0.2) == 7
    timer.join()


@pytest.mark.parametrize("face", FACES)
def test_a_result_that_does_not_come_in_time_is_a_job_timeout(service: FakeService, face: str) -> None:
    job = service.add_job()
    began_at = time.monotonic()

    with pytest.raises(JobTimeoutError, match=r"0\.3 seconds") as caught:
        call(face, _account(service), lambda client: client.job(job.job_id).result(timeout=0.3))

    assert time.monotonic() - began_at < LATEST
    assert caught.value.job_id == job.job_id
    assert isinstance(caught.value, TimeoutError)


@pytest.mark.parametrize("face", FACES)
def test_spaces_before_the_json_keep_a_waiting_call_alive(service: FakeService, face: str) -> None:
    service.script("get_result_wait", _spaces_then('{"status": 200, "data": {"status": 2, "result": "[1]"}}'))

    assert call(face, _account(service), lambda client: client.job("j").result(timeout=10.0)) == [1]


def _account(service: FakeService) -> Account:
    return Account(TOKEN, url=service.url)


def _spaces_then(body: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for part in [" ", " ", body]:
            handler.wfile.write(f"{len(part):x}\r\n{part}\r\n".encode())
            handler.wfile.flush()
        handler.wfile.write(b"0\r\n\r\n")

    return answer
