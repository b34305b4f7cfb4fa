"""`quafu-runtime`, as a user types it, against a service that it has started itself."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "examples" / "program_source"
COMMAND = str(Path(sys.executable).parent / "quafu-runtime")
DEADLINE = 120.0
HEX_ID = r"[0-9a-f]{32}"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user with an empty home."""
    return {**os.environ, "HOME": str(tmp_path_factory.mktemp("user")), "NO_COLOR": "1"}


@pytest.fixture(scope="module", autouse=True)
def served(shell: dict[str, str]) -> Iterator[str]:
    """`quafu-runtime serve`, and the line that it prints."""
    command = [COMMAND, "serve", "--port", "0", "--max-jobs", "2"]
    with subprocess.Popen(command, env=shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline()
        finally:
            process.send_signal(signal.SIGINT)
            rest, complaints = process.communicate(timeout=DEADLINE)
    assert (process.returncode, rest, complaints) == (0, "", "")


def call(shell: dict[str, str], *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    ended = subprocess.run(
        [COMMAND, *arguments],
        env={**shell, "QUAFU_RUNTIME_PROFILE": "local"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert "site-packages" not in ended.stderr
    assert ended.returncode == code, ended.stderr
    return ended


def call_json(shell: dict[str, str], *arguments: str) -> object:
    return json.loads(call(shell, *arguments, "--json").stdout)


def test_serve_prints_where_it_answers_and_saves_a_profile(shell: dict[str, str], served: str) -> None:
    assert re.search(r"http://127\.0\.0\.1:\d+", served)
    account_file = Path(shell["HOME"]) / ".quafu" / "api"
    assert account_file.stat().st_mode & 0o777 == 0o600
    assert call(shell, "program", "list").stdout == "No programs.\n"


def test_a_file_is_run_and_followed_to_its_end(shell: dict[str, str]) -> None:
    ended = call(shell, "run", str(PROGRAMS / "vqe-h2.py"), "--params", '{"steps": 3}', "--seed", "7")
    result = json.loads(ended.stdout)
    assert result["energies"]
    assert re.match(rf"Job {HEX_ID}\n", ended.stderr)
    assert "step   3  energy" in ended.stderr
    assert '{"step": 3, "energy":' in ended.stderr
    again = call(shell, "run", str(PROGRAMS / "vqe-h2.py"), "--params", '{"steps": 3}', "--seed", "7")
    assert json.loads(again.stdout) == result
    assert len([found for found in _programs(shell) if found["name"].startswith("vqe-h2-")]) == 1


def _programs(shell: dict[str, str]) -> list[dict[str, str]]:
    found = call_json(shell, "program", "list")
    assert isinstance(found, list)
    return found


def test_a_run_as_json_gives_a_line_for_each_thing(shell: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "params.json").write_text('{"steps": 1}', encoding="utf-8")
    ended = call(shell, "run", str(PROGRAMS / "vqe-h2.py"), "--params", f"@{tmp_path / 'params.json'}", "--json")
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    kinds = [line["type"] for line in lines]
    assert (kinds[0], kinds[-1]) == ("job", "result")
    assert {"log", "interim"} <= set(kinds)
    assert lines[-1]["result"]["energies"]


def test_a_program_that_raises_ends_the_run_with_its_traceback(shell: dict[str, str]) -> None:
    ended = call(shell, "run", str(PROGRAMS / "raises.py"), code=1)
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
def test_a_wrong_use_exits_with_two(shell: dict[str, str], arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in call(shell, *arguments, code=2).stderr


def test_what_the_service_does_not_know_exits_with_one(shell: dict[str, str]) -> None:
    assert "no-such-program" in call(shell, "run", "no-such-program", code=1).stderr
    assert "0" * 32 in call(shell, "job", "status", "0" * 32, code=1).stderr


def test_a_program_lives_through_the_command_line(shell: dict[str, str]) -> None:
    bell = str(PROGRAMS / "bell.py")
    program_id = call(shell, "program", "upload", bell, "--name", "cli-bell").stdout.strip()
    assert re.fullmatch(HEX_ID, program_id)
    assert "already" in call(shell, "program", "upload", bell, "--name", "cli-bell", code=1).stderr
    assert program_id in call(shell, "program", "list").stdout
    assert call(shell, "program", "show", "cli-bell", "--source").stdout == (PROGRAMS / "bell.py").read_text()
    updated = call_json(shell, "program", "update", "cli-bell", "--description", "two qubits", "--public")
    assert isinstance(updated, dict)
    assert (updated["description"], updated["is_public"]) == ("two qubits", True)
    call(shell, "program", "delete", "cli-bell")
    assert "cli-bell" in call(shell, "program", "show", "cli-bell", code=1).stderr


def test_metadata_can_come_from_a_file(shell: dict[str, str], tmp_path: Path) -> None:
    metadata = tmp_path / "metadata.json"
    metadata.write_text('{"name": "from-a-file", "group": "tests"}', encoding="utf-8")
    call(shell, "program", "upload", str(PROGRAMS / "bell.py"), "--metadata", str(metadata))
    shown = call_json(shell, "program", "show", "from-a-file")
    assert isinstance(shown, dict)
    assert shown["group"] == "tests"


def test_a_check_names_the_line_and_needs_no_service(shell: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("def run(task, userpub, params):\n    return undefined_name\n", encoding="utf-8")
    assert "2" in call(shell, "program", "check", str(broken), code=1).stdout
    findings = json.loads(call(shell, "program", "check", str(broken), "--json", code=1).stdout)
    assert [(found["severity"], found["line"]) for found in findings] == [("error", 2)]
    call(shell, "program", "check", str(PROGRAMS / "bell.py"))


def test_a_job_is_asked_for_cancelled_and_deleted(shell: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "waits.py"
    program.write_text(
        "import time\ndef run(task, userpub, params):\n    print('here', flush=True)\n    time.sleep(600)\n",
        encoding="utf-8",
    )
    command = [COMMAND, "run", str(program), "--profile", "local"]
    with subprocess.Popen(command, env=shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        job_id = process.stderr.readline().split()[1]
        assert process.stderr.readline() == "here\n"
        assert call(shell, "job", "status", job_id).stdout == "Actively running\n"
        assert call(shell, "job", "logs", job_id).stdout == "here\n"
        assert call(shell, "job", "result", job_id, "--no-wait").stdout.strip() == ""
        assert call(shell, "job", "cancel", job_id).stdout == "Cancelled\n"
        assert "cancelled" in process.communicate(timeout=DEADLINE)[1].lower()
    assert process.returncode == 1
    assert call(shell, "job", "result", job_id, code=1).stdout == ""
    assert call_json(shell, "job", "delete", job_id) == {"job_id": job_id, "deleted": True}


def test_the_result_of_a_job_can_be_had_later(shell: dict[str, str]) -> None:
    ended = call(shell, "run", str(PROGRAMS / "hello.py"))
    job_id = ended.stderr.splitlines()[0].split()[1]
    assert call(shell, "job", "result", job_id).stdout == ended.stdout
    answer = call_json(shell, "job", "result", job_id)
    assert isinstance(answer, dict)
    assert answer["result"] == json.loads(ended.stdout)


def test_login_reads_the_token_without_echo(shell: dict[str, str]) -> None:
    token = "t0ken-of-a-test"
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - the process of the command
        os.execve(COMMAND, [COMMAND, "login", "--profile", "lab", "--url", "http://127.0.0.1:9/"], shell)
    shown = b""
    while b"API token" not in shown:
        shown += os.read(terminal, 1024)
    os.write(terminal, token.encode() + b"\n")
    while b"Saved" not in shown:
        shown += os.read(terminal, 1024)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    os.close(terminal)
    assert token.encode() not in shown
    assert token in (Path(shell["HOME"]) / ".quafu" / "api").read_text(encoding="utf-8")


def test_a_user_is_added_once_and_told_the_token(shell: dict[str, str]) -> None:
    token = call(shell, "server", "user", "add", "alice").stdout.strip()
    assert len(token) >= 32
    assert "alice" in call(shell, "server", "user", "add", "alice", code=2).stderr
    assert "alice" in call(shell, "server", "user", "list").stdout.splitlines()
    address = json.loads((Path(shell["HOME"]) / ".quafu" / "runtime" / "service.json").read_text(encoding="utf-8"))
    theirs = {**shell, "QUAFU_RUNTIME_API_TOKEN": token, "QUAFU_RUNTIME_URL": address["url"]}
    listed = subprocess.run(
        [COMMAND, "program", "list"], env=theirs, capture_output=True, text=True, timeout=DEADLINE, check=True
    )
    assert listed.stdout == "No programs.\n"


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_cleanly_when_it_is_told_to(shell: dict[str, str], tmp_path: Path, told: signal.Signals) -> None:
    command = [COMMAND, "serve", "--port", "0", "--data-dir", str(tmp_path / "runtime")]
    elsewhere = {**shell, "HOME": str(tmp_path)}
    with subprocess.Popen(command, env=elsewhere, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "http://127.0.0.1:" in process.stdout.readline()
        process.send_signal(told)
        assert process.communicate(timeout=DEADLINE) == ("", "")
    assert process.returncode == 0
    assert not (tmp_path / "runtime" / "service.json").exists()


def test_a_second_service_on_the_same_folder_is_refused(shell: dict[str, str]) -> None:
    assert "runtime" in call(shell, "serve", "--port", "0", code=1).stderr


def test_an_interrupted_run_says_how_to_come_back(shell: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "naps.py"
    program.write_text(
        "import time\ndef run(task, userpub, params):\n    print('asleep', flush=True)\n    time.sleep(600)\n",
        encoding="utf-8",
    )
    command = [COMMAND, "run", str(program), "--profile", "local"]
    with subprocess.Popen(command, env=shell, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        job_id = process.stderr.readline().split()[1]
        assert process.stderr.readline() == "asleep\n"
        process.send_signal(signal.SIGINT)
        assert f"quafu-runtime job result {job_id}" in process.communicate(timeout=DEADLINE)[1]
    assert process.returncode == 1
    call(shell, "job", "cancel", job_id)
