"""`quafu-runtime job` and `run` with many params, in a pipe."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from tests.e2e.cli.shell import DEADLINE, HEX_ID, PROGRAMS, Shell

DOUBLE = "def run(task, userpub, params):\n    print('doubling', params)\n    return 2 * params['x']\n"


@pytest.fixture
def double(tmp_path: Path) -> str:
    program = tmp_path / "double.py"
    program.write_text(DOUBLE, encoding="utf-8")
    return str(program)


def test_a_detached_run_prints_the_id_and_nothing_else(shell: Shell, double: str) -> None:
    ended = shell.call("run", double, "--params", '{"x": 4}', "--detach")
    assert re.fullmatch(rf"{HEX_ID}\n", ended.stdout)
    assert ended.stderr == ""
    assert shell.call("job", "result", ended.stdout.strip()).stdout == "8\n"


def test_a_quiet_run_prints_the_result_and_nothing_else(shell: Shell, double: str) -> None:
    ended = shell.call("run", double, "--params", '{"x": 4}', "--quiet")
    assert (ended.stdout, ended.stderr) == ("8\n", "")


def test_params_come_from_standard_input(shell: Shell, double: str) -> None:
    assert shell.call("run", double, "--params", "@-", given='{"x": 5}').stdout == "10\n"


def test_jobs_are_listed_by_tag_label_and_status(shell: Shell, double: str) -> None:
    marks = ("--tag", "listed", "--label", "the first")
    job_id = shell.call("run", double, "--params", '{"x": 1}', "--detach", *marks).stdout.strip()
    shell.call("job", "result", job_id)
    listed = shell.json("job", "list", "--tag", "listed")
    assert [(one["job_id"], one["label"], one["status"]) for one in listed] == [(job_id, "the first", "Done")]
    line = shell.call("job", "list", "--tag", "listed", "--status", "done").stdout
    assert line.split("\t")[:2] == [job_id, "Done"]
    assert shell.call("job", "list", "--tag", "listed", "--status", "error").stdout == ""
    shown = shell.json("job", "show", job_id)
    assert shown["exit"]["kind"] == "returned"
    assert (
        f"label{'':15}" in shell.call("job", "show", job_id).stdout
        or "the first" in shell.call("job", "show", job_id).stdout
    )


def test_a_log_is_followed_to_the_job_s_end(shell: Shell, double: str) -> None:
    job_id = shell.call("run", double, "--params", '{"x": 1}', "--detach").stdout.strip()
    assert shell.call("job", "logs", "-f", job_id).stdout == "doubling {'x': 1}\n"


def test_interim_results_come_one_a_line_and_after_a_number(shell: Shell) -> None:
    arguments = ("run", str(PROGRAMS / "long-run.py"), "--params", '{"messages": 3, "pause": 0.01}', "--detach")
    job_id = shell.call(*arguments).stdout.strip()
    lines = shell.call("job", "stream", job_id).stdout.splitlines()
    assert len(lines) == 3
    assert len(shell.call("job", "stream", job_id, "--json").stdout.splitlines()) == 3
    assert shell.call("job", "stream", job_id, "--after", "999").stdout == ""


def test_a_job_may_be_allowed_to_run_more_than_once(shell: Shell, double: str) -> None:
    job_id = shell.call("run", double, "--params", '{"x": 1}', "--max-attempts", "2", "--detach").stdout.strip()
    assert shell.call("job", "result", job_id).stdout == "2\n"
    told = shell.json("job", "show", job_id)
    assert (told["runs"], told["max_attempts"]) == (1, 2)


def test_the_ledger_names_the_circuits(shell: Shell) -> None:
    job_id = shell.call("run", str(PROGRAMS / "bell.py"), "--seed", "1", "--detach").stdout.strip()
    shell.call("job", "result", job_id)
    ledger = shell.json("job", "ledger", job_id)
    assert ledger["circuits"]
    assert {circuit["qubits"] for circuit in ledger["circuits"]} == {2}
    assert ledger["times"]["computed"] > 0
    assert shell.call("job", "ledger", job_id).stdout.count("\n") == len(ledger["circuits"])


def test_a_job_is_run_again_with_other_params(shell: Shell, double: str) -> None:
    job_id = shell.call("run", double, "--params", '{"x": 1}', "--detach").stdout.strip()
    again = shell.call("job", "rerun", job_id).stdout.strip()
    assert shell.call("job", "result", again).stdout == "2\n"
    other = shell.call("job", "rerun", job_id, "--params", '{"x": 7}').stdout.strip()
    assert shell.call("job", "result", other).stdout == "14\n"


def test_a_bundle_holds_the_run(shell: Shell, double: str, tmp_path: Path) -> None:
    job_id = shell.call("run", double, "--params", '{"x": 1}', "--detach").stdout.strip()
    shell.call("job", "result", job_id)
    path = tmp_path / "run.zip"
    assert shell.call("job", "bundle", job_id, str(path)).stdout == f"{path}\n"
    with zipfile.ZipFile(path) as archive:
        assert any(archive.read(name).decode() == DOUBLE for name in archive.namelist() if name.endswith(".py"))
    assert "run.zip" in shell.call("job", "bundle", job_id, str(path), code=1).stderr
    shell.call("job", "bundle", job_id, str(path), "--overwrite")


def test_a_program_runs_once_for_each_line_of_a_file(shell: Shell, double: str, tmp_path: Path) -> None:
    (tmp_path / "params.jsonl").write_text('{"x": 1}\n\n{"x": 2}\n{"y": 3}\n', encoding="utf-8")
    ended = shell.call("run", double, "--map", str(tmp_path / "params.jsonl"), code=1)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line.get("result") for line in lines] == [2, 4, None]
    assert [line["params"] for line in lines] == [{"x": 1}, {"x": 2}, {"y": 3}]
    assert "KeyError" in lines[2]["error"]


@pytest.mark.parametrize(("content", "complaint"), [("{\n", "line 1"), ("\n", "no params"), (None, "cannot read")])
def test_a_bad_file_of_params_is_named(
    shell: Shell, double: str, tmp_path: Path, content: str | None, complaint: str
) -> None:
    path = tmp_path / "params.jsonl"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert complaint in shell.call("run", double, "--map", str(path), code=2).stderr


def test_watching_tells_each_change_until_all_have_ended(shell: Shell, tmp_path: Path) -> None:
    job_id = shell.sleeping_job(tmp_path)
    with shell.start("job", "watch", job_id, "--json") as process:
        assert process.stdout
        while (told := json.loads(process.stdout.readline()))["status"] != "Actively running":
            assert told["job_id"] == job_id
        shell.call("job", "cancel", job_id)
        rest, complaints = process.communicate(timeout=DEADLINE)
    assert [json.loads(line)["status"] for line in rest.splitlines()] == ["Cancelled"]
    assert (process.returncode, complaints) == (0, "")


def test_a_sweep_runs_every_point_and_is_shown_without_a_service(shell: Shell, double: str, tmp_path: Path) -> None:
    path = str(tmp_path / "sweep.db")
    shell.call("sweep", "run", path, double, "--grid", '{"x": [1, 2, 3]}', "--quiet")
    assert len(shell.call("sweep", "run", path, double, "--grid", '{"x": [1, 2, 3]}').stdout.splitlines()) == 3
    assert [row["result"] for row in shell.json("sweep", "show", path)] == [2, 4, 6]
    lines = shell.call("sweep", "show", path, "--csv").stdout.splitlines()
    assert lines[0].split(",")[0] == "x"
    assert len(lines) == 4
    assert "grid" in shell.call("sweep", "run", path, double, "--grid", '{"x": [9]}', code=2).stderr


def test_a_dry_run_needs_no_service(shell: Shell, tmp_path: Path) -> None:
    alone = Shell({**shell.environment, "HOME": str(tmp_path), "QUAFU_RUNTIME_PROFILE": ""})
    report = alone.json("program", "dry-run", str(PROGRAMS / "bell.py"))
    assert report["circuits"] >= 1
    assert "circuits" in alone.call("program", "dry-run", str(PROGRAMS / "bell.py")).stdout
    assert list(tmp_path.iterdir()) == []


def test_a_check_for_the_cloud_tells_more(shell: Shell, tmp_path: Path) -> None:
    program = tmp_path / "typed.py"
    program.write_text("def run(task, userpub, params):\n    return {1, 2}\n", encoding="utf-8")
    assert shell.json("program", "check", str(program)) == []
    assert shell.json("program", "check", str(program), "--target", "cloud")


def test_an_upload_over_an_old_one_is_asked_for(shell: Shell, double: str) -> None:
    first = shell.call("program", "upload", double, "--name", "twice").stdout
    shell.call("program", "upload", double, "--name", "twice", code=1)
    assert shell.call("program", "upload", double, "--name", "twice", "--if-exists", "reuse").stdout == first
