"""A sample of the kills that `make crash` makes: some at chosen writes, some at random times, always the same ones."""

import subprocess
import sys

DEADLINE = 300.0


def test_no_kill_loses_a_job_or_runs_one_twice() -> None:
    command = [sys.executable, "-m", "tests.crash", "--kills", "12", "--seed", "7"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "\n0 faults\n" in ended.stdout
