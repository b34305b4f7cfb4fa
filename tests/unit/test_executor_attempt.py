import json
from pathlib import Path

import pytest

from quafu_runtime.server.executor import Attempt, Handle
from quafu_runtime.server.executor.environment import job_environment
from quafu_runtime.server.runner.assignment import Assignment


def attempt(job_id: str = "a1", service_url: str = "http://127.0.0.1:1/") -> Attempt:
    return Attempt(
        job_id=job_id,
        number=2,
        token="secret",
        service_url=service_url,
        source="source-text",
        program_name="bell",
        params_json="[1]",
        backend=None,
        seed=3,
        max_execution_time=4.5,
    )


def test_a_runner_reads_what_an_executor_writes() -> None:
    letter = json.loads(json.dumps(attempt().to_letter(Path("/scratch/a1-2.1"))))
    assignment = Assignment.from_letter(letter)
    assert assignment.url == "http://127.0.0.1:1/attempts/a1/2"
    assert (assignment.token, assignment.max_execution_time) == ("secret", 4.5)
    assert assignment.work.filename == "<program bell>"
    assert (assignment.work.source, assignment.work.params_json, assignment.work.seed) == ("source-text", "[1]", 3)
    assert assignment.work.home == "/scratch/a1-2.1"


def test_no_repr_shows_a_token_or_what_a_user_sent() -> None:
    assert "secret" not in repr(attempt())
    assert "source-text" not in repr(attempt())


@pytest.mark.parametrize("job_id", ["", "../x", "a/b", "a b", "a.b", "a" * 201])
def test_a_job_id_that_is_no_name_of_a_folder_is_refused(job_id: str) -> None:
    with pytest.raises(ValueError, match="job_id"):
        attempt(job_id)


def test_handles_of_the_same_attempt_are_equal() -> None:
    assert attempt().handle == Handle("a1", 2)
    assert {attempt().handle: 1}[Handle("a1", 2)] == 1
    assert str(Handle("a1", 2)) == "a1-2"


def test_the_environment_of_jobs_is_scrubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    environment = job_environment(Path("/scratch"))
    assert "secret" not in environment.values()
    assert environment["OMP_NUM_THREADS"] == "1"
    assert environment["TZ"] == "Asia/Shanghai"
    assert environment["HOME"] == "/scratch"
