"""Where TLS is required, nothing is sent in clear text to another machine, whoever asks for it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quafu_runtime_api.api.programs import programs

from quafu_runtime.account import Account
from quafu_runtime.errors import AccountError
from quafu_runtime.service import RuntimeService
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import FACES, call

MAIN = "from quafu_runtime.cli import main; main()"
ELSEWHERE = "http://elsewhere.invalid:5050/"
Ask = Callable[[Any], Any]


@pytest.fixture
def way(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A proxy, which would see whatever is sent to another machine."""
    with fake_service() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        yield proxy


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.programs(),
        lambda client: client.run("vqe"),
        lambda client: client.job("a" * 32).status(),
        lambda client: programs.sync(client=client.api),
    ],
)
@pytest.mark.parametrize("told", ["argument", "environment", "profile"])
def test_clear_text_to_another_machine_is_refused_before_anything_is_sent(
    way: FakeService, face: str, ask: Ask, told: str, request: pytest.FixtureRequest
) -> None:
    home, monkeypatch = request.getfixturevalue("home"), request.getfixturevalue("monkeypatch")
    account = Account(TOKEN, url=ELSEWHERE, require_tls=True if told == "argument" else None)
    if told == "environment":
        monkeypatch.setenv("QUAFU_RUNTIME_REQUIRE_TLS", "1")
    if told == "profile":
        (home / ".quafu").mkdir()
        saved = {"token": TOKEN, "url": ELSEWHERE, "require_tls": True}
        (home / ".quafu" / "api").write_text(json.dumps({"quafu_runtime": {"profiles": {"lab": saved}}}))
        account = Account(profile="lab")

    with pytest.raises(AccountError, match="only sent encrypted") as caught:
        call(face, account, ask)

    assert 'url="https://' in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert way.connections == 0


@pytest.mark.parametrize("face", FACES)
def test_a_stream_in_clear_text_is_refused_although_the_rest_is_encrypted(way: FakeService, face: str) -> None:
    account = Account(TOKEN, url="https://elsewhere.invalid", ws_url="ws://elsewhere.invalid", require_tls=True)

    with pytest.raises(AccountError, match="wss://"):
        call(face, account, lambda client: client.programs())

    assert way.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "localhost", "[::1]", "[::ffff:127.0.0.1]", "LOCALHOST"])
def test_this_machine_may_be_spoken_to_in_clear_text(host: str) -> None:
    assert Account(TOKEN, url=f"http://{host}:1/", require_tls=True).get_url() == f"http://{host}:1/"


@pytest.mark.parametrize("host", ["128.0.0.1", "localhost.example", "10.0.0.1", "[::2]", "127.0.0.1.nip.io"])
def test_what_only_looks_like_this_machine_may_not(host: str) -> None:
    with pytest.raises(AccountError, match="only sent encrypted"):
        Account(TOKEN, url=f"http://{host}:1/", require_tls=True).get_url()


def test_a_saved_requirement_stays_with_the_profile_whatever_token_or_address_comes_after() -> None:
    Account(TOKEN, url="https://lab:1", profile="lab", require_tls=True).save()
    assert Account(profile="lab").credentials().require_tls

    Account("another-token", profile="lab").save()
    assert Account(profile="lab").credentials().require_tls
    with pytest.raises(AccountError, match="saved profile says"):
        Account("another-token", url="http://lab:1", profile="lab").save()

    Account("another-token", url="http://lab:1", profile="lab", require_tls=False).save()
    assert not Account(profile="lab").credentials().require_tls


def test_a_requirement_of_the_default_profile_holds_for_a_token_that_the_sdk_saves(home: Path) -> None:
    Account(TOKEN, url="https://lab:1", require_tls=True).save()
    path = home / ".quafu" / "api"
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "token": "of-the-sdk"}))

    with pytest.raises(AccountError, match="saved profile says"):
        Account().get_token()


def test_a_variable_that_is_neither_yes_nor_no_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAFU_RUNTIME_REQUIRE_TLS", "perhaps")

    with pytest.raises(AccountError, match=r"QUAFU_RUNTIME_REQUIRE_TLS is 1 or 0, not 'perhaps'"):
        Account(TOKEN, url="https://lab:1").get_token()


def test_a_login_that_requires_tls_refuses_clear_text_and_saves_it_otherwise(home: Path, way: FakeService) -> None:
    refused = login("--url", ELSEWHERE)
    assert refused.returncode == 1
    assert "only sent encrypted" in refused.stderr
    assert not (home / ".quafu" / "api").exists()

    saved = login("--url", "https://lab:1", "--no-check")
    assert saved.returncode == 0, saved.stderr
    assert Account(profile="lab").credentials().require_tls
    assert way.connections == 0


def test_a_copy_and_a_pickle_keep_the_requirement() -> None:
    import copy
    import pickle

    account = Account(url=ELSEWHERE, profile="lab", require_tls=True)
    for twin in (copy.copy(account), pickle.loads(pickle.dumps(account))):  # noqa: S301 - made here
        assert twin == account
    assert repr(RuntimeService(account)).endswith("require_tls=True))")


def login(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", MAIN, "login", "--profile", "lab", "--token-stdin", "--require-tls"]
    return subprocess.run(
        [*command, *options], input=TOKEN, capture_output=True, text=True, env=dict(os.environ), timeout=60, check=False
    )
