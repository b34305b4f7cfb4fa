"""The README's blocks, run in their order on a local runtime; only its placeholders are filled in."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import JobStatus, LocalRuntime, RuntimeService

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEADLINE = 120.0

SEED_BLOCKS = (
    "from quafu_runtime import Account\nfrom quafu_runtime import RuntimeService\n\n"
    "account = Account(api_token=<your quafu api token>)\n",
    "service = RuntimeService(account=account)\n",
    'metadata = {"name": "multi-task", "backend": "testbackend"}\n'
    "program_id = service.upload_program(data='examples/program_source/multi-task.py', metadata=metadata)\n",
    "service.list_programs()\n",
    'job = service.run(program_id = "<your program id>", params = <parameters of program>)\n'
    'print(f"job ID: {job.job_id()}")\n',
    "result = job.result(wait=True)\n",
    'from quafu_runtime import RuntimeJob\n\njob = RuntimeJob("<job-id>", account=account)\n',
    "python runtime_cli.py -h\n",
    "python runtime_cli.py --show-methods\n",
    "python runtime_cli.py --run run_get_programs\n",
    "python runtime_cli.py --run run_upload\n",
    "program_name,program_path must be set!\n",
    'python runtime_cli.py --run run_upload --program-name "name-of-the-program" --program-path path/to/this/program\n',
)
"""What users of the deployed client read in its README; the block with the token has gained `account.save()`."""


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(README) if found == language]


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime() as runtime:
        yield runtime


@pytest.fixture
def at_the_root(runtime: LocalRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder that the README's paths start from, and a service in place of the deployed one."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("QUAFU_RUNTIME_URL", runtime.url)


def fill_in(block: str, runtime: LocalRuntime, names: dict[str, Any]) -> str:
    job = names.get("job")
    fillings = {
        "<your quafu api token>": repr(str(runtime.account.get_token())),
        "<your program id>": str(names.get("program_id")),
        "<parameters of program>": '{"tasks": 2}',
        "<job-id>": job.job_id() if job else "",
    }
    for placeholder, filling in fillings.items():
        block = block.replace(placeholder, filling)
    return block


@pytest.mark.parametrize("block", SEED_BLOCKS)
def test_every_block_of_the_deployed_client_s_readme_is_here(block: str) -> None:
    assert any(block in found for _, found in BLOCK.findall(README))


@pytest.mark.usefixtures("at_the_root")
def test_the_python_blocks_run_in_their_order(runtime: LocalRuntime, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    before = sorted(path.name for path in ROOT.iterdir())
    for block in blocks("python"):
        exec(compile(fill_in(block, runtime, names), "README.md", "exec"), names)  # noqa: S102
    assert names["result"] is not None
    assert "multi-task" in [found.name for found in names["page"].data.programs]
    printed = capsys.readouterr().out
    assert printed.endswith(f"{JobStatus.DONE.code}\n")
    assert f"job ID: {names['job'].job_id()}" in printed
    assert f"{'-' * 50}\nprogram_id:{names['program_id']}\n -Name: multi-task\n -Description:" in printed
    assert sorted(path.name for path in ROOT.iterdir()) == before
    names["service"].close()


@pytest.mark.usefixtures("at_the_root")
def test_the_old_command_lines_run(runtime: LocalRuntime) -> None:
    environment = {**os.environ, "QUAFU_RUNTIME_API_TOKEN": runtime.account.get_token()}
    commands = [block.strip() for block in blocks("bash") if block.startswith("python runtime_cli.py")]
    outputs = {}
    for command in commands:
        filled = command.replace("path/to/this/program", "examples/program_source/bell.py")
        arguments = [argument.strip('"') for argument in filled.split()[1:]]
        ended = subprocess.run(
            [sys.executable, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        outputs[command] = ended.stdout
        assert ended.returncode == (1 if command.endswith("run_upload") else 0), ended.stderr
    assert outputs["python runtime_cli.py --run run_upload"] in blocks("")
    with RuntimeService(runtime.account) as service:
        assert service.program(name="name-of-the-program").data
