"""Bad command lines: exit code 2 and a sentence that says what is wrong, and never a traceback."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from quafu_runtime.cli import main
from tests.fakes.deployed import TOKEN, FakeService, fake_service

PROGRAM = "0123456789abcdef0123456789abcdef"
COMMAND = [sys.executable, "-c", "from quafu_runtime.cli import main; main()"]
DEADLINE = 120.0


@frozen
class CommandRow:
    """A bad command line.

    Attributes:
        words: Its words.
        code: The exit code.
        says: A part of what standard error says.
    """

    words: tuple[str, ...]
    code: int
    says: str


def _row(line: str, says: str, *more: str, code: int = 2) -> CommandRow:
    return CommandRow((*line.split(), *more), code, says)


COMMAND_ROWS = [
    _row("fly", "No such command"),
    _row("--fly", "No such option"),
    _row("run", "Missing argument"),
    _row("run p --fly", "No such option"),
    _row("run p q", "unexpected extra argument"),
    _row("run p --params", "requires an argument"),
    *(
        _row(f"run {PROGRAM} --params", "--params", params)
        for params in ("{", "", "nul", "{'a': 1}", "[" * 100_000, "9" * 10_000, "@", "@/nowhere")
    ),
    *(_row(f"run {PROGRAM} --params", "JSON cannot hold", params) for params in ('{"a": NaN}', "1e400", "-Infinity")),
    _row(f"run {PROGRAM} --params @/", "--params"),
    *(_row(f"run {PROGRAM} --seed", "seed", seed) for seed in ("x", "1.5", "-1", "9" * 30, "")),
    *(
        _row(f"run {PROGRAM} --max-execution-time", "max", seconds)
        for seconds in ("x", "0", "-1", "nan", "inf", "1e999", "")
    ),
    *(_row(f"run {PROGRAM} --label", "label", label) for label in ("", "x" * 201)),
    *(_row(f"run {PROGRAM} --tag", "tag", tag) for tag in ("", "x" * 101)),
    _row(f"run {PROGRAM} --map /nowhere", "/nowhere"),
    _row(f"run {PROGRAM} --max-pending 0 --map x", "max-pending"),
    _row("run /nowhere/x.py", "/nowhere/x.py"),
    _row("job", "Usage"),
    _row("job fly", "No such command"),
    _row("job show", "Missing argument"),
    _row("job status", "", "", code=2),
    _row("job list --limit 0", "limit"),
    _row("job list --limit many", "limit"),
    _row("job list --status flying", "status"),
    _row("job list --since yesterday", "since"),
    _row("job list --since", "since", "0001-01-01T00:00:00+14:00"),
    _row("program", "Usage"),
    _row("program upload", "Missing argument"),
    _row("program upload /nowhere/x.py", "/nowhere/x.py"),
    _row("program upload /", "name of a program"),
    _row("program check /dev/null", "not a file"),
    _row("serve --port x", "port"),
    _row("serve --port 99999", "port"),
    _row("serve --max-jobs 0", "max-jobs"),
    _row("completion klingon", "klingon"),
    _row("run p --profile", "profile", "no/such", code=1),
]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeService]:
    with fake_service() as fake:
        monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", TOKEN)
        monkeypatch.setenv("QUAFU_RUNTIME_URL", fake.url)
        yield fake


@pytest.mark.parametrize("row", COMMAND_ROWS, ids=lambda row: " ".join(row.words)[:60])
@pytest.mark.usefixtures("service")
def test_a_bad_command_line_says_what_is_wrong(row: CommandRow, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(list(row.words), prog_name="quafu-runtime")

    said = capsys.readouterr()
    assert caught.value.code == row.code, said
    assert row.says in said.err
    assert said.out == "" or row.says in said.out
    assert "Traceback" not in said.err
    assert TOKEN not in said.err
    assert len(said.err) < 3_000


def _ended(words: list[str | bytes], home: Path, **more: object) -> "subprocess.CompletedProcess[bytes]":
    environment = {**os.environ, "HOME": str(home)}
    return subprocess.run([*COMMAND, *words], env=environment, timeout=DEADLINE, check=False, **more)  # type: ignore[call-overload,no-any-return]


def test_words_that_are_not_utf_8_are_refused_without_a_traceback(home: Path) -> None:
    ended = _ended([b"run", b"\xff\xfe"], home, capture_output=True)

    assert ended.returncode in (1, 2)
    assert b"Traceback" not in ended.stderr


def test_an_output_that_is_closed_or_full_is_no_traceback(home: Path) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        ended = _ended(["completion", "bash"], home, stdout=full, stderr=subprocess.PIPE)
    closed = subprocess.run(
        ["sh", "-c", 'exec "$@" >&-', "sh", *COMMAND, "completion", "bash"],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        timeout=DEADLINE,
        check=False,
    )

    assert ended.returncode != 0
    assert b"Traceback" not in ended.stderr + closed.stderr
