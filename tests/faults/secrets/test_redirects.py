"""No redirect is followed with a token: not to another host, not to the same one, not from TLS to clear text."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime.account import Account
from quafu_runtime.errors import QuafuRuntimeError, ServiceError
from tests.fakes.answers import http
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import FACES, call
from tests.fakes.streams import fake_streams
from tests.fakes.tls import server_context

SOURCE = "def run(task, userpub, params):\n    return params\n"
ACTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "programs": ("programs", lambda client: client.programs()),
    "upload": ("programs_upload", lambda client: client.upload_program(SOURCE, name="p")),
    "run": ("programs_run_deploy", lambda client: client.run("p" * 3)),
    "cancel": ("job_cancel", lambda client: client.job("a" * 32).cancel()),
}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("what", ACTS)
def test_no_request_follows_a_redirect_to_another_or_to_the_same_host(
    service: FakeService, account: Account, face: str, status: int, what: str
) -> None:
    operation, act = ACTS[what]
    with fake_service() as elsewhere:
        for target in (f"{elsewhere.url}runtime/{operation}", f"{service.url}runtime/other", "/runtime/other", "//x/"):
            service.script(operation, http(status, "moved", Location=target))
            with pytest.raises(ServiceError, match="a token is not sent on to another address"):
                call(face, account, act)

        assert elsewhere.connections == 0
    assert [one.path for one in service.requests if one.operation == "other"] == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_stream_follows_a_redirect_to_another_or_to_the_same_host(
    service: FakeService, face: str, status: int
) -> None:
    job = service.add_job()
    with fake_streams() as streams, fake_streams() as elsewhere:
        account = Account(TOKEN, url=service.url, ws_url=streams.url)
        for target in (elsewhere.url, f"{streams.url}other", "/other"):
            streams.refuse(status, Location=target)
            with pytest.raises(QuafuRuntimeError, match="not followed"):
                call(face, account, lambda client: first_of(client.job(job.job_id).stream()))

        assert (elsewhere.handshakes, len(streams.handshakes)) == ([], 3)


@pytest.mark.parametrize("face", FACES)
def test_nothing_leads_from_tls_to_clear_text(
    service: FakeService, face: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(tmp_path)
    service.encrypt(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    with fake_service() as clear, fake_streams(context=context) as streams, fake_streams() as clear_streams:
        url, ws_url = service.url.replace("http:", "https:"), streams.url.replace("ws:", "wss:")
        account = Account(TOKEN, url=url, ws_url=ws_url, require_tls=True)
        service.script("programs", http(307, "moved", Location=f"{clear.url}runtime/programs"))
        with pytest.raises(ServiceError, match="not sent on"):
            call(face, account, lambda client: client.programs())

        job = service.add_job()
        streams.refuse(307, Location=clear_streams.url)
        with pytest.raises(QuafuRuntimeError, match="not followed"):
            call(face, account, lambda client: first_of(client.job(job.job_id).stream()))

        assert (clear.connections, clear_streams.handshakes) == (0, [])


def first_of(stream: Any) -> Any:
    if hasattr(stream, "__next__"):
        with stream:
            return next(stream)

    async def first() -> Any:
        async with asyncio.timeout(20.0), stream:
            return await anext(stream)

    return first()
