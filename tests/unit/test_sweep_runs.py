"""Sweeps through both clients, against a fake of the deployed service, which takes no idempotency keys."""

import base64
import json
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import FailedRun, open_sweep
from quafu_runtime.account import Account
from quafu_runtime.errors import (
    ArgumentError,
    AuthenticationError,
    InvalidParamsError,
    JobFailedError,
    JobNotFoundError,
    JobStateError,
    ProgramNotFoundError,
    SubmitUncertain,
    SweepInUseError,
    SweepMismatchError,
)
from quafu_runtime.sweep.lock import held
from quafu_runtime.sweep.points import PointStatus
from quafu_runtime.sweep.store import SweepStore
from tests.fakes.answers import envelope, hang_up, http
from tests.fakes.deployed import DONE, ERROR, FakeService
from tests.fakes.faces import FACES, call

GRID = {"a": [1, 2], "b": ["x", "y"]}
POINTS = [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]


@pytest.fixture
def program(service: FakeService) -> str:
    """A program whose jobs end when they are submitted, with their params; those of which b is y fail, if told so."""
    service.add_program("p")

    def run(given: dict[str, Any]) -> dict[str, Any]:
        answer = service.programs_run_deploy(given)
        if answer["status"] == 200:
            job = service.jobs[answer["data"]["job_id"]]
            failed = isinstance(job.params, dict) and job.params.get("fails", False)
            service.end(
                job, ERROR if failed else DONE, "Traceback\nValueError: bad" if failed else json.dumps(job.params)
            )
        return answer

    service._operations["programs_run_deploy"] = run
    return "p"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sweep.db"


def sweep(face: str, account: Account, path: Path, program: str, grid: object, **more: Any) -> Any:
    return call(face, account, lambda client: client.sweep(path, program, grid, **more))


def submissions(service: FakeService) -> list[Any]:
    return [request.json["params"] for request in service.sent("programs_run_deploy")]


@pytest.mark.parametrize("face", FACES)
def test_a_sweep_runs_the_product_of_its_lists_the_last_name_fastest(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    found = sweep(face, account, path, program, GRID)
    assert submissions(service) == POINTS
    assert found.results() == POINTS
    assert [(row["a"], row["b"], row["status"], row["result"]) for row in found.rows()] == [
        (one["a"], one["b"], "done", one) for one in POINTS
    ]
    assert all(row["job_id"] in service.jobs and row["seconds"] >= 0 for row in found.rows())
    assert repr(found) == f"<{type(found).__name__} '{path}' of p: 4 points, 4 done>"


@pytest.mark.parametrize("face", FACES)
def test_a_list_of_params_is_a_grid_too_and_columns_do_not_hide_one_another(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    rows = sweep(face, account, path, program, [{"status": 3}, {"c": 4}, 5]).rows()
    assert [list(row) for row in rows] == [
        ["params.status", "c", "params", "status", "result", "error", "job_id", "seconds"]
    ] * 3
    assert [(row["params.status"], row["c"], row["params"]) for row in rows] == [
        (3, None, None),
        (None, 4, None),
        (None, None, 5),
    ]
    assert len(service.jobs) == 3


@pytest.mark.parametrize("face", FACES)
def test_a_sweep_that_is_done_asks_for_no_job_again(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    sweep(face, account, path, program, GRID)
    assert sweep(face, account, path, program, GRID).results() == POINTS
    assert len(service.jobs) == 4
    assert not list(path.parent.glob("*.lock"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("face", FACES)
def test_a_failed_point_is_a_failure_with_its_params_and_is_run_again_when_asked(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    grid = [{"fails": False}, {"fails": True}]
    found = sweep(face, account, path, program, grid)
    (failure,) = found.failures()
    assert (failure.index, failure.params, type(failure.error)) == (1, {"fails": True}, JobFailedError)
    assert failure.error.traceback == "Traceback\nValueError: bad"
    assert failure.job.job_id() == found.rows()[1]["job_id"]
    assert found.rows()[1]["error"] == "ValueError: bad"
    assert found.results()[0] == {"fails": False}
    assert isinstance(found.results()[1], FailedRun)

    again = sweep(face, account, path, program, grid, retry_failed=True)
    assert len(service.jobs) == 3
    assert again.rows()[1]["job_id"] != failure.job.job_id()
    assert again.counts() == {"done": 1, "failed": 1}


@pytest.mark.parametrize("face", FACES)
def test_a_sweep_runs_its_failures_again_itself(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    def blocking(client: Any) -> Any:
        return client.sweep(path, program, [{"fails": True}]).retry_failed()

    async def awaited(client: Any) -> Any:
        return await (await client.sweep(path, program, [{"fails": True}])).retry_failed()

    found = call(face, account, blocking if face == "sync" else awaited)
    assert (len(service.jobs), found.counts()) == (2, {"failed": 1})
    with pytest.raises(ArgumentError, match="opened without a service"):
        open_sweep(path).retry_failed()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"grid": {"a": [1, 2], "b": ["x", "z"]}}, r'grid: point 1: \{"a": 1, "b": "y"\} in the file, .*"z"\} now'),
        ({"grid": {"a": [1, 2]}}, "grid: 4 points in the file, 2 now"),
        ({"backend": "other"}, 'backend: null in the file, "other" now'),
        ({"label": "x"}, 'label: null in the file, "x" now'),
        ({"tags": ["x"]}, r'tags: \[\] in the file, \["x"\] now'),
        ({"program": "q"}, r"program: another text\n(.*\n){4}    -    return params\n    \+    return 2"),
    ],
)
def test_a_file_that_was_begun_with_something_else_is_refused_with_the_difference(
    service: FakeService, account: Account, path: Path, *, face: str, program: str, change: dict[str, Any], told: str
) -> None:
    other = b"def run(task, userpub, params):\n    return 2\n"
    service.add_program("q", data=base64.b64encode(other).decode())
    sweep(face, account, path, program, GRID)
    before = path.read_bytes()
    with pytest.raises(SweepMismatchError, match=told) as caught:
        sweep(face, account, path, **{"program": program, "grid": GRID, **change})
    assert list(caught.value.differences) == list(change)
    assert path.read_bytes() == before
    assert len(service.jobs) == 4


@pytest.mark.parametrize("face", FACES)
def test_a_sweep_that_is_stopped_goes_on_where_it_was(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    refused = [http(503, "busy"), envelope(201, "API token error")]
    service.script("programs_run_deploy", refused[0])
    service.always("get_result_wait", refused[1])
    with pytest.raises(AuthenticationError) as caught:
        sweep(face, account, path, program, GRID, max_pending=2)
    assert "Nothing is lost" in caught.value.__notes__[0]
    accepted = len(service.jobs)
    assert 0 < accepted <= 3
    counts = open_sweep(path).counts()
    assert counts.get("running") == accepted
    service.always("get_result_wait", None)

    assert sweep(face, account, path, program, GRID).results() == POINTS
    assert len(service.jobs) == 4


@pytest.mark.parametrize("face", FACES)
def test_a_point_that_was_surely_not_accepted_is_submitted_at_the_next_start(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    service.script("programs_run_deploy", envelope(201, "API token error"))
    with pytest.raises(AuthenticationError):
        sweep(face, account, path, program, GRID)
    assert open_sweep(path).counts() == {"waiting": 4}
    assert sweep(face, account, path, program, GRID).counts() == {"done": 4}


@pytest.mark.parametrize("face", FACES)
def test_where_no_keys_are_taken_a_lost_answer_makes_a_point_uncertain_until_asked(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    service.script("programs_run_deploy", hang_up)
    found = sweep(face, account, path, program, GRID)
    assert found.counts() == {"done": 3, "uncertain": 1}
    assert isinstance(found.failures()[0].error, SubmitUncertain)
    assert "resubmit_uncertain=True" in found.rows()[0]["error"]
    assert sweep(face, account, path, program, GRID, retry_failed=True).counts() == {"done": 3, "uncertain": 1}
    assert len(submissions(service)) == 4
    assert sweep(face, account, path, program, GRID, resubmit_uncertain=True).results() == POINTS


@pytest.mark.parametrize("face", FACES)
def test_where_no_keys_are_taken_a_point_that_was_being_sent_is_left_alone(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    service.always("programs_run_deploy", envelope(201, "API token error"))
    with pytest.raises(AuthenticationError):
        sweep(face, account, path, program, GRID)
    with SweepStore.opened(path, create=True) as store:
        store.submitting(2)  # as a kill in the middle of a submission leaves it
    service.always("programs_run_deploy", None)
    assert sweep(face, account, path, program, GRID).counts() == {"done": 3, "uncertain": 1}
    assert len(service.jobs) == 3


@pytest.mark.parametrize("face", FACES)
def test_a_point_is_written_down_with_its_key_before_it_is_sent(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    run, seen = service._operations["programs_run_deploy"], []

    def look(given: dict[str, Any]) -> dict[str, Any]:
        with SweepStore.opened(path, create=False) as store:
            seen.append([(point.key, point.status) for point in store.points()])
        return run(given)

    service._operations["programs_run_deploy"] = look
    sweep(face, account, path, program, GRID)
    keys = [request.headers["idempotency-key"] for request in service.sent("programs_run_deploy")]
    for number, (key, points) in enumerate(zip(keys, seen, strict=True)):
        assert points[number] == (key, PointStatus.SUBMITTING)
        assert [status for _, status in points[number + 1 :]] == [PointStatus.WAITING] * (3 - number)


@pytest.mark.parametrize("face", FACES)
def test_a_sweep_gives_each_point_its_own_params_again_after_a_busy_moment(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    service.script("programs_run_deploy", http(429, "slower"), http(503, "busy"))
    assert sweep(face, account, path, program, GRID).results() == POINTS
    assert len(service.jobs) == 4


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_was_deleted_is_a_failure_and_no_end_of_the_sweep(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    service.always("get_result_wait", envelope(201, "API token error"))
    with pytest.raises(AuthenticationError):
        sweep(face, account, path, program, GRID)
    service.always("get_result_wait", None)
    service.jobs.pop(next(iter(service.jobs)))
    found = sweep(face, account, path, program, GRID)
    assert found.counts() == {"done": 3, "failed": 1}
    assert isinstance(found.failures()[0].error, JobNotFoundError)
    assert sweep(face, account, path, program, GRID, retry_failed=True).results() == POINTS


@pytest.mark.parametrize("face", FACES)
def test_params_that_the_service_refuses_fail_their_point_alone(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    service.script("programs_run_deploy", envelope(401, "no such depth"))
    found = sweep(face, account, path, program, GRID)
    assert found.counts() == {"done": 3, "refused": 1}
    assert isinstance(found.failures()[0].error, InvalidParamsError)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "grid", ["text", 5, {}, [], {"a": []}, {"a": 5}, {"a": "text"}, {"a": {"b": 1}}, [{1, 2}], {"a": [object()]}]
)
def test_a_grid_that_is_none_is_refused_before_anything_is_sent(
    service: FakeService, account: Account, path: Path, *, face: str, program: str, grid: object
) -> None:
    with pytest.raises(ArgumentError, match=r"grid|Point 0"):
        sweep(face, account, path, program, grid)
    assert service.requests == []
    assert not path.exists()


@pytest.mark.parametrize("face", FACES)
def test_a_program_that_is_not_there_leaves_no_file(
    service: FakeService, account: Account, face: str, path: Path
) -> None:
    with pytest.raises(ProgramNotFoundError):
        sweep(face, account, path, "none", GRID)
    assert list(path.parent.iterdir()) == []
    assert service.jobs == {}


@pytest.mark.parametrize("face", FACES)
def test_a_file_that_is_something_else_is_left_as_it_is(
    service: FakeService, account: Account, face: str, tmp_path: Path, program: str
) -> None:
    text, database, newer = tmp_path / "text", tmp_path / "database", tmp_path / "newer"
    text.write_text("no database" * 1000)
    for path, statement in ((database, "CREATE TABLE t (a)"), (newer, "PRAGMA user_version = 99")):
        connection = sqlite3.connect(path)
        connection.execute(statement)
        connection.close()
    for path, told in ((text, "is no sweep"), (database, "is no sweep"), (newer, r"newer version .*\(99\)")):
        before = path.read_bytes()
        with pytest.raises(ArgumentError, match=told):
            sweep(face, account, path, program, GRID)
        with pytest.raises(ArgumentError, match=told):
            open_sweep(path)
        assert path.read_bytes() == before
    assert service.jobs == {}


def test_a_file_that_is_not_there_or_not_begun_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="There is no sweep"):
        open_sweep(tmp_path / "none.db")
    empty = tmp_path / "empty.db"
    empty.touch()
    with pytest.raises(ArgumentError, match="is no sweep"):
        open_sweep(empty)


@pytest.mark.parametrize("face", FACES)
def test_two_on_one_file_are_refused(
    service: FakeService, account: Account, face: str, path: Path, program: str
) -> None:
    with held(path), pytest.raises(SweepInUseError, match="being run already"):
        sweep(face, account, path, program, GRID)
    assert service.jobs == {}
    assert sweep(face, account, path, program, GRID).counts() == {"done": 4}


def test_the_lock_of_a_process_that_is_killed_is_free_and_another_ones_is_not(path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom quafu_runtime.sweep.lock import held\n"
        "with held(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(SweepInUseError), held(path):
            pass
        child.kill()
    with held(path):
        pass
    assert list(path.parent.iterdir()) == []


def test_points_that_are_not_run_yet_are_told_apart(service: FakeService, account: Account, path: Path) -> None:
    service.add_program("p")
    service.always("programs_run_deploy", envelope(201, "API token error"))
    with pytest.raises(AuthenticationError):
        sweep("sync", account, path, "p", GRID)
    found = open_sweep(path)
    assert [type(one.error) for one in found.results()] == [JobStateError] * 4
    assert found.failures() == []
    with SweepStore.opened(path, create=False) as store:
        assert {point.status for point in store.points()} == {PointStatus.WAITING}
        keys = [point.key for point in store.points()]
    assert len(set(keys)) == 4
    assert all(key.isascii() and len(key) <= 200 for key in keys)


def test_a_sweep_is_a_data_frame_where_pandas_is_and_says_so_where_it_is_not(
    service: FakeService, account: Account, path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = sweep("sync", account, path, program, GRID)
    frame = found.to_dataframe()
    assert list(frame["a"]) == [1, 1, 2, 2]
    assert list(frame["status"]) == ["done"] * 4
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ArgumentError, match="pip install pandas"):
        found.to_dataframe()
    assert service.jobs != {}
