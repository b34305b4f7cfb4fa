"""One runtime and one kernel for the tests of a module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from quafu_runtime import LocalRuntime
from tests.notebooks.kernel import Kernel, environment_for, kernel_in


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime() as runtime:
        yield runtime


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cells")


@pytest.fixture(scope="module")
def kernel(runtime: LocalRuntime, folder: Path) -> Iterator[Kernel]:
    with kernel_in(folder, environment_for(runtime, folder)) as kernel:
        kernel.run("from quafu_runtime import *\nservice = RuntimeService(registry=False)")
        yield kernel
