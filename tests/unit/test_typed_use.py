"""A user's type checker agrees with what the documentation promises: a file with every public name is checked."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import quafu_runtime

USES = [Path(__file__).with_name(name) for name in ("typed_use.py", "typed_use_awaited.py")]
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("checker", [["mypy", "--strict"], ["basedpyright"]], ids=["mypy", "pyright"])
def test_every_public_name_is_typed_as_a_user_uses_it(checker: list[str]) -> None:
    command = [sys.executable, "-m", *checker, *map(str, USES)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False, cwd=ROOT)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_checked_file_has_every_public_name() -> None:
    used = {node.id for use in USES for node in ast.walk(ast.parse(use.read_text())) if isinstance(node, ast.Name)}

    assert set(quafu_runtime.__all__) - {"__version__"} <= used


def test_a_misuse_is_found(tmp_path: Path) -> None:
    misuse = tmp_path / "misuse.py"
    misuse.write_text("from quafu_runtime import RuntimeService\n\nRuntimeService().run(program_id=5)\n")

    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(misuse)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        cwd=ROOT,
    )

    assert '"program_id"' in done.stdout
    assert done.returncode == 1
