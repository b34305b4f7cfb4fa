"""A runner is killed in earnest: what becomes of its job, and of what its job has told."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.service_speaker import DEADLINE, ServiceProcess, Speaker

EVENTS = "quafu-runtime.events.v1"

TWICE = """
import os, time

def run(task, userpub, params):
    with open(params["runs"], "a") as runs:
        runs.write("once more\\n")
    run = len(open(params["runs"]).readlines())
    print("run", run)
    userpub.publish(f"{os.getppid()} {run}")
    while run < params["last"]:
        time.sleep(1)
    return run
"""
"""Counts its runs in a file, tells its runner's process, and ends in its last run alone."""


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaker]:
    with ServiceProcess(tmp_path_factory.mktemp("service"), "--max-jobs=2") as service:
        yield service.speaker


@pytest.fixture(scope="module")
def program(speaker: Speaker) -> str:
    return speaker.upload("twice", TWICE)


def _events(speaker: Speaker, job_id: str) -> Iterator[dict[str, Any]]:
    """The events of a job as they come, as one reader sees them who is there from the beginning."""
    with speaker.listen(job_id, subprotocol=EVENTS, kinds="log,interim") as stream:
        while "end" not in (message := json.loads(stream.recv(DEADLINE))):
            yield from message.get("events", ())


def _killing(speaker: Speaker, job_id: str, kills: int) -> list[dict[str, Any]]:
    """The events of a job whose first runners are killed when they have told who they are."""
    told: list[dict[str, Any]] = []
    for event in _events(speaker, job_id):
        told.append(event)
        if event["kind"] == "interim":
            runner, run = map(int, event["text"].split())
            if run <= kills:
                os.kill(runner, signal.SIGKILL)
    return told


def test_a_job_that_may_run_twice_runs_again_where_its_runner_is_killed(
    speaker: Speaker, program: str, tmp_path: Path
) -> None:
    params = {"runs": str(tmp_path / "runs"), "last": 2}
    job_id = speaker.run(program, params, max_attempts=2)
    told = _killing(speaker, job_id, kills=1)
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert [event["text"].split()[1] for event in told if event["kind"] == "interim"] == ["1", "2"]
    result = speaker.result(job_id)
    assert (result["status"], result["result"]) == (2, "2")
    info = speaker.data("job_info", job_id=job_id)
    assert (info["runs"], info["max_attempts"], info["attempt"]) == (2, 2, 2)
    logs = speaker.data("job_logs", job_id=job_id)["logs"]
    before, again, after = logs.splitlines()
    assert (before, after) == ("run 1", "run 2")
    assert "SIGKILL" in again
    assert again.endswith("The job is run again: run 2 of 2.")


@pytest.mark.parametrize(("max_attempts", "said"), [(None, "ran once"), (1, "ran once"), (2, "ran 2 times")])
def test_a_job_that_has_run_as_often_as_it_may_ends_lost(
    speaker: Speaker, program: str, tmp_path: Path, max_attempts: int | None, said: str
) -> None:
    params = {"runs": str(tmp_path / "runs"), "last": 9}
    job_id = speaker.run(program, params, max_attempts=max_attempts)
    runs = max_attempts or 1
    told = _killing(speaker, job_id, kills=runs)
    result = speaker.result(job_id)
    assert result["status"] == 4
    assert "The job was lost: its runner was killed by SIGKILL" in result["result"]
    assert result["result"].endswith(f"The job {said} and is not run again.")
    assert told[-1]["text"] == result["result"] + "\n"
    assert (tmp_path / "runs").read_text("utf-8").count("\n") == runs
    info = speaker.data("job_info", job_id=job_id)
    assert (info["runs"], info["exit"]["kind"]) == (runs, "lost")


def test_a_job_that_fails_by_itself_is_not_run_again(speaker: Speaker, tmp_path: Path) -> None:
    source = TWICE.replace("while run", "raise ValueError(run)\n    while run")
    params = {"runs": str(tmp_path / "runs"), "last": 9}
    job_id = speaker.run(speaker.upload("fails", source), params, max_attempts=3)
    assert "ValueError: 1" in speaker.result(job_id)["result"]
    assert speaker.data("job_info", job_id=job_id)["runs"] == 1


def test_a_job_whose_runner_is_killed_while_it_is_cancelled_is_cancelled_and_not_run_again(
    speaker: Speaker, program: str, tmp_path: Path
) -> None:
    params = {"runs": str(tmp_path / "runs"), "last": 9}
    job_id = speaker.run(program, params, max_attempts=100)
    kills = 0
    for event in _events(speaker, job_id):
        if event["kind"] == "interim":
            os.kill(int(event["text"].split()[0]), signal.SIGKILL)
            kills += 1
            if kills == 2:
                assert speaker.data("job_cancel", job_id=job_id)["status"] == 3
    assert speaker.result(job_id)["status"] == 3
    assert speaker.data("job_info", job_id=job_id)["runs"] in (2, 3)  # it may have begun again before it was cancelled
