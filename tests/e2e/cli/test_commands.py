"""`quafu-runtime`, as a user types it, against a service that it has started itself."""

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.cli.shell import COMMAND, DEADLINE, HEX_ID, PROGRAMS, Shell


def test_serve_prints_where_it_answers_and_saves_a_profile(shell: Shell, served: str) -> None:
    assert re.search(r"http://127\.0\.0\.1:\d+", served)
    account_file = Path(shell.environment["HOME"]) / ".quafu" / "api"
    assert account_file.stat().st_mode & 0o777 == 0o600
    assert shell.call("program", "list").stderr == "No programs.\n"


def test_a_file_is_run_and_followed_to_its_end(shell: Shell) -> None:
    ended = shell.call("run", str(PROGRAMS / "vqe-h2.py"), "--params", '{"steps": 3}', "--seed", "7")
    result = json.loads(ended.stdout)
    assert result["energies"]
    assert re.match(rf"Job {HEX_ID}\n", ended.stderr)
    assert "step   3  energy" in ended.stderr
    assert '{"step": 3, "energy":' in ended.stderr
    again = shell.call("run", str(PROGRAMS / "vqe-h2.py"), "--params", '{"steps": 3}', "--seed", "7")
    assert json.loads(again.stdout) == result
    assert len([found for found in shell.json("program", "list") if found["name"].startswith("vqe-h2-")]) == 1


def test_a_doubt_about_a_program_is_one_line(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "unused.py"
    path.write_text("import math\n\n\ndef run(task, userpub, params):\n    return 1\n", encoding="utf-8")
    first, *rest = shell.call("run", str(path)).stderr.splitlines()
    assert first == f"Warning: {path}, line 1, column 1: 'math' imported but unused"
    assert [line.split()[0] for line in rest] == ["Job"]


def test_a_run_as_json_gives_a_line_for_each_thing(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "params.json").write_text('{"steps": 1}', encoding="utf-8")
    ended = shell.call("run", str(PROGRAMS / "vqe-h2.py"), "--params", f"@{tmp_path / 'params.json'}", "--json")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    kinds = [line["type"] for line in lines]
    assert (kinds[0], kinds[-1]) == ("job", "result")
    assert {"log", "interim"} <= set(kinds)
    assert lines[-1]["result"]["energies"]


def test_a_program_that_raises_ends_the_run_with_its_traceback(shell: Shell) -> None:
    ended = shell.call("run", str(PROGRAMS / "raises.py"), code=1)
    assert ended.stdout == ""
    assert "raises" in ended.stderr
    assert "Traceback (most recent call last)" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("run", "no-such.py"), "no-such.py"),
        (("run", "hello", "--params", "{"), "not JSON"),
        (("run", "hello", "--params", "@missing.json"), "missing.json"),
        (("run",), "PROGRAM"),
        (("program", "update", "--public"), "PROGRAM"),
        (("serve", "--max-jobs", "0"), "max-jobs"),
    ],
)
def test_a_wrong_use_exits_with_two(shell: Shell, arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in shell.call(*arguments, code=2).stderr


def test_what_the_service_does_not_know_exits_with_one(shell: Shell) -> None:
    assert "no-such-program" in shell.call("run", "no-such-program", code=1).stderr
    assert "0" * 32 in shell.call("job", "status", "0" * 32, code=1).stderr


def test_a_program_lives_through_the_command_line(shell: Shell) -> None:
    bell = str(PROGRAMS / "bell.py")
    program_id = shell.call("program", "upload", bell, "--name", "cli-bell").stdout.strip()
    assert re.fullmatch(HEX_ID, program_id)
    assert "already" in shell.call("program", "upload", bell, "--name", "cli-bell", code=1).stderr
    assert program_id in shell.call("program", "list").stdout
    assert shell.call("program", "show", "cli-bell", "--source").stdout == (PROGRAMS / "bell.py").read_text()
    updated = shell.json("program", "update", "cli-bell", "--description", "two qubits", "--public")
    assert (updated["description"], updated["is_public"]) == ("two qubits", True)
    shell.call("program", "delete", "cli-bell")
    assert "cli-bell" in shell.call("program", "show", "cli-bell", code=1).stderr


def test_metadata_can_come_from_a_file(shell: Shell, tmp_path: Path) -> None:
    metadata = tmp_path / "metadata.json"
    metadata.write_text('{"name": "from-a-file", "group": "tests"}', encoding="utf-8")
    shell.call("program", "upload", str(PROGRAMS / "bell.py"), "--metadata", str(metadata))
    shown = shell.json("program", "show", "from-a-file")
    assert shown["group"] == "tests"


def test_a_check_names_the_line_and_needs_no_service(shell: Shell, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("def run(task, userpub, params):\n    return undefined_name\n", encoding="utf-8")
    assert "2" in shell.call("program", "check", str(broken), code=1).stdout
    findings = json.loads(shell.call("program", "check", str(broken), "--json", code=1).stdout)
    assert [(found["severity"], found["line"]) for found in findings] == [("error", 2)]
    shell.call("program", "check", str(PROGRAMS / "bell.py"))


def test_a_job_is_asked_for_cancelled_and_deleted(shell: Shell, tmp_path: Path) -> None:
    program = tmp_path / "waits.py"
    program.write_text(
        "import time\ndef run(task, userpub, params):\n    print('here', flush=True)\n    time.sleep(600)\n",
        encoding="utf-8",
    )
    command = [COMMAND, "run", str(program), "--profile", "local"]
    with subprocess.Popen(
        command, env=shell.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        job_id = process.stderr.readline().split()[1]
        assert process.stderr.readline() == "here\n"
        assert shell.call("job", "status", job_id).stdout == "Actively running\n"
        assert shell.call("job", "logs", job_id).stdout == "here\n"
        assert shell.call("job", "result", job_id, "--no-wait").stdout.strip() == ""
        assert shell.call("job", "cancel", job_id).stdout == "Cancelled\n"
        assert "cancelled" in process.communicate(timeout=DEADLINE)[1].lower()
    assert process.returncode == 1
    assert shell.call("job", "result", job_id, code=1).stdout == ""
    assert shell.json("job", "delete", job_id) == {"job_id": job_id, "deleted": True}


def test_the_result_of_a_job_can_be_had_later(shell: Shell) -> None:
    ended = shell.call("run", str(PROGRAMS / "hello.py"))
    job_id = ended.stderr.splitlines()[0].split()[1]
    assert shell.call("job", "result", job_id).stdout == ended.stdout
    answer = shell.json("job", "result", job_id)
    assert answer["result"] == json.loads(ended.stdout)


def test_a_user_is_added_once_and_told_the_token(shell: Shell) -> None:
    token = shell.call("server", "user", "add", "alice").stdout.strip()
    assert len(token) >= 32
    assert "alice" in shell.call("server", "user", "add", "alice", code=2).stderr
    assert "alice" in [line.split("\t")[0] for line in shell.call("server", "user", "list").stdout.splitlines()]
    address = json.loads(
        (Path(shell.environment["HOME"]) / ".quafu" / "runtime" / "service.json").read_text(encoding="utf-8")
    )
    theirs = {**shell.environment, "QUAFU_RUNTIME_API_TOKEN": token, "QUAFU_RUNTIME_URL": address["url"]}
    listed = subprocess.run(
        [COMMAND, "program", "list"], env=theirs, capture_output=True, text=True, timeout=DEADLINE, check=True
    )
    assert (listed.stdout, listed.stderr) == ("", "No programs.\n")


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_cleanly_when_it_is_told_to(shell: Shell, tmp_path: Path, told: signal.Signals) -> None:
    command = [COMMAND, "serve", "--port", "0", "--data-dir", str(tmp_path / "runtime")]
    elsewhere = {**shell.environment, "HOME": str(tmp_path)}
    with subprocess.Popen(command, env=elsewhere, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(told)
        assert process.communicate(timeout=DEADLINE) == ("", "")
    assert process.returncode == 0
    assert not (tmp_path / "runtime" / "service.json").exists()


def test_a_second_service_on_the_same_folder_is_refused(shell: Shell) -> None:
    assert "runtime" in shell.call("serve", "--port", "0", code=1).stderr
