"""Modules that a test writes, and what becomes of their programs."""

import importlib.util
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from quafu_runtime import ProgramCaptureError, ProgramFunction, check_program

Load = Callable[[str], ModuleType]
"""Imports a text as a module of its own."""

numbers = count()


def loader(folder: Path) -> Iterator[Load]:
    """Import a text as a module of its own, from a file."""
    names = []

    def made(text: str) -> ModuleType:
        name = f"captured_{next(numbers)}"
        path = folder / f"{name}.py"
        path.write_text(f"from quafu_runtime import program\n{textwrap.dedent(text)}", encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        names.append(name)
        spec.loader.exec_module(module)
        return module

    yield made
    for name in names:
        del sys.modules[name]


def run(source: str, params: Any = None) -> Any:
    """Run a program's text in a fresh interpreter."""
    code = f"{source}\nprint(repr(run('task', 'userpub', {params!r})))"
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{done.stderr}\n{source}"
    return eval(done.stdout.splitlines()[-1])  # noqa: S307 - what was just printed


def same_there(module: ModuleType, params: Any = None, *, name: str = "entry") -> str:
    function = getattr(module, name)
    assert isinstance(function, ProgramFunction)
    source = function.source
    assert run(source, params) == function("task", "userpub", params)
    report = check_program(function)
    assert report.findings == (), str(report)
    return source


def refused(module: ModuleType, name: str = "entry") -> ProgramCaptureError:
    with pytest.raises(ProgramCaptureError) as caught:
        _ = getattr(module, name).source
    return caught.value
