"""`quafu-runtime login`, `logout`, `accounts` and `doctor`, as a shell runs them, on a real service."""

import json
import os
import pty
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import LocalRuntime

COMMAND = str(Path(sys.executable).with_name("quafu-runtime"))
DEADLINE = 60.0
VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir")


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime() as runtime:
        yield runtime


@pytest.fixture
def shell(home: Path) -> dict[str, str]:
    """The environment of a shell with an empty home."""
    kept = {name: value for name, value in os.environ.items() if name.lower() not in VARIABLES}
    kept = {name: value for name, value in kept.items() if not name.startswith("QUAFU_RUNTIME_")}
    return {**kept, "HOME": str(home)}


def call(
    shell: dict[str, str], *arguments: str, code: int = 0, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [COMMAND, *arguments],
        env=shell,
        input=given,
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.returncode == code, f"{ended.stdout}{ended.stderr}"
    assert "Traceback" not in ended.stderr
    return ended


def log_in(shell: dict[str, str], runtime: LocalRuntime, *more: str) -> subprocess.CompletedProcess[str]:
    token = runtime.account.get_token()
    return call(shell, "login", "--url", runtime.url, "--token-stdin", *more, given=f"{token}\n")


def unused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def saved(shell: dict[str, str]) -> Any:
    path = Path(shell["HOME"]) / ".quafu" / "api"
    return json.loads(path.read_text()) if path.exists() else {}


def test_a_login_checks_the_token_saves_it_and_is_used_from_then_on(
    shell: dict[str, str], runtime: LocalRuntime
) -> None:
    ended = log_in(shell, runtime, "--profile", "lab")
    assert f"Saved as profile lab, for {runtime.url} (the service accepts the token)." in ended.stdout
    assert runtime.account.get_token() not in ended.stdout + ended.stderr
    assert call(shell, "program", "list", "--profile", "lab", "--json").stdout == "[]\n"
    assert call({**shell, "QUAFU_RUNTIME_PROFILE": "lab"}, "program", "list", "--json").stdout == "[]\n"


def test_a_login_prompts_without_showing_the_token(shell: dict[str, str], runtime: LocalRuntime) -> None:
    token = runtime.account.get_token()
    shown, code = at_a_terminal(shell, token, "login", "--profile", "lab", "--url", runtime.url)
    assert code == 0
    assert "Saved as profile lab" in shown
    assert token not in shown
    assert saved(shell)["quafu_runtime"]["profiles"]["lab"]["token"] == token


def test_a_token_that_is_refused_is_not_saved(shell: dict[str, str], runtime: LocalRuntime) -> None:
    ended = call(shell, "login", "--url", runtime.url, "--token-stdin", given="not-the-token", code=1)
    assert f"The service at {runtime.url} does not accept this token" in ended.stderr
    assert "Nothing was saved." in ended.stderr
    assert "not-the-token" not in ended.stdout + ended.stderr
    assert saved(shell) == {}


def test_a_service_that_cannot_be_reached_is_told_and_nothing_is_saved_unless_unchecked(shell: dict[str, str]) -> None:
    url = unused_url()
    ended = call(shell, "login", "--url", url, "--token-stdin", given="some-token", code=1)
    assert f"The service at {url} cannot be reached" in ended.stderr
    assert "--no-check" in ended.stderr
    assert saved(shell) == {}
    ended = call(shell, "login", "--url", url, "--token-stdin", "--no-check", given="some-token")
    assert "(not checked)" in ended.stdout
    assert saved(shell)["token"] == "some-token"


def test_a_login_again_keeps_the_profile_s_service(shell: dict[str, str], runtime: LocalRuntime) -> None:
    for profile in ("lab", "default"):
        log_in(shell, runtime, "--profile", profile)
        token = runtime.account.get_token()
        again = call(shell, "login", "--profile", profile, "--token-stdin", "--json", given=token)
        expected = {"profile": profile, "url": runtime.url, "ws_url": runtime.ws_url, "checked": True}
        assert json.loads(again.stdout) == expected


def test_a_login_without_a_terminal_says_how_to_give_the_token(shell: dict[str, str]) -> None:
    assert "--token-stdin" in call(shell, "login", code=2).stderr


@pytest.mark.parametrize("given", ["", "\n", "two words"])
def test_a_token_that_is_none_is_refused(shell: dict[str, str], given: str) -> None:
    assert "token" in call(shell, "login", "--token-stdin", "--no-check", given=given, code=1).stderr
    assert saved(shell) == {}


def test_quiet_prints_nothing(shell: dict[str, str], runtime: LocalRuntime) -> None:
    ended = log_in(shell, runtime, "--quiet")
    assert (ended.stdout, ended.stderr) == ("", "")
    ended = call(shell, "logout", "--quiet")
    assert (ended.stdout, ended.stderr) == ("", "")


def test_a_logout_removes_one_profile_and_says_what_is_left(shell: dict[str, str], runtime: LocalRuntime) -> None:
    for profile in ("lab", "home", "default"):
        log_in(shell, runtime, "--profile", profile)
    assert call(shell, "logout", "--profile", "lab").stdout == "Removed profile lab. Left: default, home.\n"
    assert json.loads(call(shell, "logout", "--json").stdout) == {"profile": "default", "left": ["home"]}
    assert call({**shell, "QUAFU_RUNTIME_PROFILE": "home"}, "logout").stdout == "Removed profile home. Left: none.\n"
    assert saved(shell) == {}


def test_a_logout_of_what_is_not_there_fails_and_names_what_is(shell: dict[str, str], runtime: LocalRuntime) -> None:
    log_in(shell, runtime, "--profile", "lab")
    assert "saved are: lab" in call(shell, "logout", "--profile", "home", code=1).stderr
    assert "There is no Quafu token" in call(shell, "logout", code=1).stderr
    assert list(saved(shell)["quafu_runtime"]["profiles"]) == ["lab"]


def test_a_logout_says_when_a_token_of_the_environment_stays_in_use(
    shell: dict[str, str], runtime: LocalRuntime
) -> None:
    log_in(shell, runtime)
    ended = call({**shell, "QUAFU_RUNTIME_API_TOKEN": "another"}, "logout")
    assert "QUAFU_RUNTIME_API_TOKEN is set" in ended.stderr


def test_accounts_are_listed_with_their_services_and_the_one_in_use(
    shell: dict[str, str], runtime: LocalRuntime
) -> None:
    assert "No account is saved" in call(shell, "accounts").stderr
    log_in(shell, runtime, "--profile", "lab")
    log_in(shell, runtime)
    rows = json.loads(call(shell, "accounts", "--json").stdout)
    assert [(row["profile"], row["url"], row["in_use"]) for row in rows] == [
        ("default", runtime.url, True),
        ("lab", runtime.url, False),
    ]
    in_lab = {**shell, "QUAFU_RUNTIME_PROFILE": "lab"}
    assert [row["in_use"] for row in json.loads(call(in_lab, "accounts", "--json").stdout)] == [False, True]
    by_token = {**in_lab, "QUAFU_RUNTIME_API_TOKEN": "t"}
    rows = json.loads(call(by_token, "accounts", "--json").stdout)
    assert [(row["profile"], row["in_use"]) for row in rows] == [(None, True), ("default", False), ("lab", False)]
    assert rows[0]["source"] == "the environment variable QUAFU_RUNTIME_API_TOKEN"
    plain = call(by_token, "accounts").stdout
    assert len(plain.splitlines()) == 3
    assert runtime.account.get_token() not in plain


def test_accounts_are_checked_at_their_services_and_one_that_is_refused_fails(
    shell: dict[str, str], runtime: LocalRuntime
) -> None:
    log_in(shell, runtime, "--profile", "lab")
    rows = json.loads(call(shell, "accounts", "--check", "--json").stdout)
    assert [row["token"] for row in rows] == ["accepted"]

    old, gone = ("login", "--no-check", "--token-stdin", "--profile", "old", "--url", runtime.url), unused_url()
    call(shell, *old, given="an-old-token")
    call(shell, *old[:4], "gone", "--url", gone, given="some-token")
    rows = json.loads(call(shell, "accounts", "--check", "--json", code=1).stdout)
    states = {row["profile"]: row["token"] for row in rows}
    assert states == {"lab": "accepted", "old": "refused", "gone": "unreachable"}
    told = call(shell, "accounts", "--check", code=1).stderr
    assert f"gone: The service at {gone} cannot be reached" in told
    assert "quafu-runtime login --profile old" in told


def test_a_broken_profile_does_not_hide_the_others(shell: dict[str, str], runtime: LocalRuntime) -> None:
    log_in(shell, runtime, "--profile", "lab")
    document = saved(shell)
    document["quafu_runtime"]["profiles"]["broken"] = {"token": "two words"}
    (Path(shell["HOME"]) / ".quafu" / "api").write_text(json.dumps(document))
    rows = json.loads(call(shell, "accounts", "--json").stdout)
    assert [row["profile"] for row in rows] == ["broken", "lab"]
    assert "has spaces" in rows[0]["source"]
    assert "two words" not in json.dumps(rows)


def test_the_doctor_finds_nothing_wrong_with_a_service_of_one_s_own(
    shell: dict[str, str], runtime: LocalRuntime
) -> None:
    log_in(shell, runtime)
    findings = {one["check"]: one for one in json.loads(call(shell, "doctor", "--json").stdout)}
    assert {one["outcome"] for one in findings.values()} == {"ok"}
    assert {"python", "packages", "account file", "token", "clock", "contract", "websocket"} <= set(findings)
    plain = call(shell, "doctor")
    assert all(line.startswith("ok\t") for line in plain.stdout.splitlines())
    assert "Nothing has failed." in plain.stderr
    assert call(shell, "doctor", "--quiet").stdout == ""
    assert runtime.account.get_token() not in plain.stdout


def test_the_doctor_exits_with_1_and_tells_how_to_mend_what_is_wrong(
    shell: dict[str, str], runtime: LocalRuntime
) -> None:
    log_in(shell, runtime, "--profile", "lab")
    path = Path(shell["HOME"]) / ".quafu" / "api"
    document = saved(shell)
    document["quafu_runtime"]["profiles"]["lab"]["token"] = "an-old-token"
    path.write_text(json.dumps(document))
    path.chmod(0o644)
    ended = call(shell, "doctor", "--profile", "lab", "--quiet", code=1)
    lines = [line.split("\t") for line in ended.stdout.splitlines()]
    assert [(line[0], line[1]) for line in lines] == [
        ("fail", "account file"),
        ("fail", "token"),
        ("fail", "websocket"),
    ]
    assert lines[0][3] == f"chmod 600 {path}"
    assert "quafu-runtime login --profile lab" in lines[1][3]
    assert "an-old-token" not in ended.stdout


def test_the_doctor_is_readable_at_a_terminal_and_without_colours_where_none_are_wanted(
    shell: dict[str, str], runtime: LocalRuntime
) -> None:
    log_in(shell, runtime)
    shown, code = at_a_terminal({**shell, "TERM": "xterm"}, None, "doctor")
    assert code == 0
    assert "\x1b[32m" in shown
    assert "Nothing has failed." in shown
    shown, _ = at_a_terminal({**shell, "NO_COLOR": "1"}, None, "doctor")
    assert "\x1b" not in shown


@pytest.mark.parametrize("command", ["login", "logout", "accounts", "doctor"])
def test_each_help_has_an_example(shell: dict[str, str], command: str) -> None:
    shown = call(shell, command, "--help").stdout
    assert "Example:" in shown
    assert f"quafu-runtime {command}" in shown


def at_a_terminal(shell: dict[str, str], typed: str | None, *arguments: str) -> tuple[str, int]:
    """Run a command at a terminal, answer its question, and give what was shown with the exit code."""
    main, terminal = pty.openpty()
    with subprocess.Popen(
        [COMMAND, *arguments],
        env=shell,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        shown, ends_at = b"", time.monotonic() + DEADLINE
        while time.monotonic() < ends_at:
            if not select.select([main], [], [], 1.0)[0]:
                continue
            try:
                part = os.read(main, 65536)
            except OSError:  # the terminal has no writer any more
                break
            if not part:
                break
            shown += part
            if typed is not None and b"API token" in shown:
                os.write(main, typed.encode() + b"\n")
                typed = None
        code = process.wait(DEADLINE)
    os.close(main)
    return shown.decode(), code
