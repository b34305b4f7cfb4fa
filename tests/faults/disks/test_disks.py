"""Disks that are full, read-only or locked, each mounted for the test in a namespace of its own."""

import subprocess
import sys

import pytest

DEADLINE = 120.0


@pytest.mark.parametrize("scenario", ["full", "full-at-the-start", "read-only", "locked"])
def test_nothing_is_lost_where_the_disk_is(scenario: str) -> None:
    within = ["unshare", "--map-root-user", "--mount"]
    command = [*within, sys.executable, "-m", "tests.crash.disks", scenario]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert ended.returncode == 0, ended.stderr
