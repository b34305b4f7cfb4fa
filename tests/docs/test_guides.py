"""Every page of the documentation, run block by block on a local runtime as its reader would."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quafu_runtime import LocalRuntime
from tests.docs.page import Page, blocks_of, matches

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RUN = {"python", "pycon", "bash"}
LANGUAGES = {
    str(path.relative_to(DOCS)): {block.language for block in blocks_of(path.read_text(encoding="utf-8"))}
    for path in sorted(DOCS.rglob("*.md"))
}
PAGES = [page for page, languages in LANGUAGES.items() if languages & RUN]
OTHERS = [page for page, languages in LANGUAGES.items() if not languages & RUN]
DEADLINE = 240.0


@pytest.fixture
def runtime() -> Iterator[LocalRuntime]:
    """A service that has seen no other page."""
    with LocalRuntime() as runtime:
        yield runtime


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a reader's folder holds: of a checkout, the parts that the pages name."""
    for name in ("examples", "openapi"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_a_page_runs(page: str, runtime: LocalRuntime, folder: Path) -> None:
    credentials = runtime.account.credentials()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "QUAFU_RUNTIME_API_TOKEN": credentials.token,
        "QUAFU_RUNTIME_URL": credentials.url,
        "QUAFU_RUNTIME_WS_URL": credentials.ws_url,
        "MPLBACKEND": "agg",
    }
    ended = subprocess.run(
        [sys.executable, str(ROOT / "tests/docs/page.py"), str(DOCS / page)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout}{ended.stderr}"


@pytest.mark.parametrize("page", OTHERS)
def test_a_page_without_anything_to_run_is_read(page: str) -> None:
    with asyncio.Runner() as runner:
        for block in blocks_of((DOCS / page).read_text(encoding="utf-8")):
            Page(page, runner).run(block)


def test_a_block_knows_its_language_its_file_and_its_line() -> None:
    page = 'Text.\n\n```python title="a.py"\nx = 1\n```\n\n- item\n\n    ```bash\n    ls\n    ```\n'
    first, second = blocks_of(page)
    assert (first.language, first.title, first.line, first.text) == ("python", "a.py", 4, "x = 1\n")
    assert (second.language, second.title, second.text) == ("bash", None, "ls\n")


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [("a ... c", "a b c\n", True), ("a", "b", False), ("job ...", "job 1\nand more", True), ("a.c", "abc", False)],
)
def test_dots_stand_for_anything_and_nothing_else_does(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same
