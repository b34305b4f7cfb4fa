"""The example notebooks, each cell of them, in a real kernel."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from quafu_runtime import LocalRuntime
from tests.notebooks.kernel import DEADLINE, environment_for

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.name for path in (EXAMPLES / "notebooks").glob("*.ipynb"))


def test_there_are_notebooks() -> None:
    assert NAMES == ["async.ipynb", "first-steps.ipynb", "live-results.ipynb", "many-jobs.ipynb"]


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_of_a_notebook_runs(
    name: str, runtime: LocalRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = tmp_path / "examples"
    shutil.copytree(EXAMPLES, examples, ignore=shutil.ignore_patterns("__pycache__"))
    for variable, value in environment_for(runtime, tmp_path).items():
        monkeypatch.setenv(variable, value)
    notebook = nbformat.read(examples / "notebooks" / name, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(
        notebook, timeout=DEADLINE, resources={"metadata": {"path": str(examples / "notebooks")}}, kernel_name="python3"
    )
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("text/html" in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_outputs(name: str) -> None:
    notebook = json.loads((EXAMPLES / "notebooks" / name).read_text())
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])
