"""Which token goes to which service."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import Account, AccountError

DEPLOYED = ("http://119.3.224.187:5050/", "ws://119.3.224.187:8760")
ENV_TOKEN, ENV_URL, ENV_WS_URL = "QUAFU_RUNTIME_API_TOKEN", "QUAFU_RUNTIME_URL", "QUAFU_RUNTIME_WS_URL"


def write(home: Path, document: Any) -> None:
    (home / ".quafu").mkdir()
    (home / ".quafu" / "api").write_text(document if isinstance(document, str) else json.dumps(document))


def found(account: Account) -> tuple[str, str, str]:
    return account.get_token(), account.get_url(), account.get_url_ws()


def test_a_token_alone_is_for_the_deployed_service() -> None:
    assert found(Account("mine")) == ("mine", *DEPLOYED)


def test_a_url_gives_the_web_socket_the_same_host_and_port() -> None:
    assert found(Account("t", url="http://127.0.0.1:8765/")) == ("t", "http://127.0.0.1:8765/", "ws://127.0.0.1:8765")
    assert Account("t", url="https://lab.example/quafu/").get_url_ws() == "wss://lab.example/quafu"
    assert Account("t", url="http://[::1]:80").get_url_ws() == "ws://[::1]:80"


def test_a_web_socket_url_that_is_given_is_taken() -> None:
    account = Account("t", url="http://127.0.0.1:1", ws_url="ws://127.0.0.1:2")
    assert found(account) == ("t", "http://127.0.0.1:1", "ws://127.0.0.1:2")


def test_an_argument_wins_over_the_environment_and_that_over_the_default_profile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, {"token": "saved"})
    assert found(Account()) == ("saved", *DEPLOYED)
    monkeypatch.setenv(ENV_TOKEN, "from-environment")
    assert found(Account()) == ("from-environment", *DEPLOYED)
    assert found(Account("mine")) == ("mine", *DEPLOYED)


def test_the_environment_s_token_has_the_environment_s_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_TOKEN, "t")
    monkeypatch.setenv(ENV_URL, "http://lab:1/")
    assert found(Account()) == ("t", "http://lab:1/", "ws://lab:1")
    monkeypatch.setenv(ENV_WS_URL, "ws://lab:2")
    assert found(Account()) == ("t", "http://lab:1/", "ws://lab:2")


def test_a_token_given_alone_is_for_the_service_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_TOKEN, "other")
    monkeypatch.setenv(ENV_URL, "http://lab:1/")
    assert found(Account("mine")) == ("mine", "http://lab:1/", "ws://lab:1")


def test_an_explicit_url_overrides_and_brings_its_own_web_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENV_TOKEN, "t")
    monkeypatch.setenv(ENV_URL, "http://lab:1/")
    monkeypatch.setenv(ENV_WS_URL, "ws://lab:2")
    assert found(Account(url="http://here:3")) == ("t", "http://here:3", "ws://here:3")
    assert Account(ws_url="ws://here:4").get_url() == "http://lab:1/"


def test_empty_variables_are_as_if_they_were_not_set(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, {"token": "saved"})
    for name in (ENV_TOKEN, ENV_URL, ENV_WS_URL):
        monkeypatch.setenv(name, "")
    assert found(Account()) == ("saved", *DEPLOYED)


@pytest.mark.parametrize("name", [ENV_URL, ENV_WS_URL])
def test_a_saved_token_is_not_sent_to_a_service_that_only_the_environment_names(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write(home, {"token": "saved-token"})
    monkeypatch.setenv(name, {ENV_URL: "http://lab:1/", ENV_WS_URL: "ws://lab:1"}[name])
    for get in (Account().get_token, Account().get_url, Account().get_url_ws):
        with pytest.raises(AccountError, match=r"is sent nowhere else\. Set QUAFU_RUNTIME_API_TOKEN") as caught:
            get()
        assert "saved-token" not in str(caught.value)
    assert found(Account(url="http://lab:1/")) == ("saved-token", "http://lab:1/", "ws://lab:1")


def test_the_environment_may_name_the_service_that_a_saved_token_is_for(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENV_URL, "http://lab:1")
    Account("mine").save()
    assert found(Account()) == ("mine", "http://lab:1", "ws://lab:1")
    assert (home / ".quafu" / "api").exists()


def test_a_profile_that_is_named_has_its_own_token_and_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    Account("lab-token", url="http://lab:1", profile="lab").save()
    Account("cloud-token").save()
    monkeypatch.setenv(ENV_TOKEN, "from-environment")
    monkeypatch.setenv(ENV_URL, "http://elsewhere:1")
    assert found(Account(profile="lab")) == ("lab-token", "http://lab:1", "ws://lab:1")
    assert found(Account(profile="default")) == ("cloud-token", *DEPLOYED)


def test_a_new_token_for_a_named_profile_is_for_its_service() -> None:
    Account("old", url="http://lab:1", ws_url="ws://lab:2", profile="lab").save()
    Account(profile="lab").save_api_token("new")
    assert found(Account(profile="lab")) == ("new", "http://lab:1", "ws://lab:2")


def test_a_token_that_the_sdk_saves_later_is_for_the_deployed_service(home: Path) -> None:
    Account("lab-token", url="http://lab:1").save()
    path = home / ".quafu" / "api"
    assert found(Account()) == ("lab-token", "http://lab:1", "ws://lab:1")
    document = json.loads(path.read_text())
    document["token"] = "quafu-token"
    path.write_text(json.dumps(document))
    assert found(Account()) == ("quafu-token", *DEPLOYED)


def test_an_account_with_nothing_saved_says_how_to_give_a_token() -> None:
    account = Account()
    for get in (account.get_token, account.get_url, account.get_url_ws, account.save, account.load_account):
        with pytest.raises(AccountError) as caught:
            get()
        for way in ("Account(api_token=", "QUAFU_RUNTIME_API_TOKEN", "save", "quafu-runtime login"):
            assert way in str(caught.value)


def test_an_account_with_only_named_profiles_saved_names_them() -> None:
    Account("t", url="http://127.0.0.1:1", profile="local").save()
    with pytest.raises(AccountError, match=r"Saved profiles that Account\(profile=…\) takes: local\."):
        Account().get_token()


def test_an_unknown_profile_is_an_error_that_names_the_saved_ones() -> None:
    with pytest.raises(AccountError, match=r'There is no profile "lab" in .*/\.quafu/api; saved are: none\.'):
        Account(profile="lab").get_token()
    Account("t").save()
    Account("t", profile="local").save()
    with pytest.raises(AccountError, match=r"saved are: default, local\."):
        Account(profile="lab").get_token()


def test_the_three_getters_agree_also_when_the_file_changes_in_between(home: Path) -> None:
    Account("one", url="http://one:1").save()
    account = Account()
    assert account.get_token() == "one"
    Account("two", url="http://two:2").save()
    assert found(account) == ("one", "http://one:1", "ws://one:1")
    assert home.exists()


def test_loading_takes_the_saved_account_and_forgets_the_arguments() -> None:
    Account("saved", url="http://lab:1").save()
    account = Account("mine", url="http://elsewhere:1")
    account.load_account()
    assert found(account) == ("saved", "http://lab:1", "ws://lab:1")


def test_what_was_loaded_is_found_again_after_a_new_token_and_after_a_pickle() -> None:
    Account("saved", url="http://lab:1").save()
    account = Account("mine", url="http://elsewhere:1")
    account.load_account()
    assert found(pickle.loads(pickle.dumps(account))) == ("saved", "http://lab:1", "ws://lab:1")  # noqa: S301 - made here
    account.save_api_token("new")
    assert found(account) == found(Account()) == ("new", "http://lab:1", "ws://lab:1")


def test_a_new_token_takes_the_place_of_one_that_was_used() -> None:
    account = Account("old")
    assert account.get_token() == "old"
    account.save_api_token("new")
    assert found(account) == found(Account()) == ("new", *DEPLOYED)


def test_a_token_saved_for_another_service_and_then_for_the_deployed_one_is_for_that() -> None:
    Account("t", url="http://lab:1").save()
    Account("t").save()
    assert found(Account()) == ("t", *DEPLOYED)


def test_the_deployed_guide_s_first_step_works() -> None:
    account = Account()
    account.save_apitoken("mine")
    account.load_account()
    assert found(account) == found(Account()) == ("mine", *DEPLOYED)


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", "is empty"),
        ("a\nb", "line breaks"),
        ("a b", "spaces"),
        ("töken", "characters beyond ASCII"),
        ("令牌", "characters beyond ASCII"),
        ("secret\r\nX-Evil: 1", "line breaks"),
        (b"bytes", "is of type bytes"),
        (5, "is of type int"),
    ],
)
def test_a_token_that_no_header_can_carry_is_refused_without_being_shown(token: Any, message: str) -> None:
    for give in (lambda: Account(token), lambda: Account().save_api_token(token)):
        with pytest.raises(AccountError, match=message) as caught:
            give()
        assert not token or str(token) not in str(caught.value)


def test_a_bad_token_in_the_environment_or_the_file_is_named_by_its_place(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, {"token": "a b"})
    with pytest.raises(AccountError, match=r'the profile "default" in .*/\.quafu/api has spaces'):
        Account().get_token()
    monkeypatch.setenv(ENV_TOKEN, "a\nb")
    with pytest.raises(AccountError, match="the environment variable QUAFU_RUNTIME_API_TOKEN has spaces"):
        Account().get_token()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("127.0.0.1:8765", "does not begin with http:// or https://"),
        ("ftp://host/", "does not begin with http://"),
        ("ws://host", "does not begin with http://"),
        ("http://", "names no host"),
        ("http://host:99999", "no valid host and port"),
        ("http://host:x", "no valid host and port"),
        ("http://[::1", "no valid host and port"),
        ("http://user:secret@host/", "a user name or a password"),
        ("http://host/?token=x", "a query or a fragment"),
        ("http://host/#x", "a query or a fragment"),
        ("http://ho st/", "spaces or control characters"),
        ("http://host/\n", "spaces or control characters"),
        ("", "does not begin with"),
        (5, "is of type int"),
    ],
)
def test_a_url_that_is_none_is_refused(url: Any, message: str) -> None:
    with pytest.raises(AccountError, match=message) as caught:
        Account("t", url=url)
    assert "secret" not in str(caught.value)


def test_urls_of_the_wrong_kind_are_refused_in_the_environment_and_the_file_too(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AccountError, match="'http://host' from the argument ws_url does not begin with ws://"):
        Account("t", ws_url="http://host")
    write(home, {"quafu_runtime": {"profiles": {"lab": {"token": "t", "url": "lab"}}}})
    with pytest.raises(AccountError, match='from the profile "lab"'):
        Account(profile="lab").get_url()
    monkeypatch.setenv(ENV_TOKEN, "t")
    monkeypatch.setenv(ENV_URL, "lab")
    with pytest.raises(AccountError, match="the environment variable QUAFU_RUNTIME_URL"):
        Account().get_url()


@pytest.mark.parametrize("name", ["", "a b", "../x", "ключ", ".hidden", "x" * 65, 5])
def test_a_profile_s_name_is_simple(name: Any) -> None:
    with pytest.raises(AccountError, match="is no name for a profile"):
        Account("t", profile=name)
