"""Bad account files, variables and addresses: an `AccountError` that names the place, and never shows a token."""

import os
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from tests.faults.inputs.account_rows import FILE_ROWS, TOKENS, URL_ROWS, FileRow, UrlRow

LONGEST_MESSAGE = 1_000


def _refusal(**arguments: Any) -> str:
    with pytest.raises((errors.AccountError, errors.ArgumentError)) as caught:
        _use(**arguments)
    message = str(caught.value)
    assert len(message) < LONGEST_MESSAGE
    assert message.isprintable()
    assert "t0ken-of-nobody" not in message
    return message


def _use(**arguments: Any) -> None:
    account = Account(**arguments)
    account.get_token()
    account.get_url()


@pytest.mark.parametrize("row", FILE_ROWS, ids=lambda row: row.name)
def test_a_bad_account_file_is_named_and_left_as_it_is(home: Path, row: FileRow) -> None:
    path = home / ".quafu" / "api"
    path.parent.mkdir()
    path.write_bytes(row.content)

    message = _refusal()

    assert row.says in message
    assert path.read_bytes() == row.content


def test_a_folder_in_the_place_of_the_account_file_is_named(home: Path) -> None:
    (home / ".quafu" / "api").mkdir(parents=True)

    assert "api" in _refusal()


def test_a_pipe_in_the_place_of_the_account_file_is_not_waited_for(home: Path) -> None:
    (home / ".quafu").mkdir()
    os.mkfifo(home / ".quafu" / "api")

    assert "is not a regular file" in _refusal()


def test_a_device_in_the_place_of_the_account_file_is_not_read(home: Path) -> None:
    (home / ".quafu").mkdir()
    (home / ".quafu" / "api").symlink_to("/dev/zero")

    assert "is not a regular file" in _refusal()


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: ascii(token)[:20])
def test_a_bad_token_is_refused_as_an_argument(token: str) -> None:
    assert "token" in _refusal(api_token=token)


@pytest.mark.parametrize("token", [token for token in TOKENS if token.strip() and "\0" not in token])
def test_a_bad_token_is_refused_in_the_environment(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", os.fsdecode(token.encode("utf-8", "surrogatepass")))

    assert "QUAFU_RUNTIME_API_TOKEN" in _refusal()


@pytest.mark.parametrize("row", URL_ROWS, ids=lambda row: ascii(row.url))
def test_a_bad_address_is_refused_as_an_argument(row: UrlRow) -> None:
    assert row.says in _refusal(api_token="t0ken", url=row.url)


@pytest.mark.parametrize("row", [row for row in URL_ROWS if row.url.strip() and "\0" not in row.url])
def test_a_bad_address_is_refused_in_the_environment(monkeypatch: pytest.MonkeyPatch, row: UrlRow) -> None:
    monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", "t0ken")
    monkeypatch.setenv("QUAFU_RUNTIME_URL", row.url)

    assert "QUAFU_RUNTIME_URL" in _refusal()
