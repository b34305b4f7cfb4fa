"""A program that forks without end is ended while it is small: nobody waits for one of its processes meanwhile."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.programs.test_programs import HELD_TO
from tests.service_speaker import ServiceProcess

MOST = 2000
"""Forks after which the program gives up by itself."""

BOMB = f"""
import os

def run(task, userpub, params):
    made = os.open(params, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    while os.fstat(made).st_size < {MOST}:
        if os.fork() == 0:
            os.write(made, b".")
            os.setsid()
"""
"""Each of its processes leaves its group, so that no single step ends them all, and leaves a mark in a file."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    options = ("--max-jobs=1", f"--confinement={HELD_TO.to_json()}")
    with ServiceProcess(tmp_path_factory.mktemp("service"), *options) as service:
        yield service


@pytest.mark.parametrize("number", range(3))
def test_a_fork_bomb_is_ended_before_it_has_grown_far(service: ServiceProcess, tmp_path: Path, number: int) -> None:
    speaker = service.speaker
    job_id = speaker.run(speaker.upload(f"bomb-{number}", BOMB), str(tmp_path / "made"))
    result = speaker.result(job_id)
    assert (result["status"], "processes and threads at once" in result["result"]) == (4, True)
    assert (tmp_path / "made").stat().st_size < MOST / 2
