"""Ctrl-C while a job is followed: once leaves it running, twice cancels it."""

import re
import signal
from pathlib import Path

from tests.e2e.cli.shell import DEADLINE, HEX_ID, SLEEPER, Shell, Terminal

CTRL_C = "\x03"


def test_one_ctrl_c_leaves_the_job_running_and_says_how_to_come_back(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER, encoding="utf-8")
    with shell.start("run", str(tmp_path / "sleeper.py")) as process:
        assert process.stderr
        job_id = process.stderr.readline().split()[1]
        assert process.stderr.readline() == "asleep\n"
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=DEADLINE)[1]
    assert f"quafu-runtime job result {job_id}" in said
    assert process.returncode == 130
    assert shell.call("job", "status", job_id).stdout == "Actively running\n"
    shell.call("job", "cancel", job_id)


def test_two_ctrl_c_cancel_it(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER, encoding="utf-8")
    terminal = Terminal(shell.environment, "run", str(tmp_path / "sleeper.py"))
    terminal.wait_for("asleep")
    terminal.press(CTRL_C)
    terminal.wait_for("Ctrl-C again cancels it")
    terminal.press(CTRL_C)
    assert terminal.end() == 130
    found = re.search(rf"Job ({HEX_ID})", terminal.shown)
    assert found
    assert shell.call("job", "status", found[1]).stdout == "Cancelled\n"


def test_ctrl_c_in_a_log_that_is_followed_leaves_the_job_running(shell: Shell, tmp_path: Path) -> None:
    job_id = shell.sleeping_job(tmp_path)
    terminal = Terminal(shell.environment, "job", "logs", "-f", job_id)
    terminal.wait_for("asleep")
    terminal.press(CTRL_C)
    terminal.wait_for(f"job result {job_id}")
    assert terminal.end() == 130
    shell.call("job", "cancel", job_id)


def test_ctrl_c_ends_the_watching_and_not_the_jobs(shell: Shell, tmp_path: Path) -> None:
    job_id = shell.sleeping_job(tmp_path)
    terminal = Terminal(shell.environment, "job", "watch", job_id)
    terminal.wait_for("Actively running")
    terminal.press(CTRL_C)
    terminal.wait_for("The jobs go on")
    assert terminal.end() == 130
    assert shell.call("job", "status", job_id).stdout == "Actively running\n"
    shell.call("job", "cancel", job_id)
