"""What a terminal shows, and what a pipe gets."""

import re
from pathlib import Path

import pytest

from tests.e2e.cli.shell import PROGRAMS, Shell, Terminal

COLOUR = "\x1b["


@pytest.fixture
def listed(shell: Shell) -> Shell:
    shell.call("run", str(PROGRAMS / "bell.py"), "--seed", "1", "--quiet")
    return shell


def test_a_terminal_shows_a_table_with_headings_and_colours(listed: Shell) -> None:
    terminal = Terminal(listed.environment, "job", "list")
    assert terminal.end() == 0
    assert re.search(r"ID .*STATUS.*PROGRAM .*SUBMITTED", terminal.shown)
    assert COLOUR in terminal.shown


def test_no_color_shows_none(listed: Shell) -> None:
    terminal = Terminal({**listed.environment, "NO_COLOR": "1"}, "job", "list")
    assert terminal.end() == 0
    assert "STATUS" in terminal.shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", terminal.shown)


def test_a_pipe_gets_plain_lines_with_tabs(listed: Shell) -> None:
    line = listed.call("job", "list", "--limit", "1").stdout
    assert line.count("\t") == 5
    assert COLOUR not in line
    assert "STATUS" not in line


def test_an_error_is_red_in_a_terminal_alone(listed: Shell) -> None:
    terminal = Terminal(listed.environment, "job", "show", "0" * 32)
    assert terminal.end() == 1
    assert f"{COLOUR}31m" in terminal.shown
    assert COLOUR not in listed.call("job", "show", "0" * 32, code=1).stderr


def test_a_map_shows_its_progress_in_a_terminal(listed: Shell, tmp_path: Path) -> None:
    (tmp_path / "params.jsonl").write_text("{}\n{}\n", encoding="utf-8")
    terminal = Terminal(listed.environment, "run", str(PROGRAMS / "bell.py"), "--map", str(tmp_path / "params.jsonl"))
    assert terminal.end() == 0
    assert "2 done, 0 running of 2" in terminal.shown


def test_watch_shows_a_table_until_the_end(listed: Shell, tmp_path: Path) -> None:
    job_id = listed.sleeping_job(tmp_path)
    terminal = Terminal(listed.environment, "job", "watch", job_id)
    terminal.wait_for("Actively running")
    listed.call("job", "cancel", job_id)
    assert terminal.end() == 0
    assert "Cancelled" in terminal.shown
