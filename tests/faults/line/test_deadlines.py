"""A call ends at its deadline whatever the network does: names, connections, handshakes, slow readers and writers."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve

from quafu_runtime import errors
from quafu_runtime.account import Account
from tests.fakes.deployed import TOKEN, fake_service
from tests.fakes.faces import FACES, QUICK, call
from tests.fakes.raw import Treat, deaf_address, drip, raw_server, read_slowly, read_steadily
from tests.fakes.world import everything

DEADLINE = 0.5
LATEST = 8.0
"""Seconds by which a busy machine too has ended a call whose deadline is `DEADLINE`."""

RECORD = b"\x16\x03\x03\x3f\xff"
"""The head of a TLS record of 16 KiB."""

NAME = "runtime.invalid"


def ends_in_time(
    face: str, account: Account, act: Callable[[Any], Any] | None = None, deadline: float = DEADLINE
) -> errors.QuafuRuntimeError:
    """The error of a call, which takes as long as its deadline and no longer."""
    began_at = time.monotonic()
    with pytest.raises(errors.ServiceError) as caught:
        call(face, account, act or (lambda client: client.programs()), policy=QUICK, request_timeout=deadline)
    assert deadline * 0.9 <= time.monotonic() - began_at < LATEST
    return caught.value


@pytest.fixture
def silent_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The system's look-up of names, which cannot be interrupted and finds nothing for as long as the test runs."""
    over = threading.Event()
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *arguments: Any, **named: Any) -> list[Any]:
        if host != NAME:
            return real(host, port, *arguments, **named)
        over.wait(20.0)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield
    over.set()


@pytest.mark.usefixtures("silent_resolver")
@pytest.mark.parametrize("face", FACES)
def test_a_name_that_is_looked_up_for_ever(face: str) -> None:
    error = ends_in_time(face, Account(TOKEN, url=f"https://{NAME}"))

    assert isinstance(error, errors.DeadlineError)
    assert f"the name {NAME} was not found in time" in str(error)


@pytest.mark.parametrize("face", FACES)
def test_an_address_that_accepts_no_connection(face: str) -> None:
    with deaf_address("127.0.0.1") as deaf:
        assert isinstance(ends_in_time(face, Account(TOKEN, url=f"http://127.0.0.1:{deaf.port}")), errors.DeadlineError)


@pytest.mark.parametrize("face", FACES)
def test_another_address_of_the_name_is_tried_while_there_is_time(face: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_service() as service, deaf_address("127.0.0.2", service.port):
        _resolve(monkeypatch, "127.0.0.2", "127.0.0.1")
        account = Account(TOKEN, url=f"http://name.localhost:{service.port}")

        assert call(face, account, lambda client: client.programs(), policy=QUICK, request_timeout=2.0) == []


@pytest.mark.parametrize("face", FACES)
def test_many_addresses_of_which_none_answers(face: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf_address() as deaf:
        _resolve(monkeypatch, *[deaf.host] * 40)

        ends_in_time(face, Account(TOKEN, url=f"http://name.localhost:{deaf.port}"))


@pytest.mark.parametrize("treat", [drip(b""), drip(b"\0", begun=RECORD)], ids=["silence", "dripping"])
@pytest.mark.parametrize("face", FACES)
def test_an_encrypted_connection_whose_handshake_does_not_end(face: str, treat: Treat) -> None:
    with raw_server(treat) as port:
        ends_in_time(face, Account(TOKEN, url=f"https://127.0.0.1:{port}"))


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_takes_a_request_byte_by_byte(face: str) -> None:
    with raw_server(read_slowly, receive_buffer=4096) as port:
        params = "x" * 8 * 1024 * 1024
        account = Account(TOKEN, url=f"http://127.0.0.1:{port}")

        error = ends_in_time(face, account, lambda client: client.run("hello", params))

    assert isinstance(error, errors.DeadlineError)


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_takes_each_part_of_a_request_in_time_and_the_whole_too_late(face: str) -> None:
    with raw_server(read_steadily, receive_buffer=128 * 1024) as port:
        params = "x" * 16 * 1024 * 1024
        account = Account(TOKEN, url=f"http://127.0.0.1:{port}")

        error = ends_in_time(face, account, lambda client: client.run("hello", params), deadline=2.0)

    assert isinstance(error, errors.DeadlineError)


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_accepts_and_says_nothing(face: str) -> None:
    with raw_server(read_slowly) as port:
        ends_in_time(face, Account(TOKEN, url=f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("kind", ["silence", "dripping", "deaf"])
def test_a_stream_whose_handshake_does_not_end(face: str, kind: str) -> None:
    begun = b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: "
    places: dict[str, Any] = {
        "silence": raw_server(read_slowly),
        "dripping": raw_server(drip(b"x", begun)),
        "deaf": deaf_address("127.0.0.1"),
    }
    with fake_service() as service, places[kind] as place:
        job = service.add_job()
        port = place if isinstance(place, int) else place.port
        account = Account(TOKEN, url=service.url, ws_url=f"ws://127.0.0.1:{port}")
        began_at = time.monotonic()

        with pytest.raises(errors.StreamTimeoutError):
            call(
                face,
                account,
                lambda client: everything(client.job(job.job_id).stream()),
                policy=evolve(QUICK, open_timeout=DEADLINE),
            )

        assert time.monotonic() - began_at < LATEST


@pytest.mark.usefixtures("silent_resolver")
@pytest.mark.parametrize("face", FACES)
def test_a_stream_whose_name_is_looked_up_for_ever(face: str) -> None:
    with fake_service() as service:
        job = service.add_job()
        account = Account(TOKEN, url=service.url, ws_url=f"wss://{NAME}")
        began_at = time.monotonic()

        with pytest.raises(errors.StreamTimeoutError):
            call(
                face,
                account,
                lambda client: everything(client.job(job.job_id).stream()),
                policy=evolve(QUICK, open_timeout=DEADLINE),
            )

        assert time.monotonic() - began_at < LATEST


def _resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have the system find these addresses for a name; addresses stay what they are."""
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *arguments: Any, **named: Any) -> list[Any]:
        if host != "name.localhost":
            return real(host, port, *arguments, **named)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
