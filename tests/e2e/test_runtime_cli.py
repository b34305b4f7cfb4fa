"""The deployed client's command line, row by row."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quafu_runtime import LocalRuntime, RuntimeService

ROOT = Path(__file__).parents[2]
BELL = str(ROOT / "examples" / "program_source" / "bell.py")
DEADLINE = 120.0


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime() as runtime:
        yield runtime


@pytest.fixture
def environment(runtime: LocalRuntime) -> dict[str, str]:
    """A shell in which the environment names the account."""
    credentials = runtime.account.credentials()
    return {
        **os.environ,
        "QUAFU_RUNTIME_API_TOKEN": credentials.token,
        "QUAFU_RUNTIME_URL": credentials.url,
        "QUAFU_RUNTIME_WS_URL": credentials.ws_url,
    }


def call(environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "runtime_cli.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert "runtime_cli.py" not in ended.stderr
    return ended.returncode, ended.stdout


def test_without_an_option_it_says_what_is_missing(environment: dict[str, str]) -> None:
    message = "No run method provided. Use --run argument to specify the method to run.\n"
    assert call(environment) == (0, message)


def test_it_lists_its_methods(environment: dict[str, str]) -> None:
    listed = "Available runtime methods:\n - run_get_programs\n - run_job_sync\n - run_update_program\n - run_upload\n"
    assert call(environment, "--show-methods") == (0, listed)


def test_an_unknown_method_is_a_wrong_use(environment: dict[str, str]) -> None:
    assert call(environment, "--run", "dance") == (2, "Invalid run method: dance\n")


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        ("run_upload", "program_name,program_path"),
        ("run_job_sync", "program_name"),
        ("run_update_program", "program_id,program_path"),
    ],
)
def test_a_method_names_the_options_that_it_lacks(environment: dict[str, str], method: str, missing: str) -> None:
    assert call(environment, "--run", method) == (1, f"{missing} must be set!\n")


def test_a_program_is_uploaded_listed_updated_and_run(environment: dict[str, str], runtime: LocalRuntime) -> None:
    code, printed = call(environment, "--run", "run_upload", "--program-name", "cli-bell", "--program-path", BELL)
    found = re.fullmatch(r"program_id: ([0-9a-f]{32})\n", printed)
    assert code == 0
    assert found
    assert f"program_id:{found[1]}\n -Name: cli-bell\n" in call(environment, "--run", "run_get_programs")[1]

    update = ("--run", "run_update_program", "--program-id", found[1], "--program-path", BELL)
    code, printed = call(environment, *update, "--program-description", "two qubits")
    assert code == 0
    assert " -Description: two qubits\n" in printed

    code, printed = call(environment, "--run", "run_job_sync", "--program-name", "cli-bell")
    assert code == 0
    assert re.match(r"job_id: [0-9a-f]{32}\ntime: \d+\.\d+ s\nresult: .+\nlogs: ", printed)
    with RuntimeService(runtime.account) as service:
        assert service.program(found[1]).description == "two qubits"


def test_at_most_twenty_programs_are_listed(environment: dict[str, str], runtime: LocalRuntime) -> None:
    with RuntimeService(runtime.account) as service:
        for number in range(21):
            service.upload_program("def run(task, userpub, params):\n    return 1\n", name=f"many-{number}")
    code, printed = call(environment, "--run", "run_get_programs")
    assert (code, printed.count("program_id:")) == (0, 20)


def test_a_token_on_the_command_line_is_used(environment: dict[str, str]) -> None:
    token = environment.pop("QUAFU_RUNTIME_API_TOKEN")
    assert call(environment, "--run", "run_get_programs")[0] == 1
    assert call(environment, "--run", "run_get_programs", "--api-token", token)[0] == 0


def test_a_failed_job_is_told_with_its_logs(environment: dict[str, str], runtime: LocalRuntime) -> None:
    with RuntimeService(runtime.account) as service:
        service.upload_program(ROOT / "examples" / "program_source" / "raises.py", name="cli-raises")
    code, printed = call(environment, "--run", "run_job_sync", "--program-name", "cli-raises")
    assert code == 1
    assert "logs: " in printed
