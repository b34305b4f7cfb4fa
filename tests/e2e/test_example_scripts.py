"""The example scripts, as a user runs them: in a folder of their own, on the local runtime that they find."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quafu_runtime import LocalRuntime

SCRIPTS = Path(__file__).parents[2] / "examples" / "scripts"
DEADLINE = 180.0

PRINTED = {
    "awaited.py": "5 messages; [{'",
    "failures.py": "here too: division by zero",
    "keep_a_run.py": "the same again: True",
    "low_level.py": "contract 1.",
    "many_jobs.py": "{'shots': 'many'} failed",
    "noise.py": "of 2000 went astray",
    "run_a_file.py": "a first try",
    "run_a_function.py": "[0.0, 0.",
}
"""What each prints, among other things."""


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of a user whose local runtime is up."""
    folder = tmp_path_factory.mktemp("user")
    with LocalRuntime(folder / ".quafu" / "runtime"):
        yield folder


def test_each_script_is_run_here() -> None:
    assert {path.name for path in SCRIPTS.glob("*.py")} == set(PRINTED)


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_script_does_what_it_says(name: str, user: Path, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPTS / name)],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(user), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert PRINTED[name] in ended.stdout
    assert list(tmp_path.iterdir()) == []
