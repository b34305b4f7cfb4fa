"""What the documentation says that a test holds is held by a test that is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
DOCS = TESTS.parent / "docs"
PAGES = {"reliability.md": TESTS, "security.md": TESTS / "faults"}
"""The pages of promises, with the folder that their paths are below."""

DEFINED = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("*.py"))


def _rows(page: str) -> Iterator[str]:
    """The rows of the page's tables whose last column names tests."""
    is_promise = False
    for line in (DOCS / page).read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            is_promise = False
        elif re.search(r"\| test[^|]*\|$", line):
            is_promise = True
        elif is_promise and not line.startswith("|--"):
            yield line


def _is_there(page: str, name: str) -> bool:
    """Whether a page's name is that of a file or folder in its own folder, or in one of the two levels below."""
    below = PAGES[page]
    return (below / name).exists() or any(below.glob(f"*/{name}")) or any(below.glob(f"*/*/{name}"))


@pytest.mark.parametrize("page", PAGES)
def test_each_promise_names_what_holds_it(page: str) -> None:
    rows = list(_rows(page))
    assert len(rows) > 10
    assert [row for row in rows if "`" not in row.split("|")[-2]] == []


@pytest.mark.parametrize("page", PAGES)
def test_each_test_that_a_page_names_is_there(page: str) -> None:
    last_columns = " ".join(row.split("|")[-2] for row in _rows(page))
    paths = re.findall(r"`([\w./]+(?:/|\.py))(?:::|`)", last_columns)
    assert len(paths) > 10
    assert [path for path in paths if not _is_there(page, path)] == []
    names = [name.replace("…", r"\w*") for name in re.findall(r"::([\w…]+)`", last_columns)]
    assert [name for name in names if not re.search(rf"def test_\w*{name}", DEFINED)] == []


def test_each_program_that_a_page_names_is_tried() -> None:
    programs = re.findall(r"`\[([^\]]+)\]`", (DOCS / "security.md").read_text(encoding="utf-8"))
    assert len(programs) > 5
    assert [name for name in programs if f'"{name}"' not in DEFINED] == []
