"""What goes out, and where to: header fields, redirects, proxies, clear text, certificates; for both clients."""

import asyncio
import logging
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest
from quafu_runtime_api.api.programs import programs
from quafu_runtime_api.errors import UnexpectedStatus
from quafu_runtime_api.models import ProgramsSuccess

from quafu_runtime.account import Account
from quafu_runtime.errors import ClearTextWarning, ConnectionFailedError, ServiceError
from quafu_runtime.service import RuntimeService
from tests.fakes.answers import http, text
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import FACES, call
from tests.fakes.streams import fake_streams
from tests.fakes.tls import server_context

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("face", FACES)
def test_each_request_has_the_token_and_the_content_type(service: FakeService, account: Account, face: str) -> None:
    call(face, account, lambda client: client.programs())

    (request,) = service.sent("programs")
    assert request.headers["api_token"] == TOKEN
    assert request.headers["content-type"] == "application/json;charset=UTF-8"


@pytest.mark.parametrize("ending", ["", "/", "//"])
def test_a_base_url_may_end_in_slashes(service: FakeService, ending: str) -> None:
    with RuntimeService(Account(TOKEN, url=service.url.rstrip("/") + ending)) as client:
        assert client.programs() == []

    assert service.requests[0].path == "/runtime/programs"


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_error_that_names_the_fix_and_is_never_followed(
    service: FakeService, account: Account, face: str, status: int
) -> None:
    with fake_service() as elsewhere:
        target = f"{elsewhere.url}runtime/programs?secret=1"
        service.script("programs", http(status, "moved", Location=target))

        with pytest.raises(ServiceError) as caught:
            call(face, account, lambda client: client.programs())

        assert type(caught.value) is ServiceError
        assert f"redirects to {elsewhere.url}runtime/programs," in str(caught.value)
        assert "Account(url=...)" in str(caught.value)
        assert "secret" not in str(caught.value)
        assert elsewhere.requests == []


def test_the_generated_client_follows_no_redirect_either(service: FakeService, account: Account) -> None:
    with fake_service() as elsewhere, RuntimeService(account) as client:
        service.always("programs", http(302, "moved", Location=f"{elsewhere.url}runtime/programs"))

        with pytest.raises(UnexpectedStatus, match="302"):
            programs.sync(client=client.api)
        with pytest.raises(UnexpectedStatus, match="302"):
            asyncio.run(_awaited(client))

        assert elsewhere.requests == []


def test_the_generated_client_has_the_token_the_time_out_and_both_kinds_of_calls(
    service: FakeService, account: Account
) -> None:
    service.add_program("hello")
    with RuntimeService(account, request_timeout=7.0) as client:
        assert client.api.timeout == 7.0
        for answer in (programs.sync(client=client.api), asyncio.run(_awaited(client))):
            assert isinstance(answer, ProgramsSuccess)
            assert [one.name for one in answer.data.programs] == ["hello"]

    assert [request.headers["api_token"] for request in service.requests] == [TOKEN, TOKEN]
    assert TOKEN not in repr(client.api)


def test_the_generated_client_keeps_the_rules_in_a_copy_and_after_it_was_closed(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_service() as proxy, RuntimeService(account) as client:
        monkeypatch.setenv("http_proxy", proxy.url)
        low_level = client.api
        low_level.close()

        for one in (low_level, low_level.with_timeout(3.0)):
            with one:
                assert isinstance(programs.sync(client=one), ProgramsSuccess)

        assert proxy.requests == []


@pytest.mark.parametrize("face", FACES)
def test_no_proxy_is_used_for_this_machine(
    service: FakeService, account: Account, face: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_service() as proxy:
        for name in PROXY_VARIABLES[:3]:
            monkeypatch.setenv(name, proxy.url)

        assert call(face, account, lambda client: client.programs()) == []

        assert proxy.requests == []
    assert len(service.requests) == 1


@pytest.mark.parametrize("face", FACES)
def test_the_proxy_of_the_environment_is_used_for_another_machine(face: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_service() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        proxy.script("programs", http(404, "seen by the proxy"))

        with pytest.warns(ClearTextWarning), pytest.raises(ServiceError, match="seen by the proxy"):
            call(face, Account(TOKEN, url=f"http://proxied-{face}.invalid"), lambda client: client.programs())

        assert [request.headers["host"] for request in proxy.requests] == [f"proxied-{face}.invalid"]


def test_a_host_that_the_environment_excepts_is_reached_without_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_service() as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", ".invalid")

        with pytest.raises(ConnectionFailedError, match="cannot be reached"):
            call("sync", Account(TOKEN, url="https://excepted.invalid"), lambda client: client.programs())

        assert proxy.requests == []


@pytest.mark.parametrize("face", FACES)
def test_clear_text_to_another_machine_warns_once_a_host_at_the_users_line(face: str) -> None:
    account = Account(TOKEN, url=f"http://clear-{face}.invalid")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            with pytest.raises(ConnectionFailedError):
                call(face, account, lambda client: client.programs())

    (warning,) = [one for one in caught if one.category is ClearTextWarning]
    assert f"clear-{face}.invalid" in str(warning.message)
    assert 'Account(url="https://...")' in str(warning.message)
    assert TOKEN not in str(warning.message)
    assert Path(warning.filename).name in {Path(__file__).name, "faces.py"}


def test_clear_text_warns_for_streams_and_for_the_generated_client_too(service: FakeService) -> None:
    job = service.add_job()
    account = Account(TOKEN, url=service.url, ws_url="ws://clear-stream.invalid")
    with RuntimeService(account) as client:
        stream = client.job(job.job_id).stream()
        with pytest.warns(ClearTextWarning, match="wss://"), pytest.raises(Exception, match=r"clear-stream|not known"):
            next(stream)

    with (
        RuntimeService(Account(TOKEN, url="http://clear-api.invalid")) as client,
        pytest.warns(ClearTextWarning, match="clear-api"),
        pytest.raises(Exception, match="not known"),
    ):
        programs.sync(client=client.api)


def test_a_warning_that_is_an_error_keeps_the_token_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_service() as proxy, warnings.catch_warnings():
        monkeypatch.setenv("http_proxy", proxy.url)
        warnings.simplefilter("error", ClearTextWarning)

        with pytest.raises(ClearTextWarning):
            call("sync", Account(TOKEN, url="http://kept-back.invalid"), lambda client: client.programs())

        assert proxy.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_spoken_to_in_clear_text_without_a_warning(service: FakeService, host: str) -> None:
    url = service.url.replace("127.0.0.1", host)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert call("sync", Account(TOKEN, url=url), lambda client: client.programs()) == []


def test_an_encrypted_connection_needs_a_certificate_that_is_trusted(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.encrypt(server_context(tmp_path))
    account = Account(TOKEN, url=service.url.replace("http:", "https:"))

    for face in FACES:
        with pytest.raises(ConnectionFailedError, match=r"(?i)certificate"):
            call(face, account, lambda client: client.programs())

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    for face in FACES:
        assert call(face, account, lambda client: client.programs()) == []


def test_an_encrypted_stream_needs_a_certificate_that_is_trusted(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = service.add_job()
    with fake_streams(context=server_context(tmp_path)) as streams:
        account = Account(TOKEN, url=service.url, ws_url=streams.url.replace("ws:", "wss:"))
        for face in FACES:
            with pytest.raises(Exception, match=r"(?i)certificate"):
                call(face, account, lambda client: _first(client.job(job.job_id).stream()))

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
        publisher = threading.Thread(target=_publish_once, args=(streams, job.job_id))
        publisher.start()
        assert call("sync", account, lambda client: _first(client.job(job.job_id).stream())) == b"x"
        publisher.join()


def test_no_log_at_any_level_shows_the_token(service: FakeService, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    job = service.add_job()
    with fake_streams() as streams:
        everywhere = Account(TOKEN, url=service.url, ws_url=streams.url)
        for face in FACES:
            call(face, everywhere, lambda client: client.programs())
            reader = threading.Thread(target=_publish_once, args=(streams, job.job_id, 1 + FACES.index(face)))
            reader.start()
            call(face, everywhere, lambda client: _first(client.job(job.job_id).stream()))
            reader.join()

    assert streams.handshakes[0]["api_token"] == TOKEN
    ours = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    assert any(record.name.startswith("httpcore") for record in ours)
    assert not [record for record in ours if TOKEN in record.getMessage()]


def test_no_error_shows_the_token_even_where_the_service_echoes_it(service: FakeService, account: Account) -> None:
    echoes = [
        text(f"<title>Bad token {TOKEN}</title>", 401),
        text(f"<title>Bad token {TOKEN}</title>"),
        text('{"status": 201, "msg": "bad token ' + TOKEN + '"}'),
        text('{"status": 200, "data": "' + TOKEN + '"}'),
        text('{"status": "' + TOKEN + '"}'),
    ]
    for echo in echoes:
        service.script("programs", echo)
        with pytest.raises(ServiceError) as caught:
            call("sync", account, lambda client: client.programs())
        shown = f"{caught.value!r} {caught.value} {vars(caught.value)}"
        assert TOKEN not in shown
        assert caught.value.__cause__ is None


async def _awaited(client: RuntimeService) -> Any:
    async with client.api as low_level:
        return await programs.asyncio(client=low_level)


def _first(stream: Any) -> Any:
    if hasattr(stream, "__next__"):
        with stream:
            return next(stream)

    async def first() -> Any:
        async with stream:
            return await anext(stream)

    return first()


def _publish_once(streams: Any, job_id: str, connections: int = 1) -> None:
    streams.wait_for_reader(job_id, connections)
    streams.publish(job_id, "b'x'")
