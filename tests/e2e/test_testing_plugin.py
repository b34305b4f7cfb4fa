"""What users do with the fixtures: pytest in a folder of theirs, with nothing imported."""

import os
import subprocess
import sys
from pathlib import Path

DEADLINE = 120.0

PROGRAM = '''"""Doubles."""


def run(task, userpub, params):
    return 2 * params
'''

TESTS = """
from pathlib import Path

import pytest

from quafu_runtime import JobFailedError


def test_a_program_of_mine_doubles(runtime_service):
    assert runtime_service.run("double.py", 21).result() == 42


def test_a_failure_of_it_is_an_error_of_its_own(runtime_service):
    with pytest.raises(JobFailedError, match="TypeError"):
        runtime_service.run("double.py", None).result()


def test_the_runtime_is_the_same_for_all(runtime_service, local_runtime):
    assert len(runtime_service.programs()) == 1
    assert local_runtime.account == runtime_service.account


def test_nothing_is_written_at_home():
    assert list(Path.home().iterdir()) == []
"""


def test_three_lines_test_a_program(tmp_path: Path, home: Path) -> None:
    (tmp_path / "double.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "test_double.py").write_text(TESTS, encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 passed" in ended.stdout


def test_the_plugin_imports_nothing_of_the_package_before_it_is_asked() -> None:
    code = (
        "import sys, quafu_runtime.testing.plugin; print([name for name in ('httpx', 'quafu') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=DEADLINE, check=True)
    assert ended.stdout.strip() == "[]"
