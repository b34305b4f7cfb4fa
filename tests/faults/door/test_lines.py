"""Connections that say nothing, trickle, ask for too much or are too many: each is closed, and others are served."""

import contextlib
import json
import resource
import select
import socket
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from quafu_runtime.server.crowd import Crowd, Line
from quafu_runtime.server.doorway import RESERVED, raise_descriptors
from quafu_runtime.server.settings import Limits, limits_of
from tests.faults.door.conftest import LIMITS
from tests.service_speaker import DEADLINE, ECHO, SLEEP, ServiceProcess, Speaker, raw_connection

HEAD = "POST /runtime/programs_upload HTTP/1.1\r\nHost: localhost\r\napi_token: {}\r\nContent-Length: 100\r\n\r\n"


def _answer(connection: socket.socket) -> tuple[int, dict[str, object]]:
    """What comes until the connection is closed: the status, and the body."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def _receive_until(connection: socket.socket, end: bytes) -> None:
    received = b""
    while end not in received:
        piece = connection.recv(65536)
        assert piece, received
        received += piece
    assert received.startswith(b"HTTP/1.1 200")


def _trickle(connection: socket.socket, text: bytes) -> None:
    """Send a byte each tenth of a second, until the other end has had enough."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for byte in text:
            connection.send(bytes([byte]))
            if select.select([connection], [], [], 0.1)[0]:
                return


def test_a_connection_that_says_nothing_is_closed(owner: Speaker) -> None:
    with raw_connection(owner.url) as connection:
        assert _answer(connection)[0] == 408


def test_a_request_whose_head_trickles_is_given_up(owner: Speaker) -> None:
    with raw_connection(owner.url) as connection:
        _trickle(connection, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 100)
        status, body = _answer(connection)
    assert (status, body["status"]) == (408, 408)


def test_the_second_request_of_a_connection_must_come_in_time_as_well(owner: Speaker) -> None:
    with raw_connection(owner.url) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        _receive_until(connection, b"}")
        _trickle(connection, b"GET /healthz HTTP/1.1\r\nX-Slow: " + b"x" * 100)
        assert _answer(connection)[0] == 408


@pytest.mark.parametrize("trickled", [b"", b"{" + b" " * 90])
def test_a_body_that_trickles_is_given_up(user: Speaker, trickled: bytes) -> None:
    with raw_connection(user.url) as connection:
        connection.sendall(HEAD.format(user.token).encode())
        _trickle(connection, trickled)
        status, body = _answer(connection)
    assert (status, body["status"]) == (408, 408)


def test_a_body_that_nobody_waits_for_holds_no_connection(owner: Speaker) -> None:
    with raw_connection(owner.url) as connection:
        connection.sendall(HEAD.format("nobody's").encode())
        _receive_until(connection, b'not valid."}')
        _trickle(connection, b"x" * 90)
        assert connection.recv(65536) == b""


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"X-More: 1\r\n" * 50 + b"\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (b"GET /healthz?" + b"x" * 10_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"\x16\x03\x01 this is TLS\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n", 400),
    ],
)
def test_what_is_too_much_or_no_http_is_refused_in_the_envelope(owner: Speaker, head: bytes, expected: int) -> None:
    with raw_connection(owner.url) as connection:
        connection.sendall(head)
        connection.shutdown(socket.SHUT_WR)
        status, body = _answer(connection)
    assert (status, body["status"]) == (expected, expected)


def test_ten_thousand_idle_connections_keep_nobody_out(owner: Speaker) -> None:
    place = urlsplit(owner.url)
    with contextlib.ExitStack() as opened:
        for number in range(10_000):
            source = (f"127.0.0.{2 + number % 200}", 0)
            with contextlib.suppress(ConnectionResetError):
                idle = socket.create_connection((place.hostname, place.port), DEADLINE, source_address=source)
                opened.callback(idle.close)
            if number % 1000 == 0:
                assert owner.raw("GET", "/healthz").status == 200
        assert owner.data("programs")["count"] >= 0
        assert _connections(owner) <= LIMITS["connections"] + 1


def test_a_stream_in_use_is_not_closed_for_idle_connections(owner: Speaker, user: Speaker) -> None:
    job_id = user.run(user.upload("sleep", "import time\ndef run(task, userpub, params):\n    time.sleep(600)\n"))
    with user.listen(job_id) as stream, contextlib.ExitStack() as opened:
        stream.recv(DEADLINE)
        for _ in range(3 * int(LIMITS["connections_per_address"])):
            opened.enter_context(raw_connection(owner.url))
        assert user.data("job_cancel", job_id=job_id) == {"status": 3}
        assert stream.recv(DEADLINE) == f"b'{job_id}'"


def _answered(connection: socket.socket) -> bytes:
    with contextlib.suppress(ConnectionResetError):
        return connection.recv(1000)
    return b""


def test_a_service_without_descriptors_goes_on(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path, "--max-jobs=1", "--limit=headers_within=600") as service:
        pid, owner = service.process.pid, service.speaker
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = max(int(entry.name) for entry in Path(f"/proc/{pid}/fd").iterdir())
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + 6, before[1]))
        with contextlib.ExitStack() as opened:
            idle = [opened.enter_context(raw_connection(owner.url)) for _ in range(25)]
            assert owner.raw("GET", "/healthz").status == 200
            # Closed to make room, and not with the 408 of one whose time has run out.
            assert _answered(idle[0]) == b""
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        assert owner.raw("GET", "/healthz").status == 200


def test_a_user_has_no_more_streams_and_waits_open_than_one_may(user: Speaker, owner: Speaker) -> None:
    job_id = user.run(user.upload("sleep", "import time\ndef run(task, userpub, params):\n    time.sleep(600)\n"))
    with contextlib.ExitStack() as opened:
        for _ in range(int(LIMITS["stays_per_user"])):
            opened.enter_context(user.listen(job_id)).recv(DEADLINE)
        with pytest.raises(InvalidStatus) as refused:
            user.listen(job_id).__enter__()
        assert refused.value.response.status_code == 429
        assert int(refused.value.response.headers["Retry-After"]) > 0
        answer = user.raw("POST", "/runtime/get_result_wait", json.dumps({"job_id": job_id}).encode())
        assert (answer.status, json.loads(answer.body)["status"]) == (429, 429)
        assert int({name.lower(): value for name, value in answer.headers.items()}["retry-after"]) > 0
        own = owner.run(owner.upload("not kept out", ECHO))
        assert owner.result(own)["status"] == 2
        user.data("job_cancel", job_id=job_id)
    assert user.result(job_id)["status"] == 3


def test_streams_that_are_asked_for_at_once_are_no_more_than_one_may_have(user: Speaker) -> None:
    job_id = user.run(user.upload("sleep", SLEEP))
    asked, places = 20, int(LIMITS["stays_per_user"])
    every_answer = threading.Barrier(asked)

    def is_let_in(_number: int) -> bool:
        try:
            with user.listen(job_id):
                every_answer.wait(DEADLINE)
        except InvalidStatus as refused:
            every_answer.wait(DEADLINE)
            assert refused.response.status_code == 429  # noqa: PT017 - the others are let in
            return False
        return True

    with ThreadPoolExecutor(asked) as pool:
        assert sum(pool.map(is_let_in, range(asked))) == places
    user.data("job_cancel", job_id=job_id)


def test_waits_that_are_asked_for_at_once_are_no_more_than_one_may_have(user: Speaker) -> None:
    job_id = user.run(user.upload("sleep", SLEEP))
    asked, places = 20, int(LIMITS["stays_per_user"])
    body = json.dumps({"job_id": job_id}).encode()
    with ThreadPoolExecutor(asked) as pool:
        waiting = [pool.submit(user.raw, "POST", "/runtime/get_result_wait", body) for _ in range(asked)]
        try:
            answered = as_completed(waiting, DEADLINE / 2)
            assert [next(answered).result().status for _ in range(asked - places)] == [429] * (asked - places)
        finally:
            user.data("job_cancel", job_id=job_id)
        assert [wait.result().status for wait in answered] == [200] * places


def test_an_idle_connection_makes_way_for_a_new_one_and_one_in_use_does_not() -> None:
    crowd, closed = Crowd(most=4, most_of_one=2), list[Line]()

    def enter(address: str) -> Line:
        line = crowd.enter(address)
        assert line is not None
        line.end = lambda: closed.append(line)
        return line

    first, second, third = enter("a"), enter("a"), enter("a")
    assert closed == [first]  # of the address that has enough, the one that was idle for longest
    for line in (second, third):
        crowd.is_used(line)
    assert crowd.enter("a") is None
    crowd.rests(second)
    others = [enter("b"), enter("b")]
    assert len(crowd) == 4
    enter("c")
    assert closed == [first, second]
    crowd.leaves(third)
    crowd.leaves(third)
    assert len(crowd) == 3
    for line in others:
        crowd.is_used(line)
    crowd.close_idlest()
    assert len(crowd) == 2


def test_connections_leave_descriptors_for_the_store_and_the_jobs() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))
        assert raise_descriptors(10) == 10
        many = raise_descriptors(10**6)
        assert many == min(10**6, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVED)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    "text", ["nothing=1", "body=x", "body=0", "body=-1", "body", "body_grace=inf", "body_grace=nan"]
)
def test_a_limit_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="limit"):
        limits_of([text])


def test_a_limit_can_be_changed() -> None:
    assert limits_of(["body=5", "body_grace=2.5"]) == Limits(body=5, body_grace=2.5)


def _connections(speaker: Speaker) -> int:
    port = f":{urlsplit(speaker.url).port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]]
    return sum(row[1].endswith(port) and row[3] == "01" for row in rows)
