"""Proxies and private authorities: the same for calls and for streams, for the sync and the async client."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime.account import Account
from quafu_runtime.errors import ClearTextWarning, ConnectionFailedError, QuafuRuntimeError, ServiceError
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, call
from tests.fakes.proxy import fake_proxy
from tests.fakes.streams import FakeStreams, fake_streams
from tests.fakes.tls import server_context

NAME = "service.example"
STREAMS = "streams.example"
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ws_proxy", "wss_proxy")


@pytest.fixture(autouse=True)
def _nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES, "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def trusted(service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeService:
    """A service with a certificate for its name, of an authority that is trusted."""
    service.encrypt(server_context(tmp_path, NAME, STREAMS))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    return service


def account(scheme: str = "https", name: str = NAME) -> Account:
    return Account(TOKEN, url=f"{scheme}://{name}", ws_url=f"{'wss' if scheme == 'https' else 'ws'}://{STREAMS}")


def list_programs(face: str, of: Account | None = None) -> Any:
    return call(face, of or account(), lambda client: client.programs())


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_an_encrypted_call_goes_through_the_proxy_which_sees_no_token(
    trusted: FakeService, monkeypatch: pytest.MonkeyPatch, face: str, variable: str
) -> None:
    trusted.add_program("hello")
    with fake_proxy({NAME: trusted.port}) as proxy:
        monkeypatch.setenv(variable, f"http://{proxy.address}")

        assert [one.name for one in list_programs(face)] == ["hello"]

        assert proxy.seen == [f"CONNECT {NAME}:443 HTTP/1.1"]
        assert TOKEN.encode() not in proxy.passed
    assert trusted.requests[0].headers["api_token"] == TOKEN


@pytest.mark.parametrize("face", FACES)
def test_a_proxy_may_be_written_without_its_scheme_and_with_a_slash(
    trusted: FakeService, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    with fake_proxy({NAME: trusted.port}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{proxy.address}/")
        assert list_programs(face) == []
        assert len(proxy.seen) == 1


@pytest.mark.parametrize("face", FACES)
def test_a_proxy_gets_the_user_name_and_the_password_of_its_url(
    trusted: FakeService, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    with fake_proxy({NAME: trusted.port}, user="me:p@ss:word/1") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:p%40ss%3Aword%2F1@{proxy.address}")
        assert list_programs(face) == []


@pytest.mark.parametrize("face", FACES)
def test_a_proxy_that_refuses_the_password_is_named_without_it(
    trusted: FakeService, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    with fake_proxy({NAME: trusted.port}, user="me:right") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:wr0ng-password@{proxy.address}")

        with pytest.raises(ConnectionFailedError) as caught:
            list_programs(face)

        assert "407" in str(caught.value)
        assert f"by way of the proxy http://{proxy.address} that HTTPS_PROXY names" in str(caught.value)
        assert "wr0ng" not in str(caught.value)
    assert trusted.requests == []


@pytest.mark.parametrize("face", FACES)
def test_a_call_in_clear_text_goes_through_the_proxy_too(
    service: FakeService, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    name = f"clear-{face}.example"
    with fake_proxy({name: service.port}, user="me:word") as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://me:word@{proxy.address}")

        with pytest.warns(ClearTextWarning):
            assert list_programs(face, account("http", name)) == []

        (line,) = proxy.seen
        assert line.startswith(f"GET http://{name}/runtime/programs")


@pytest.mark.parametrize("face", FACES)
def test_a_name_that_is_excepted_is_reached_without_the_proxy(
    trusted: FakeService, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    with fake_proxy({NAME: trusted.port}) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://{proxy.address}")
        monkeypatch.setenv("NO_PROXY", f"elsewhere.example,{NAME}")

        with pytest.raises(ConnectionFailedError, match="cannot be reached") as caught:
            list_programs(face)

        assert "proxy" not in str(caught.value)
        assert proxy.seen == []


@pytest.mark.parametrize("face", FACES)
def test_a_proxy_that_is_down_is_named(trusted: FakeService, monkeypatch: pytest.MonkeyPatch, face: str) -> None:
    with fake_proxy({NAME: trusted.port}) as proxy:
        gone = proxy.address
    monkeypatch.setenv("HTTPS_PROXY", f"http://{gone}")

    with pytest.raises(ConnectionFailedError, match=rf"by way of the proxy http://{gone} that HTTPS_PROXY names"):
        list_programs(face)


@pytest.mark.parametrize(
    ("proxy", "complaint"),
    [
        ("socks5://127.0.0.1:1080", "has the scheme socks5://, and only HTTP proxies can be used"),
        ("http://127.0.0.1:port", "has no valid host and port"),
        ("http://", "names no host"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_an_error_that_says_so_for_calls_and_for_streams(
    service: FakeService, monkeypatch: pytest.MonkeyPatch, proxy: str, complaint: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    job_id = service.add_job().job_id
    streaming = Account(TOKEN, url=service.url, ws_url=f"wss://{STREAMS}")
    for face, of, act in ways_to_use(account(), streaming, job_id):
        with pytest.raises(ConnectionFailedError) as caught:
            call(face, of, act)
        assert f"The proxy in the environment variable HTTPS_PROXY {complaint}" in str(caught.value)


@pytest.mark.parametrize("face", FACES)
def test_a_proxy_may_be_reached_by_tls_itself(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    context = server_context(tmp_path, NAME, STREAMS, "127.0.0.1")
    service.encrypt(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    job = service.add_job()
    with encrypted_streams(context) as streams:
        routes = {NAME: service.port, STREAMS: port_of(streams)}
        with fake_proxy(routes, context=context) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"https://{proxy.address}")
            assert list_programs(face) == []
            assert read_one(face, account(), streams, job.job_id) == b"x"
            assert {line.split()[1] for line in proxy.seen} == {f"{NAME}:443", f"{STREAMS}:443"}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "WSS_PROXY", "ALL_PROXY"])
def test_an_encrypted_stream_goes_through_the_proxy_which_sees_no_token(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str, variable: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    job = service.add_job()
    with encrypted_streams(server_context(tmp_path, STREAMS)) as streams:
        with fake_proxy({STREAMS: port_of(streams)}, user="me:p@ss") as proxy:
            monkeypatch.setenv(variable, f"http://me:p%40ss@{proxy.address}")
            of = Account(TOKEN, url=service.url, ws_url=f"wss://{STREAMS}")

            assert read_one(face, of, streams, job.job_id) == b"x"

            assert proxy.seen == [f"CONNECT {STREAMS}:443 HTTP/1.1"]
            assert TOKEN.encode() not in proxy.passed
        assert streams.handshakes[0]["api_token"] == TOKEN


@pytest.mark.parametrize("face", FACES)
def test_a_stream_in_clear_text_goes_through_the_proxy_too(
    service: FakeService, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    job = service.add_job()
    name = f"clear-streams-{face}.example"
    with fake_streams() as streams, fake_proxy({name: port_of(streams)}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        of = Account(TOKEN, url=service.url, ws_url=f"ws://{name}")
        with pytest.warns(ClearTextWarning):
            assert read_one(face, of, streams, job.job_id) == b"x"
        assert proxy.seen == [f"CONNECT {name}:80 HTTP/1.1"]


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_a_proxy_refuses_names_the_proxy_without_its_password(
    service: FakeService, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    job_id = service.add_job().job_id
    of = Account(TOKEN, url=service.url, ws_url=f"wss://{STREAMS}")
    with fake_proxy({}, user="me:right") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:wr0ng-password@{proxy.address}")
        with pytest.raises(QuafuRuntimeError) as caught:
            call(face, of, lambda client: first(client.job(job_id).stream()))
        assert f"The stream of job {job_id}" in str(caught.value)
        assert "407" in str(caught.value)
        assert f"by way of the proxy http://{proxy.address} that HTTPS_PROXY names" in str(caught.value)
        assert "wr0ng" not in str(caught.value)


@pytest.mark.parametrize("face", FACES)
def test_an_unknown_authority_is_refused_through_a_proxy_as_without_one(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    service.encrypt(server_context(tmp_path, NAME))
    with fake_proxy({NAME: service.port}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        with pytest.raises(ConnectionFailedError, match=r"(?i)certificate"):
            list_programs(face)
    assert service.requests == []


@pytest.mark.parametrize("face", FACES)
def test_a_certificate_for_another_name_is_refused(
    trusted: FakeService, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    with fake_proxy({"other.example": trusted.port}) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
        with pytest.raises(ConnectionFailedError, match=r"(?i)certificate"):
            list_programs(face, account(name="other.example"))
    assert trusted.requests == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SSL_CERT_FILE", "missing.pem"), ("SSL_CERT_FILE", "rubbish.pem"), ("SSL_CERT_DIR", "missing")],
)
def test_certificates_that_cannot_be_read_are_an_error_that_names_the_variable(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    (tmp_path / "rubbish.pem").write_text("no certificate")
    monkeypatch.setenv(variable, str(tmp_path / value))
    calling = Account(TOKEN, url="https://127.0.0.1:9")
    streaming = Account(TOKEN, url=service.url, ws_url="wss://127.0.0.1:9")
    for face, of, act in ways_to_use(calling, streaming, service.add_job().job_id):
        with pytest.raises(ConnectionFailedError, match=f"{variable} names .*{value}"):
            call(face, of, act)


@pytest.mark.parametrize("face", FACES)
def test_a_folder_of_authorities_is_trusted(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str
) -> None:
    service.encrypt(server_context(tmp_path))
    folder = tmp_path / "authorities"
    folder.mkdir()
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    of = Account(TOKEN, url=service.url.replace("http:", "https:"))
    with pytest.raises(ConnectionFailedError, match=r"(?i)certificate"):
        list_programs(face, of)

    (folder / f"{subject_hash(tmp_path / 'trusted.pem')}.0").write_bytes((tmp_path / "trusted.pem").read_bytes())
    assert list_programs(face, of) == []


def test_a_proxy_that_wants_a_password_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    of = account("http", "asks-for-a-password.example")
    with fake_proxy({}, user="me:word") as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        with pytest.warns(ClearTextWarning), pytest.raises(ServiceError, match="user name and a password"):
            list_programs("sync", of)


@contextmanager
def encrypted_streams(context: Any) -> Iterator[FakeStreams]:
    with fake_streams(context=context) as streams:
        yield streams


def ways_to_use(calling: Account, streaming: Account, job_id: str) -> Iterator[tuple[str, Account, Any]]:
    """A call and a stream, of the sync and of the async client."""
    for face in FACES:
        yield face, calling, lambda client: client.programs()
        yield face, streaming, lambda client: first(client.job(job_id).stream())


def port_of(streams: FakeStreams) -> int:
    return int(streams.url.rpartition(":")[2])


def read_one(face: str, of: Account, streams: FakeStreams, job_id: str) -> Any:
    def publish() -> None:
        streams.wait_for_reader(job_id)
        streams.publish(job_id, "b'x'")

    publisher = threading.Thread(target=publish)
    publisher.start()
    try:
        return call(face, of, lambda client: first(client.job(job_id).stream()))
    finally:
        publisher.join()


def first(stream: Any) -> Any:
    if hasattr(stream, "__next__"):
        with stream:
            return next(stream)

    async def one() -> Any:
        async with stream:
            return await anext(stream)

    return one()


def subject_hash(path: Path) -> str:
    command = ["openssl", "x509", "-noout", "-subject_hash", "-in", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
