"""Nothing that an account prints, raises or pickles shows its token."""

import copy
import json
import logging
import pickle
import traceback
from pathlib import Path

import pytest

from quafu_runtime import Account, AccountError

SECRET = "s3cret-t0ken-that-nobody-may-see"


def unpickled(data: bytes) -> Account:
    account = pickle.loads(data)  # noqa: S301 - made by the test itself
    assert isinstance(account, Account)
    return account


def test_no_repr_shows_the_token() -> None:
    account = Account(SECRET, url="http://h:1", profile="lab")
    assert repr(account) == "Account(api_token='***', url='http://h:1', profile='lab')"
    assert account.get_token() == SECRET
    for text in (repr(account), str(account), f"{account}", repr([account]), repr(account.credentials())):
        assert SECRET not in text
    assert repr(Account()) == "Account()"


def test_an_account_has_no_dictionary_that_would_show_it() -> None:
    assert not hasattr(Account(SECRET), "__dict__")


def test_a_log_of_an_account_does_not_show_the_token(caplog: pytest.LogCaptureFixture) -> None:
    account = Account(SECRET)
    logging.getLogger("test").warning("using %s, %r", account, account.credentials())
    assert SECRET not in caplog.text


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_never_holds_the_token(protocol: int) -> None:
    account = Account(SECRET, url="http://h:1", ws_url="ws://h:2", profile="lab")
    account.get_token()
    data = pickle.dumps(account, protocol)
    assert SECRET.encode() not in data
    back = unpickled(data)
    assert repr(back) == "Account(url='http://h:1', ws_url='ws://h:2', profile='lab')"
    for again in (back, unpickled(pickle.dumps(back)), copy.copy(back)):
        with pytest.raises(AccountError, match="came out of a pickle, which never holds a token"):
            again.get_token()


def test_credentials_are_never_pickled() -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(Account(SECRET).credentials())


def test_a_withheld_token_is_not_replaced_by_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pickle.dumps(Account(SECRET, url="http://h:1"))
    monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", "for-elsewhere")
    with pytest.raises(AccountError, match="pickle"):
        unpickled(data).get_token()


def test_a_pickled_account_of_a_profile_finds_its_token_again() -> None:
    Account(SECRET, url="http://h:1", profile="lab").save()
    account = Account(profile="lab")
    account.get_token()
    data = pickle.dumps(account)
    assert SECRET.encode() not in data
    back = unpickled(data)
    assert (back.get_token(), back.get_url()) == (SECRET, "http://h:1")


def test_an_account_out_of_a_pickle_may_be_given_a_token_or_load_one() -> None:
    back = unpickled(pickle.dumps(Account(SECRET)))
    back.save_api_token("new")
    assert back.get_token() == "new"
    again = unpickled(pickle.dumps(Account(SECRET)))
    again.load_account()
    assert again.get_token() == "new"


def test_copies_have_the_token() -> None:
    account = Account(SECRET, url="http://h:1")
    for twin in (copy.copy(account), copy.deepcopy(account), copy.deepcopy([account])[0]):
        assert twin == account
        assert twin is not account
        assert twin.get_token() == SECRET


def test_accounts_are_equal_when_they_were_given_the_same() -> None:
    assert Account("a") == Account("a")
    assert Account("a") != Account("b")
    assert Account("a") != Account("a", url="http://h:1")
    assert Account("a") != Account()
    assert Account("a", profile="x") != Account("a", profile="y")
    assert Account("a") != "a"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Account("a"))


def everything_in(error: BaseException) -> str:
    """All that a logger or a crash report could make of an error, without its frames."""
    chain, parts = [error], []
    while chain:
        link = chain.pop()
        parts += ["".join(traceback.format_exception(link)), repr(link), repr(link.args), repr(vars(link))]
        parts.append(repr(getattr(link, "doc", "")))
        chain += [inner for inner in (link.__cause__, link.__context__) if inner]
    return "\n".join(parts)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"token": "{SECRET}", ',
        f'{{"token": "{SECRET}"}} trailing',
        f'["{SECRET}"]',
        f"{SECRET}\nhttps://url\nthird line",
        f"{SECRET} with spaces",
        f'{{"token": "{SECRET}", "quafu_runtime": 5}}',
        f'{{"token": "{SECRET} x"}}',
        f'{{"quafu_runtime": {{"profiles": {{"default": 1, "lab": {{"token": "{SECRET}", "url": "{SECRET}@h"}}}}}}}}',
    ],
)
def test_no_error_about_the_file_shows_the_token(home: Path, text: str) -> None:
    (home / ".quafu").mkdir()
    (home / ".quafu" / "api").write_text(text)
    for account in (Account(), Account(profile="lab")):
        with pytest.raises(AccountError) as caught:
            account.get_token()
        assert SECRET not in everything_in(caught.value)


def test_the_file_of_a_default_account_has_nothing_of_the_token_but_itself(home: Path) -> None:
    Account(SECRET).save()
    assert json.loads((home / ".quafu" / "api").read_text()) == {"token": SECRET}
