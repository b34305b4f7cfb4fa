"""Which profile is used, and what somebody is told whose token is refused: where it came from, how to replace it."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime.account import Account
from quafu_runtime.errors import AccountError, AuthenticationError
from tests.fakes.answers import envelope, http
from tests.fakes.deployed import FakeService
from tests.fakes.faces import FACES, call
from tests.fakes.streams import fake_streams

DEPLOYED = "http://119.3.224.187:5050/"
PROFILE, TOKEN, URL = "QUAFU_RUNTIME_PROFILE", "QUAFU_RUNTIME_API_TOKEN", "QUAFU_RUNTIME_URL"


@pytest.fixture(autouse=True)
def _three_profiles() -> None:
    Account("default-token").save()
    Account("lab-token", url="http://lab:1", profile="lab").save()
    Account("home-token", url="http://home:2", profile="home").save()


def found(account: Account) -> tuple[str, str]:
    return account.get_token(), account.get_url()


def test_the_environment_names_the_profile_where_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(Account()) == ("default-token", DEPLOYED)
    monkeypatch.setenv(PROFILE, "lab")
    assert found(Account()) == ("lab-token", "http://lab:1")
    assert found(Account(profile="home")) == ("home-token", "http://home:2")
    monkeypatch.setenv(PROFILE, "")
    assert found(Account()) == ("default-token", DEPLOYED)


def test_a_token_in_the_environment_wins_over_a_profile_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROFILE, "lab")
    monkeypatch.setenv(TOKEN, "environment-token")
    assert found(Account()) == ("environment-token", DEPLOYED)
    assert found(Account(profile="home")) == ("home-token", "http://home:2")


def test_a_token_given_alone_is_for_the_service_of_the_environment_s_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROFILE, "lab")
    assert found(Account("mine")) == ("mine", "http://lab:1")
    assert found(Account("mine", url="http://here:3")) == ("mine", "http://here:3")
    assert found(Account("mine", profile="home")) == ("mine", "http://home:2")
    monkeypatch.setenv(URL, "http://elsewhere:4")
    assert found(Account("mine")) == ("mine", "http://elsewhere:4")


def test_a_profile_s_token_is_not_sent_to_a_service_that_only_a_variable_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROFILE, "lab")
    monkeypatch.setenv(URL, "http://elsewhere:4")
    with pytest.raises(AccountError, match=r'the token of the profile "lab" in .* is sent nowhere else'):
        Account().get_token()


def test_an_unknown_profile_in_the_environment_is_an_error_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PROFILE, "work")
    with pytest.raises(AccountError) as caught:
        Account().get_token()
    for part in (
        'no profile "work"',
        "environment variable QUAFU_RUNTIME_PROFILE",
        "default, home, lab",
        "`quafu-runtime login --profile work`",
    ):
        assert part in str(caught.value)
    monkeypatch.setenv(PROFILE, "../work")
    with pytest.raises(AccountError, match="is no name for a profile"):
        Account().get_token()


def test_saving_loading_and_deleting_are_for_the_environment_s_profile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PROFILE, "lab")
    Account("new-token").save()
    assert found(Account()) == ("new-token", "http://lab:1")
    account = Account()
    account.load_account()
    assert (account.profile, *found(account)) == ("lab", "new-token", "http://lab:1")
    Account().delete()
    assert Account.profiles() == ["default", "home"]
    assert json.loads((home / ".quafu" / "api").read_text())["token"] == "default-token"


PLACES: dict[str, Any] = {
    "argument": (
        lambda url, ws: Account("a-bad-token", url=url, ws_url=ws),
        "the argument api_token",
        "Account(api_token",
    ),
    "profile": (lambda url, ws: _saved("lab", url, ws), 'the profile "lab" in ', "`quafu-runtime login --profile lab`"),
    "default": (lambda url, ws: _saved("default", url, ws), 'the profile "default" in ', "`quafu-runtime login`"),
}


def _saved(name: str, url: str, ws_url: str) -> Account:
    Account("a-bad-token", url=url, ws_url=ws_url, profile=name).save()
    return Account(profile=name)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("place", PLACES)
def test_a_token_that_is_refused_says_where_it_came_from_and_how_to_replace_it(
    service: FakeService, face: str, place: str
) -> None:
    make, source, remedy = PLACES[place]
    with fake_streams() as streams:
        account = make(service.url, streams.url)
        for refusal in (None, envelope(400, "expired", code_key="code", text_key="message"), http(401, "expired")):
            if refusal is not None:
                service.script("programs", refusal)
            with pytest.raises(AuthenticationError) as caught:
                call(face, account, lambda client: client.programs())
            assert_told(caught.value, source, remedy, service.url)
        streams.refuse(401, b'{"code": 401, "message": "expired"}')
        with pytest.raises(AuthenticationError) as caught:
            call(face, account, lambda client: first(client.job("j").stream()))
        assert_told(caught.value, source, remedy, service.url)


def test_a_token_of_the_environment_that_is_refused_names_the_variable(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN, "a-bad-token")
    monkeypatch.setenv(URL, service.url)
    with pytest.raises(AuthenticationError) as caught:
        call("sync", Account(), lambda client: client.programs())
    assert_told(caught.value, f"the environment variable {TOKEN}", f"set {TOKEN} to it", service.url)


def test_a_url_that_overrides_a_profile_s_keeps_the_profile_as_the_source(service: FakeService) -> None:
    with pytest.raises(AuthenticationError) as caught:
        call("sync", Account(profile="lab", url=service.url), lambda client: client.programs())
    assert_told(caught.value, 'the profile "lab"', "--profile lab", service.url)


def assert_told(error: AuthenticationError, source: str, remedy: str, url: str) -> None:
    assert "does not accept the token" in str(error)
    assert f"It came from {source}" in str(error)
    assert f"and is for {url}" in str(error)
    assert remedy in str(error)
    assert "a-bad-token" not in f"{error!s} {error!r} {vars(error)}"


def first(stream: Any) -> Any:
    if hasattr(stream, "__next__"):
        with stream:
            return next(stream)

    async def one() -> Any:
        async with stream:
            return await anext(stream)

    return one()


def test_both_faces_and_their_accounts_follow_the_environment(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from quafu_runtime.aio import AsyncRuntimeService
    from quafu_runtime.service import RuntimeService
    from tests.fakes.deployed import TOKEN as GOOD

    Account(GOOD, url=service.url, profile="good").save()
    monkeypatch.setenv(PROFILE, "good")
    with RuntimeService() as client:
        assert client.programs() == []

    async def main() -> Any:
        async with AsyncRuntimeService() as awaited:
            return await awaited.programs()

    assert asyncio.run(main()) == []
