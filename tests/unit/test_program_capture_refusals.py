"""`@program`: what one file cannot carry, and what is no program."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import ArgumentError, ProgramCaptureError, program
from tests.unit.captured import Load, loader, refused, same_there


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    yield from loader(tmp_path)


REFUSED = {
    "an open file": ("import io\nX = io.StringIO()", "X", "StringIO"),
    "an array": ("import numpy\nX = numpy.zeros(3)", "X", "ndarray"),
    "a model": ("class Model:\n    pass\nX = Model()", "X", "a Model"),
    "an object in a list": ("X = [1, object()]", "X", "an object"),
    "a closure": ("def make(n):\n    def X():\n        return n\n    return X\nX = make(3)", "X", r"variables.*\(n\)"),
    "a partial": ("import functools\ndef f(a): return a\nX = functools.partial(f, 1)", "X", "partial"),
    "a list in itself": ("X = []\nX.append(X)", "X", "in it twice"),
    "a named tuple by a call": ("import collections\nX = collections.namedtuple('X', 'a')", "X", 'Write it as "class'),
    "a class of a function": ("def make():\n    class X:\n        pass\n    return X\nX = make()", "X", "a class that"),
    "a function with attributes": ("def X():\n    return 1\nX.calls = 3", "X", "attributes of its own"),
    "a lambda in a list": ("X = [lambda: 1][0]", "X", "lambda"),
    "nothing": ("", "X", "not defined"),
    "what a text made": ("exec('def X(): return 1')", "X", "source is not there"),
    "a singledispatch": ("import functools\n@functools.singledispatch\ndef X(a):\n    return 1", "X", "singledispatch"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_text_cannot_carry_is_refused_with_its_name_and_line(load: Load, case: str) -> None:
    before, name, message = REFUSED[case]
    module = load(f"{before}\n@program\ndef entry(task, userpub, params):\n    y = 1\n    return y, X\n")

    error = refused(module)

    assert error.name == name
    assert error.line is not None
    assert Path(str(module.__file__)).read_text().splitlines()[error.line - 1] == "    return y, X"
    with pytest.raises(ProgramCaptureError, match=message):
        _ = module.entry.source


def test_a_list_that_two_constants_share_is_refused(load: Load) -> None:
    module = load("A = []\nB = A\n@program\ndef entry(task, userpub, params):\n    return A, B\n")
    assert "also (in) A" in str(refused(module))


def test_a_module_of_the_users_own_is_refused_with_what_to_do(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_own_helpers.py").write_text("def helper():\n    return 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    text = "@program\ndef entry(task, userpub, params):\n    return helper()\n"
    whole = "@program\ndef entry(task, userpub, params):\n    return my_own_helpers.helper()\n"

    for module in (load(f"from my_own_helpers import helper\n{text}"), load(f"import my_own_helpers\n{whole}")):
        assert "your own module my_own_helpers" in str(refused(module))
        assert "move what is used" in str(refused(module))
    sys.modules.pop("my_own_helpers")


WRONG = {
    "async def f(task, userpub, params):\n    pass": "async",
    "def f(task, userpub, params):\n    yield 1": "yield",
    "def f(task, params):\n    pass": "task, userpub and params, and too many",
    "def f(a, b, c, d):\n    pass": "missing a required argument: 'd'",
    "f = lambda a, b, c: 1": "lambda has no name",
    "def make():\n    x = 1\n    def f(a, b, c):\n        return x\n    return f\nf = make()": "x, a variable of",
    "class f:\n    pass": "not of a type",
    "f = 3": "not of a int",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_begin_a_program_is_refused_as_it_is_decorated(load: Load, text: str) -> None:
    module = load(text)
    with pytest.raises(ProgramCaptureError, match=WRONG[text]):
        program(module.f)


def test_without_its_source_a_function_is_refused() -> None:
    names: dict[str, Any] = {}
    exec("def f(a, b, c):\n    return 1\n", names)  # noqa: S102 - as the prompt of Python would
    with pytest.raises(ProgramCaptureError, match="source of f is not there"):
        program(names["f"])


def test_something_else_that_is_called_run_is_refused(load: Load) -> None:
    module = load("def run():\n    return 1\n@program\ndef entry(task, userpub, params):\n    return run()\n")
    assert 'called "run"' in str(refused(module))


def test_a_name_is_no_empty_text() -> None:
    with pytest.raises(ArgumentError, match="at least one character"):
        program(name=" ")(lambda_free)


def lambda_free(_task: Any, _userpub: Any, _params: Any) -> int:
    return 1


def test_a_program_uses_another_one_as_a_function(load: Load) -> None:
    source = same_there(
        load("""
            @program
            def first(task, userpub, params):
                return 1

            @program(name="second")
            def entry(task, userpub, params):
                return first(task, userpub, params) + 1
            """)
    )
    assert "@" not in source
