"""The account file, which the pyquafu SDK shares."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from quafu_runtime import Account, AccountError

SDK = {"token": "sdk-token", "url": "https://quafu.baqis.ac.cn/", "backends_api": "qbackend/x/", "other": [1, {"a": 2}]}


@pytest.fixture
def path(home: Path) -> Path:
    (home / ".quafu").mkdir(mode=0o755)
    return home / ".quafu" / "api"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def document(path: Path) -> Any:
    return json.loads(path.read_text())


def test_nothing_is_saved_unless_it_is_asked_for(home: Path) -> None:
    Account("t").get_token()
    assert list(home.iterdir()) == []


def test_the_file_is_private_in_a_private_folder(home: Path) -> None:
    old = os.umask(0)
    try:
        Account("t").save()
    finally:
        os.umask(old)
    assert mode(home / ".quafu") == 0o700
    assert {entry.name: mode(entry) for entry in (home / ".quafu").iterdir()} == {"api": 0o600, "api.lock": 0o600}


def test_a_folder_and_a_file_that_others_could_read_are_closed(path: Path) -> None:
    path.write_text(json.dumps(SDK))
    path.chmod(0o644)
    Account("t").save()
    assert (mode(path.parent), mode(path)) == (0o700, 0o600)


def test_the_json_form_is_read_and_its_other_keys_survive(path: Path) -> None:
    path.write_text(json.dumps(SDK))
    assert Account().get_token() == "sdk-token"
    assert Account().get_url() == "http://119.3.224.187:5050/"
    Account("mine", url="http://lab:1", profile="lab").save()
    Account("new").save()
    assert document(path) == {
        **SDK,
        "token": "new",
        "quafu_runtime": {"profiles": {"lab": {"token": "mine", "url": "http://lab:1", "ws_url": "ws://lab:1"}}},
    }


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("old-token\nhttps://quafu.example/\n", {"url": "https://quafu.example/"}),
        ("old-token\nhttps://quafu.example/", {"url": "https://quafu.example/"}),
        ("old-token\n", {}),
        ("old-token", {}),
        ("\ufeffold-token\r\n\r\n", {}),
    ],
)
def test_the_older_text_form_is_read_and_becomes_json(path: Path, text: str, kept: dict[str, str]) -> None:
    path.write_text(text, newline="")
    assert Account().get_token() == "old-token"
    Account("lab-token", profile="lab").save()
    assert document(path) == {
        "token": "old-token",
        **kept,
        "quafu_runtime": {"profiles": {"lab": {"token": "lab-token"}}},
    }


def test_the_sdk_reads_what_we_write_and_keeps_what_is_ours(path: Path) -> None:
    path.write_text("old-token\nhttps://quafu.example/\n")
    Account("lab-token", url="http://lab:1", profile="lab").save()
    Account("mine", url="http://other:1").save()
    program = "from quafu import User; user = User(); print(user.api_token, user.url); user.save_apitoken('from-sdk')"
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "mine https://quafu.example/\n"
    assert Account().get_token() == "from-sdk"
    assert Account().get_url() == "http://119.3.224.187:5050/"
    assert Account(profile="lab").get_token() == "lab-token"


@pytest.mark.parametrize("text", ["", "\n\n", "{}"])
def test_an_empty_file_is_as_if_there_was_none(path: Path, text: str) -> None:
    path.write_text(text)
    assert Account.profiles() == []
    Account("t").save()
    assert document(path) == {"token": "t"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"token": "x",\n "url": }', "line 2, column 9"),
        (b'{"token": "x"', "line 1"),
        (b'["token"]', "line 1: it is a list"),
        (b'{"token": "\xff"}', "line 1 is not UTF-8"),
        (b'{\n"token": "\xff"}', "line 2 is not UTF-8"),
        (b"a token\n", "line 1 is neither JSON nor a token"),
        (b"\ntoken\n", "line 1 is neither JSON nor a token"),
        (b"token\nurl\nmore\n", "line 3 follows"),
        (b'{"a": ' + b"[" * 100_000, "nested"),
        (b'{"quafu_runtime": []}', '"quafu_runtime" is no object'),
        (b'{"quafu_runtime": {"profiles": 1}}', '"profiles" is no object'),
        (b'{"token": 5}', None),
    ],
)
def test_a_broken_file_is_named_with_its_line_and_never_overwritten(
    path: Path, data: bytes, message: str | None
) -> None:
    path.write_bytes(data)
    accounts = [Account(profile="lab"), Account()]
    for account in accounts if message else accounts[1:]:
        with pytest.raises(AccountError) as caught:
            account.get_token()
        assert str(path) in str(caught.value)
        assert message is None or message in str(caught.value)
    if message:
        with pytest.raises(AccountError, match=r"is broken"):
            Account("t", profile="lab").save()
        assert path.read_bytes() == data


def test_a_broken_file_says_how_to_get_out(path: Path) -> None:
    path.write_text("{")
    with pytest.raises(AccountError, match="Mend it, or move it away and save the token again; it was left as it is"):
        Account("t").save()


def test_a_file_too_large_a_folder_or_a_pipe_is_no_account_file(path: Path) -> None:
    path.write_bytes(b" " * 2_000_000)
    with pytest.raises(AccountError, match="larger than"):
        Account().get_token()
    path.unlink()
    path.mkdir()
    with pytest.raises(AccountError, match="cannot be read"):
        Account().get_token()


def test_a_symbolic_link_is_read_and_not_written(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text('{"token": "linked"}')
    path.symlink_to(target)
    assert Account().get_token() == "linked"
    with pytest.raises(AccountError, match=r"is a symbolic link to .*elsewhere"):
        Account("t").save()
    assert target.read_text() == '{"token": "linked"}'
    assert path.is_symlink()


def test_a_lock_file_that_is_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    (path.parent / "api.lock").symlink_to(tmp_path / "made")
    with pytest.raises(AccountError, match=r"api\.lock"):
        Account("t").save()
    assert not (tmp_path / "made").exists()


def test_a_linked_folder_keeps_its_mode(home: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    (home / ".quafu").symlink_to(shared)
    Account("t").save()
    assert mode(shared) == 0o755
    assert mode(shared / "api") == 0o600


def test_without_a_home_there_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    with pytest.raises(AccountError, match="cannot be read"):
        Account().get_token()
    with pytest.raises(AccountError, match="cannot be written"):
        Account("t").save()


def test_a_full_disk_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    path.write_text(json.dumps(SDK))
    program = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))\n"
        "from quafu_runtime import Account, AccountError\n"
        "try: Account('t', profile='lab').save()\n"
        "except AccountError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot be written" in done.stdout
    assert document(path) == SDK
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["api", "api.lock"]


def test_profiles_are_listed_and_deleted(path: Path) -> None:
    path.write_text(json.dumps(SDK))
    Account("l", url="http://127.0.0.1:1", profile="local").save()
    Account("c", profile="cluster").save()
    assert Account.profiles() == ["default", "cluster", "local"]
    Account(profile="local").delete()
    Account(profile="local").delete()
    assert Account.profiles() == ["default", "cluster"]
    Account(profile="cluster").delete()
    assert document(path) == SDK
    Account().delete()
    assert document(path) == {key: value for key, value in SDK.items() if key != "token"}


def test_the_last_thing_that_is_deleted_leaves_no_file(home: Path) -> None:
    account = Account("t", url="http://lab:1")
    account.save()
    account.delete()
    Account().delete()
    assert not (home / ".quafu" / "api").exists()


def test_deleting_without_a_file_makes_none(home: Path) -> None:
    Account(profile="lab").delete()
    assert list(home.iterdir()) == []


SAVER = """
import sys
from quafu_runtime import Account
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    Account(f"token-{sys.argv[1]}-{number}", url="http://h:1", profile=f"p{sys.argv[1]}-{number}").save()
"""


def test_profiles_that_several_processes_save_at_once_are_all_there(path: Path) -> None:
    path.write_text(json.dumps(SDK))
    savers = [
        subprocess.Popen([sys.executable, "-c", SAVER, str(number)], stdin=PIPE, stdout=PIPE) for number in range(4)
    ]
    for saver in savers:
        assert saver.stdout
        assert saver.stdout.readline() == b"ready\n"
    for saver in savers:
        assert saver.stdin
        saver.stdin.write(b"go\n")
        saver.stdin.flush()
    for saver in savers:
        saver.communicate(timeout=60)
        assert saver.returncode == 0
    assert len(Account.profiles()) == 1 + 80
    assert Account(profile="p3-19").get_token() == "token-3-19"
    assert {key: value for key, value in document(path).items() if key != "quafu_runtime"} == SDK
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["api", "api.lock"]
