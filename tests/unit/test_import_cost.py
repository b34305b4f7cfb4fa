"""`import quafu_runtime` costs next to nothing, and every public name is there when it is used."""

import subprocess
import sys
from typing import Any

import pytest

import quafu_runtime

HEAVY = [
    "typing",
    "attrs",
    "attr",
    "httpx",
    "importlib.metadata",
    "asyncio",
    "json",
    "websockets",
    "numpy",
    "quafu",
    "click",
]


def python(program: str) -> str:
    # -S and -I: what a site's .pth files import is not ours.
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{program}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_importing_the_package_imports_nothing_else() -> None:
    program = "before = set(sys.modules)\nimport quafu_runtime\nprint(sorted(set(sys.modules) - before))"
    assert python(program) == "['quafu_runtime']\n"


def test_importing_the_package_and_its_codec_leaves_the_client_out() -> None:
    program = f"import quafu_runtime.codec\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    assert not {"httpx", "websockets", "numpy", "quafu", "click", "asyncio"} & set(eval(python(program)))  # noqa: S307 - a list that we printed


def test_dir_shows_every_public_name_before_it_is_imported() -> None:
    assert python("import quafu_runtime\nprint(set(quafu_runtime.__all__) <= set(dir(quafu_runtime)))") == "True\n"


@pytest.mark.parametrize("name", quafu_runtime.__all__)
def test_every_public_name_is_there(name: str) -> None:
    value: Any = getattr(quafu_runtime, name)
    assert value is not None
    assert getattr(quafu_runtime, name) is value


def test_every_public_name_comes_with_a_star() -> None:
    assert python("from quafu_runtime import *\nprint(Account.__name__, rtexceptions.__name__)") == (
        "Account quafu_runtime.rtexceptions\n"
    )


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'quafu_runtime' has no attribute 'Acount'") as caught:
        _ = quafu_runtime.Acount  # type: ignore[attr-defined]
    assert caught.value.name == "Acount"


def test_all_errors_are_public() -> None:
    from quafu_runtime import errors

    public = {
        name for name, value in vars(errors).items() if isinstance(value, type) and value.__module__ == errors.__name__
    }
    assert public <= set(quafu_runtime.__all__)


def test_the_package_is_typed() -> None:
    from importlib.resources import files

    assert files("quafu_runtime").joinpath("py.typed").is_file()
