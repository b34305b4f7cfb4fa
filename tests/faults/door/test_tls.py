"""TLS of a service: what it is given is checked at the start, and callers' tokens never go in clear text unnoticed."""

import contextlib
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme
from starlette.responses import PlainTextResponse

from quafu_runtime import Account, RuntimeService
from quafu_runtime.errors import ArgumentError
from quafu_runtime.server.gate import Gate
from quafu_runtime.server.settings import Limits, Settings
from quafu_runtime.server.tls import cautions, server_context
from tests.faults.door.asking import ask
from tests.service_speaker import DEADLINE, TICKS, ServiceProcess, Speaker


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    for authority, name in ((trustme.CA(), "own"), (trustme.CA(), "other")):
        authority.cert_pem.write_to_path(folder / f"{name}-trusted.pem")
        certificate = authority.issue_cert("localhost", "127.0.0.1", key_type=trustme.KeyType.ECDSA)
        certificate.private_key_pem.write_to_path(folder / f"{name}.key")
        (folder / f"{name}.key").chmod(0o600)
        for number, blob in enumerate(certificate.cert_chain_pems):
            blob.write_to_path(folder / f"{name}.pem", append=number > 0)
    (folder / "nothing.pem").write_text("nothing\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def secure(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    folder = tmp_path_factory.mktemp("secure")
    options = (f"--tls-cert={files / 'own.pem'}", f"--tls-key={files / 'own.key'}", "--allow-host=localhost")
    with ServiceProcess(folder, "--max-jobs=1", "--save-profile", *options) as service:
        yield service


def test_programs_run_and_stream_over_tls(
    secure: ServiceProcess, files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(files / "own-trusted.pem"))
    speaker = secure.speaker
    assert speaker.url.startswith("https://localhost:")
    assert speaker.ws_url.startswith("wss://localhost:")
    (tmp_path / "ticks.py").write_text(TICKS, encoding="utf-8")
    with RuntimeService(Account(speaker.token, url=speaker.url, ws_url=speaker.ws_url)) as service:
        job = service.run(str(tmp_path / "ticks.py"), 3)
        assert list(job.stream()) == [b"tick 0", b"tick 1", b"tick 2"]
        assert job.result() == 3


def test_the_profile_that_is_saved_says_so(secure: ServiceProcess) -> None:
    environment = Path(f"/proc/{secure.process.pid}/environ").read_bytes().split(b"\0")
    home = next(entry.removeprefix(b"HOME=").decode() for entry in environment if entry.startswith(b"HOME="))
    saved = (Path(home) / ".quafu" / "api").read_text(encoding="utf-8")
    assert secure.speaker.url in saved
    assert secure.speaker.ws_url in saved


def test_who_speaks_in_clear_text_gets_no_answer(secure: ServiceProcess) -> None:
    place = urlsplit(secure.speaker.url)
    connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=DEADLINE)
    with contextlib.closing(connection):
        connection.request("GET", "/healthz")
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            connection.getresponse()


def test_a_stranger_does_not_trust_the_certificate(secure: ServiceProcess, files: Path) -> None:
    place = urlsplit(secure.speaker.url)
    context = ssl.create_default_context(cafile=str(files / "other-trusted.pem"))
    with (
        socket.create_connection(("127.0.0.1", place.port or 0), DEADLINE) as connection,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        context.wrap_socket(connection, server_hostname="localhost")


@pytest.mark.parametrize(
    ("certificate", "key", "reason"),
    [
        ("missing.pem", "own.key", "missing.pem cannot be read: No such file"),
        ("own.pem", "missing.key", "missing.key cannot be read: No such file"),
        ("own.pem", "other.key", "other.key is not that of the certificate"),
        ("nothing.pem", "own.key", "nothing.pem is no certificate"),
        ("own.pem", "nothing.pem", "nothing.pem is no private key"),
        ("own.pem", None, "own.pem is no private key"),
        (None, "own.key", "no certificate"),
    ],
)
def test_files_that_do_not_fit_are_named(files: Path, certificate: str | None, key: str | None, reason: str) -> None:
    settings = Settings(
        tls_cert=None if certificate is None else files / certificate, tls_key=None if key is None else files / key
    )
    with pytest.raises(ArgumentError, match=reason):
        server_context(settings)


def test_a_service_with_files_that_do_not_fit_does_not_start(files: Path, tmp_path: Path) -> None:
    options = [f"--data-dir={tmp_path / 'data'}", f"--tls-cert={files / 'own.pem'}", f"--tls-key={files / 'other.key'}"]
    ended = subprocess.run(
        [sys.executable, "-P", "-c", "from quafu_runtime.cli import main; main()", "serve", "--port=0", *options],
        check=False,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        env=dict(os.environ),
    )
    assert ended.returncode == 2
    assert "other.key is not that of the certificate" in ended.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "lab.example"])  # noqa: S104 - not bound
def test_clear_text_to_the_network_is_warned_of(host: str, files: Path) -> None:
    (caution,) = cautions(Settings(host=host))
    assert "--tls-cert" in caution
    assert cautions(Settings(host=host, tls_cert=files / "own.pem", tls_key=files / "own.key")) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_clear_text_on_the_machine_itself_is_not(host: str) -> None:
    assert cautions(Settings(host=host)) == []


def test_a_key_that_others_may_read_is_warned_of(files: Path, tmp_path: Path) -> None:
    key = tmp_path / "open.key"
    key.write_bytes((files / "own.key").read_bytes())
    key.chmod(0o640)
    (caution,) = cautions(Settings(tls_cert=files / "own.pem", tls_key=key))
    assert f"chmod 600 {key}" in caution


HOSTS = [
    ("127.0.0.1", "localhost", 200),
    ("127.0.0.1", "LOCALHOST:9999", 200),
    ("127.0.0.1", "[::1]:8642", 200),
    ("127.0.0.1", "lab.example", 200),
    ("127.0.0.1", "lab.example:443", 200),
    ("127.0.0.1", "evil.example", 400),
    ("127.0.0.1", "lab.example.evil.example", 400),
    ("127.0.0.1", "localhost.", 400),
    ("127.0.0.1", "evil.example@localhost", 400),
    ("127.0.0.1", "localhost/evil.example", 400),
    ("127.0.0.1", "localhost evil.example", 400),
    ("127.0.0.1", "192.168.0.7", 400),
    ("127.0.0.1", "", 400),
    ("0.0.0.0", "192.168.0.7:8642", 200),  # noqa: S104 - not bound
    ("0.0.0.0", "[2001:db8::1]", 200),  # noqa: S104 - not bound
    ("0.0.0.0", "evil.example", 400),  # noqa: S104 - not bound
    ("0.0.0.0", "192.168.0.7.evil.example", 400),  # noqa: S104 - not bound
]


@pytest.mark.parametrize(("bound", "host", "expected"), HOSTS)
def test_a_name_that_is_let_point_here_is_refused(bound: str, host: str, expected: int) -> None:
    assert _answered(bound, {"host": host}) == expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("http://localhost:8888", 200),
        ("https://lab.example", 200),
        ("null", 403),
        ("", 403),
        ("file://", 403),
        ("http://evil.example", 403),
        ("http://localhost@evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://[::1", 403),
    ],
)
def test_a_page_of_another_site_is_refused(origin: str, expected: int) -> None:
    assert _answered("127.0.0.1", {"host": "localhost", "origin": origin}) == expected


def test_a_running_service_knows_the_names_that_it_was_given(owner: Speaker) -> None:
    assert owner.raw("GET", "/healthz", Host="lab.example:8642").status == 200
    answer = owner.raw("GET", "/healthz", Host="evil.example")
    assert (answer.status, json.loads(answer.body)["status"]) == (400, 400)
    assert owner.raw("GET", "/runtime/programs", Origin="null").status == 403


def _answered(bound: str, headers: dict[str, str]) -> int:
    """The status with which a gate answers, or that of what is behind it."""
    return ask(Gate(PlainTextResponse("in"), bound, ["lab.example"], Limits()), headers).status_code
