"""The doctor on the way to a service: each fault is a real one, on a port of this machine."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from quafu_runtime_api import SPEC_VERSION

from quafu_runtime.account import Account
from quafu_runtime.doctor import Finding, Outcome, examine
from quafu_runtime.errors import ArgumentError
from tests.fakes.answers import page, raw_json, silence, text
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.proxy import fake_proxy
from tests.fakes.streams import FakeStreams, fake_streams
from tests.fakes.tls import server_context

NAME = "service.example"
OF_MACHINE = ("no", "all", "http", "https", "ws", "wss")


@pytest.fixture(autouse=True)
def _nothing_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*(f"{name}_proxy" for name in OF_MACHINE), "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def on(service: FakeService, streams: FakeStreams, token: str = TOKEN) -> Account:
    return Account(token, url=service.url, ws_url=streams.url)


def journey(account: Account, timeout: float = 10.0) -> dict[str, Finding]:
    """What was found of the account and after that, by check."""
    findings = examine(account, timeout=timeout)
    for finding in findings:
        assert finding.outcome is Outcome.OK or finding.remedy
        assert TOKEN not in str(finding)
    checks = [finding.check for finding in findings]
    return {finding.check: finding for finding in findings[checks.index("account") :]}


def failed(found: dict[str, Finding]) -> list[str]:
    return [check for check, finding in found.items() if finding.outcome is Outcome.FAIL]


def announcing(version: str, *features: str) -> Any:
    data = {"version": version, "server": "a fake", "features": list(features)}
    return raw_json({"code": 200, "message": "success", "data": data})


def test_a_service_like_the_deployed_one_is_in_order(service: FakeService) -> None:
    with fake_streams() as streams:
        found = journey(on(service, streams))
        (handshake,) = streams.handshakes

    assert list(found) == ["account", "connection", "service", "token", "contract", "websocket"]
    assert {finding.outcome for finding in found.values()} == {Outcome.OK}
    assert "no extensions" in found["contract"].message
    assert "not sent again" in found["websocket"].message
    assert (handshake["api_token"], handshake["sec-websocket-protocol"]) == (TOKEN, "quafu-runtime.events.v1")


def test_a_service_like_our_own_is_told_with_its_extensions(service: FakeService) -> None:
    service.always("capabilities", announcing(SPEC_VERSION, "seed", "events"))
    with fake_streams(subprotocol=True) as streams:
        found = journey(on(service, streams))

    assert failed(found) == []
    assert "extensions: events, seed" in found["contract"].message
    assert "nothing is missed" in found["websocket"].message


def test_a_stream_of_the_user_s_own_job_is_opened_where_jobs_can_be_listed(service: FakeService) -> None:
    service.always("capabilities", announcing(SPEC_VERSION, "jobs"))
    service.always("jobs", raw_json({"code": 200, "data": {"jobs": [{"job_id": "job-of-mine"}], "count": 1}}))
    with fake_streams() as streams:
        journey(on(service, streams))
        assert streams.handshakes[0]["job_id"] == "job-of-mine"


def test_a_port_that_nobody_listens_at_fails_and_is_not_asked_further(service: FakeService) -> None:
    port = free_port()
    found = journey(Account(TOKEN, url=f"http://127.0.0.1:{port}"))

    assert list(found) == ["account", "connection"]
    assert found["connection"].outcome is Outcome.FAIL
    assert f"127.0.0.1, port {port}, cannot be reached: Connection refused" in found["connection"].message
    assert service.requests == []


def test_a_name_that_nobody_knows_fails() -> None:
    found = journey(Account(TOKEN, url="https://nobody-has-this-name.invalid"))
    assert failed(found) == ["name"]
    assert "nobody-has-this-name.invalid cannot be resolved" in found["name"].message
    assert "spelling" in str(found["name"].remedy)


def test_a_token_that_is_refused_fails_with_its_place_and_the_command_that_replaces_it(service: FakeService) -> None:
    with fake_streams() as streams:
        Account("an-old-token", url=service.url, ws_url=streams.url, profile="lab").save()
        found = journey(Account(profile="lab"))

    assert failed(found) == ["token"]
    assert found["service"].outcome is Outcome.OK
    assert 'It came from the profile "lab" in ' in found["token"].message
    assert "`quafu-runtime login --profile lab`" in str(found["token"].remedy)
    assert "an-old-token" not in str(found["token"])


def test_a_page_of_a_proxy_in_the_place_of_the_service_fails(service: FakeService) -> None:
    service.always("programs", page("Log in to the guest network"))
    with fake_streams() as streams:
        found = journey(on(service, streams))

    assert failed(found) == ["service"]
    assert "Log in to the guest network" in found["service"].message
    assert "no proxy's page" in str(found["service"].remedy)
    assert "token" not in found


def test_a_server_of_another_kind_fails(service: FakeService) -> None:
    service.always("programs", text("<h1>It works!</h1>", 404))
    with fake_streams() as streams:
        assert failed(journey(on(service, streams))) == ["service"]


def test_a_service_that_says_nothing_fails_in_bounded_time(service: FakeService) -> None:
    service.always("programs", silence(service.over))
    with fake_streams() as streams:
        found = journey(on(service, streams), timeout=0.3)
    assert failed(found) == ["service"]
    assert "did not answer within 0.3 seconds" in found["service"].message


def test_a_contract_of_another_major_version_fails(service: FakeService) -> None:
    service.always("capabilities", announcing("99.1.0"))
    with fake_streams() as streams:
        found = journey(on(service, streams))
    assert failed(found) == ["contract"]
    assert f"version 99.1.0 of the contract, this client {SPEC_VERSION}" in found["contract"].message
    assert "pip install --upgrade" in str(found["contract"].remedy)


@pytest.mark.parametrize(
    ("hours", "outcome", "which"), [(-2, "warn", "ahead of"), (0, "ok", "agree"), (3, "warn", "behind")]
)
def test_a_clock_that_differs_from_the_service_s_is_a_warning(
    service: FakeService, hours: int, outcome: str, which: str
) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    body = '{"status": 200, "msg": "", "data": {"programs": [], "count": 0}}'
    service.always("programs", text(body, 200, "application/json", Date=date))
    with fake_streams() as streams:
        finding = journey(on(service, streams))["clock"]
    assert (finding.outcome, which in finding.message) == (outcome, True)


@pytest.mark.parametrize("status", [403, 404, 502])
def test_a_handshake_that_is_refused_by_no_service_fails(service: FakeService, status: int) -> None:
    with fake_streams() as streams:
        streams.refuse(status, b"<title>No upgrades here</title>")
        found = journey(on(service, streams))
    assert failed(found) == ["websocket"]
    assert f"HTTP status {status}" in found["websocket"].message
    assert "No upgrades here" in found["websocket"].message


def test_a_service_that_knows_no_job_of_that_id_has_streams_all_the_same(service: FakeService) -> None:
    with fake_streams() as streams:
        streams.refuse(404, b'{"code": 404, "message": "Job not found."}')
        assert failed(journey(on(service, streams))) == []


def test_a_stream_that_refuses_the_token_fails_with_its_place(service: FakeService) -> None:
    with fake_streams() as streams:
        streams.refuse(401, b'{"code": 401, "message": "who?"}')
        found = journey(on(service, streams))
    assert failed(found) == ["websocket"]
    assert "came from the argument api_token" in found["websocket"].message


def test_a_stream_s_port_that_nobody_listens_at_fails(service: FakeService) -> None:
    found = journey(Account(TOKEN, url=service.url, ws_url=f"ws://127.0.0.1:{free_port()}"))
    assert failed(found) == ["websocket"]
    assert "ws_url" in str(found["websocket"].remedy)


def test_a_sub_protocol_that_is_lost_on_the_way_is_a_warning(service: FakeService) -> None:
    service.always("capabilities", announcing(SPEC_VERSION, "events"))
    with fake_streams() as streams:
        finding = journey(on(service, streams))["websocket"]
    assert finding.outcome is Outcome.WARN
    assert "Sec-WebSocket-Protocol" in str(finding.remedy)


def test_a_trusted_certificate_is_told_with_its_end(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(tmp_path, ends=datetime.now(UTC) + timedelta(days=100))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    found = encrypted_journey(service, context)
    assert failed(found) == []
    assert f"valid until {datetime.now(UTC) + timedelta(days=100):%Y-%m-%d}" in found["tls"].message


def test_a_certificate_that_ends_soon_is_a_warning(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(tmp_path, ends=datetime.now(UTC) + timedelta(days=3))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    assert encrypted_journey(service, context)["tls"].outcome is Outcome.WARN


def test_an_unknown_authority_fails_and_the_token_is_not_sent(service: FakeService, tmp_path: Path) -> None:
    found = encrypted_journey(service, server_context(tmp_path))
    assert failed(found) == ["tls", "websocket"]
    for check in ("tls", "websocket"):
        assert "is not accepted: unable to get local issuer certificate" in found[check].message
        assert "SSL_CERT_FILE" in str(found[check].remedy)
    assert service.requests == []


def test_an_expired_certificate_fails(service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    context = server_context(tmp_path, begins=now - timedelta(days=9), ends=now - timedelta(days=1))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    found = encrypted_journey(service, context)
    assert failed(found) == ["tls", "websocket"]
    assert "certificate has expired" in found["tls"].message
    assert "clock" in str(found["tls"].remedy)


def test_a_certificate_for_another_name_fails(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(tmp_path, "another.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    found = encrypted_journey(service, context)
    assert failed(found) == ["tls", "websocket"]
    assert "use the name that the certificate is for" in str(found["tls"].remedy)


def test_a_service_without_tls_at_an_https_url_fails(service: FakeService) -> None:
    with fake_streams() as streams:
        found = journey(Account(TOKEN, url=service.url.replace("http:", "https:"), ws_url=streams.url))
    assert failed(found) == ["tls"]
    assert "No TLS at https://127.0.0.1" in found["tls"].message
    assert "http://" in str(found["tls"].remedy)


def test_a_proxy_that_is_down_fails_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:the-password@127.0.0.1:{port}")
    found = journey(Account(TOKEN, url=f"https://{NAME}"))
    assert list(found) == ["account", "proxy"]
    assert f"The proxy http://127.0.0.1:{port} that HTTPS_PROXY names cannot be reached" in found["proxy"].message
    assert "NO_PROXY" in str(found["proxy"].remedy)
    assert "the-password" not in str(found)


def test_a_proxy_that_lets_nobody_through_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_proxy({}, user="me:right") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:the-wrong-one@{proxy.address}")
        found = journey(Account(TOKEN, url=f"https://{NAME}"))
    assert found["proxy"].outcome is Outcome.FAIL
    assert "407" in found["proxy"].message
    assert "the-wrong-one" not in str(found)


def test_a_proxy_that_cannot_be_used_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    found = journey(Account(TOKEN, url=f"https://{NAME}"))
    assert found["proxy"].outcome is Outcome.FAIL
    assert "ALL_PROXY has the scheme socks5://" in found["proxy"].message


def test_a_service_behind_a_proxy_and_a_private_authority_is_in_order(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(tmp_path, NAME, "streams.example")
    service.encrypt(context)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    with fake_streams(context=context) as streams:
        routes = {NAME: service.port, "streams.example": int(streams.url.rpartition(":")[2])}
        with fake_proxy(routes) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://{proxy.address}")
            found = journey(Account(TOKEN, url=f"https://{NAME}", ws_url="wss://streams.example"))
    assert list(found) == ["account", "proxy", "tls", "service", "token", "contract", "websocket"]
    assert failed(found) == []


def test_a_certificate_is_told_of_a_service_that_says_nothing_more(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = server_context(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "trusted.pem"))
    for operation in ("", "programs"):
        service.always(operation, silence(service.over))
    found = encrypted_journey(service, context, timeout=1.0)
    assert failed(found) == ["service"]
    assert "the certificate is trusted" in found["tls"].message


def test_clear_text_to_another_machine_is_a_warning_and_no_python_warning(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fake_streams() as streams, fake_proxy({"clear-doctor.example": service.port}) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.address}")
        found = journey(Account(TOKEN, url="http://clear-doctor.example", ws_url=streams.url))
    assert found["encryption"].outcome is Outcome.WARN
    assert failed(found) == []


@pytest.mark.parametrize("timeout", [0, -1.0, float("nan"), "5"])
def test_a_time_out_that_is_none_is_refused(timeout: Any) -> None:
    with pytest.raises(ArgumentError, match="timeout"):
        examine(timeout=timeout)


def encrypted_journey(service: FakeService, context: Any, timeout: float = 10.0) -> dict[str, Finding]:
    service.encrypt(context)
    with fake_streams(context=context) as streams:
        url, ws_url = service.url.replace("http:", "https:"), streams.url.replace("ws:", "wss:")
        return journey(Account(TOKEN, url=url, ws_url=ws_url), timeout)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
