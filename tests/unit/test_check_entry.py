"""Does a program have a `run` that can be called with three positional arguments?"""

from typing import Any

import pytest

from quafu_runtime.check import check_source

GOOD = {
    "plain": "def run(task, userpub, params):\n    return 1",
    "other names": "def run(a, b, c):\n    return 1",
    "a default": "def run(task, userpub, params=None):\n    return 1",
    "a fourth with a default": "def run(task, userpub, params, shots=100):\n    return 1",
    "star arguments": "def run(*arguments):\n    return 1",
    "one and star arguments": "def run(task, *rest, **options):\n    return 1",
    "positional only": "def run(task, userpub, params, /):\n    return 1",
    "a keyword with a default": "def run(task, userpub, params, *, shots=100):\n    return 1",
    "a decorator": "import functools\n@functools.cache\ndef run(whatever):\n    return 1",
    "an async one with a decorator": "from tools import awaited\n@awaited\nasync def run(a, b, c):\n    return 1",
    "a lambda": "run = lambda task, userpub, params: 1",
    "an import": "from helpers import run",
    "an import under this name": "from helpers import main as run",
    "a partial": "from functools import partial\ndef main(n, a, b, c):\n    return n\nrun = partial(main, 1)",
    "an instance": "class Run:\n    def __call__(self, a, b, c):\n        return 1\nrun = Run()",
    "a class that takes arguments": "class run:\n    def __init__(self, a, b, c):\n        self.a = a",
    "a class with a base": "class run(tuple):\n    pass",
    "an annotated one": "run: object = print",
    "one of two": (
        "import sys\nif sys.argv:\n    def run(a, b, c):\n        return 1\nelse:\n    def run(a):\n        return 1"
    ),
    "one after a wrong one": "def run(a):\n    return a\ndef run(a, b, c):\n    return a",
    "a fallback": "try:\n    from helpers import run\nexcept ImportError:\n    def run(a):\n        return 1",
    "in a with": "import contextlib\nwith contextlib.suppress(Exception):\n    def run(a, b, c):\n        return 1",
    "a star import": "from helpers import *",
    "a global statement": "def make():\n    global run\n    run = print\nmake()",
    "exec": "exec('def run(a, b, c): return 1')",
    "globals": "globals()['run'] = print",
    "unpacking": "run, other = print, 1",
    "a walrus": "if (run := print):\n    pass",
    "a loop": "for run in [print]:\n    pass",
    "a match": "match print:\n    case run:\n        pass",
    "a yield in an inner function": "def run(a, b, c):\n    def inner():\n        yield 1\n    return list(inner())",
}

BAD = {
    "nothing": ("x = 1", 1, 1, "the program has no function run"),
    "an empty text": ("", 1, 1, "the program has no function run"),
    "two arguments": (
        "x = 1\ndef run(task, params):\n    return 1",
        2,
        1,
        "run takes 2 arguments, and is called with 3",
    ),
    "no argument": ("def run():\n    return 1", 1, 1, "run takes 0 arguments"),
    "four arguments": ("def run(a, b, c, d):\n    return 1", 1, 1, "run needs 4 arguments, and is called with 3"),
    "four, one with a star": ("def run(a, b, c, d, *e):\n    return 1", 1, 1, "run needs 4 arguments"),
    "a keyword": ("def run(a, b, c, *, d):\n    return 1", 1, 1, "run needs the keyword argument d"),
    "two and keywords": ("def run(a, b, *, c=1):\n    return 1", 1, 1, "run takes 2 arguments"),
    "async": ("async def run(task, userpub, params):\n    return 1", 1, 1, "run is async"),
    "a generator": ("def run(a, b, c):\n    if a:\n        yield 1", 1, 1, "run has a yield in it"),
    "a lambda with two": ("run = lambda a, b: 1", 1, 7, "run takes 2 arguments"),
    "a number": ("run = 5", 1, 7, "run is not a function"),
    "a list": ("run: list = [1]", 1, 13, "run is not a function"),
    "a module": ("import run", 1, 1, "run is a module"),
    "a class without arguments": (
        "class run:\n    def __call__(self):\n        return 1",
        1,
        1,
        "run is a class that takes no",
    ),
    "in a class": (
        "class Program:\n    def run(self, a, b, c):\n        return 1",
        2,
        5,
        "run stands inside of something else",
    ),
    "in a function": ("def main():\n    def run(a, b, c):\n        return 1\n    return run", 2, 5, "stands inside"),
    "a wrong one last": ("def run(a, b, c):\n    return 1\ndef run(a):\n    return 1", 3, 1, "run takes 1 arguments"),
    "deleted": ("def run(a, b, c):\n    return 1\ndel run", 3, 1, "run is deleted"),
    "wrong in both branches": (
        "import sys\nif sys.argv:\n    def run(a):\n        return 1\nelse:\n    def run(b):\n        return 1",
        6,
        5,
        "run takes 1 arguments",
    ),
    "after chinese text": ('x = "你好"; run = 5', 1, 17, "run is not a function"),
}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_a_run_that_may_work_is_no_error(source: str) -> None:
    assert check_source(source, "p.py").errors == ()


@pytest.mark.parametrize(("source", "line", "column", "message"), BAD.values(), ids=BAD)
def test_a_run_that_cannot_work_is_an_error_with_its_place(source: str, line: int, column: int, message: str) -> None:
    report = check_source(source, "p.py")
    assert [(finding.line, finding.column) for finding in report.errors] == [(line, column)]
    assert message in report.errors[0].message
    assert report.errors[0].hint


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_python_agrees_that_a_good_run_can_be_called(source: str) -> None:
    if "helpers" in source or "tools" in source or "cache" in source:
        return  # what these import is not here
    space: dict[str, object] = {}
    exec(compile(source, "p.py", "exec"), space)  # noqa: S102 - our own texts
    run = space["run"]
    assert callable(run)
    if run is not print and run is not tuple and "class run(tuple)" not in source:
        run(None, None, None)


@pytest.mark.parametrize("source", [source for source, *_ in BAD.values()], ids=BAD)
def test_python_agrees_that_a_bad_run_cannot(source: str) -> None:
    with pytest.raises((KeyError, TypeError, ModuleNotFoundError)):
        call_run(source)


def call_run(source: str) -> None:
    """Run a program's text, and call its `run`; a coroutine or a generator is no result."""
    space: dict[str, Any] = {"__name__": "program"}
    exec(compile(source, "p.py", "exec"), space)  # noqa: S102 - our own texts
    result = space["run"](None, None, None)
    if hasattr(result, "close"):
        result.close()
        message = "not a result"
        raise TypeError(message)
