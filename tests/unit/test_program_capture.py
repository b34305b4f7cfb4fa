"""`@program`: a function, with all that it uses, as one file."""

import importlib.util
import linecache
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from quafu_runtime import ArgumentError, ProgramCaptureError, ProgramFunction, check_program, program

Load = Callable[[str], ModuleType]

numbers = count()


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """Import a text as a module of its own, from a file."""
    names = []

    def made(text: str) -> ModuleType:
        name = f"captured_{next(numbers)}"
        path = tmp_path / f"{name}.py"
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


def test_a_function_becomes_run_with_what_it_uses(load: Load) -> None:
    module = load("""
        import math
        import os.path
        from collections import Counter as Tally, OrderedDict
        import json as js

        STEPS = 3
        UNUSED = object()
        WORDS = {"a": (1, 2.5, None, True, b"x"), "b": [{1, 2}, frozenset({3}), 1j]}

        def unused():
            return UNUSED

        def scaled(value):
            return math.floor(value * STEPS)

        @program
        def entry(task, userpub, params):
            \"\"\"Do it.\"\"\"
            # A comment stays.
            tally = Tally(scaled(number) for number in params)
            return dict(tally), js.dumps([1]), OrderedDict, WORDS, os.path.basename("a/b")
        """)

    source = module.entry.source
    there = run(source.replace("OrderedDict, WORDS", "WORDS"), [1, 2.5])
    assert there == ({3: 1, 7: 1}, "[1]", module.WORDS, "b")
    assert "def run(task, userpub, params):" in source
    assert "# A comment stays." in source
    assert "import json as js" in source
    assert "from collections import Counter as Tally" in source
    assert "unused" not in source.lower()
    assert "program" not in source
    assert module.entry.name == "entry"
    assert "entry" in repr(module.entry)


def test_definitions_stand_in_an_order_that_works(load: Load) -> None:
    same_there(
        load("""
            import dataclasses
            import enum
            import functools

            def doubled(function):
                @functools.wraps(function)
                def inner(*arguments):
                    return 2 * function(*arguments)
                return inner

            class Base:
                def __init__(self, value=limit if (limit := 4) else 0):
                    self.value = value

            class Derived(Base):
                table = [helper for helper in (1, 2, 3)]

                @property
                def total(self):
                    return self.value + sum(self.table) + later(1)

            @dataclasses.dataclass
            class Point:
                x: float
                kinds: list[int] = dataclasses.field(default_factory=list)

            class Colour(enum.Enum):
                RED = 1

            @doubled
            def later(number):
                return number + 10

            @functools.lru_cache(maxsize=None)
            def fibonacci(number):
                return number if number < 2 else fibonacci(number - 1) + fibonacci(number - 2)

            square = lambda number: number * number
            also = square

            @program
            def entry(task, userpub, params):
                def nested(number):
                    return square(number) + also(2)
                return Derived().total, Point(1.5).x, Colour.RED.value, fibonacci(30), nested(3)
            """)
    )


def test_a_function_that_calls_itself_is_renamed_all_over(load: Load) -> None:
    source = same_there(
        load("""
            def step(number):
                return 0 if number == 0 else entry("task", "userpub", number - 1) + 1

            @program
            def entry(task, userpub, params):
                return step(params or 0)
            """),
        5,
    )
    assert "entry" not in source


def test_where_a_variable_has_the_name_of_the_function_run_is_another_name_of_it(load: Load) -> None:
    source = same_there(
        load("""
            def shadow(entry):
                return entry + 1

            @program
            def entry(task, userpub, params):
                return shadow(2)
            """)
    )
    assert source.endswith("run = entry\n")


def test_another_name_of_a_decorated_function_stays_one(load: Load) -> None:
    source = same_there(
        load("""
        def twice(function):
            def inner(value):
                return function(function(value))
            return inner

        @twice
        def more(value):
            return value + 1

        other = more

        @program
        def entry(task, userpub, params):
            return other(params)
        """),
        3,
    )
    assert "other = more" in source


def test_defaults_are_what_they_were_when_the_function_was_defined(load: Load) -> None:
    module = load("""
        step = 5

        def helper(number, k=step, *, m=step * 2):
            return number + k + m

        def plain(function):
            def inner(*arguments):
                return function(*arguments)
            return inner

        @plain
        def hidden(number, k=step):
            return number * k

        @program
        def entry(task, userpub, params):
            return helper(1), hidden(1), short(1), step

        short = lambda number, k=step: number - k
        step = 7
        """)

    same_there(module)
    assert module.entry(None, None, None) == (16, 5, -4, 7)


def test_globals_of_every_scope_are_found(load: Load) -> None:
    same_there(
        load("""
            A, B, C, D, E, F, G = 1, 2, 3, 4, 5, 6, 7

            class Holder:
                B = B
                values = [1 for _ in range(2)]

                def method(self, default=D):
                    return [default + E + inner for inner in range(2) if inner < F]

            @program
            def entry(task, userpub, params):
                lookup = {key: (lambda: G)() for key in range(2)}
                A = 5
                return Holder.B, Holder.values, Holder().method(), lookup, A, C
            """)
    )


def test_a_constant_is_what_it_is_by_now(load: Load) -> None:
    module = load("""
        counter = 10

        def bump():
            global counter
            counter += 1
            return counter

        @program
        def entry(task, userpub, params):
            return bump()
        """)

    assert module.entry(None, None, None) == 11
    assert run(module.entry.source) == 12


def test_a_name_that_only_global_gives_a_value_is_no_missing_name(load: Load) -> None:
    module = load("""
        @program
        def entry(task, userpub, params):
            global made
            made = 3
            return made
        """)
    assert run(module.entry.source) == 3


def test_texts_of_several_lines_keep_their_indentation(load: Load) -> None:
    same_there(
        load("""
            if True:
                def helper():
                    text = \"\"\"one
              two
                        three\"\"\"
                    return text, f\"\"\"
                {1 + 1}\"\"\"

            @program
            def entry(task, userpub, params):
                return helper()
            """)
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("float('inf')", 'X = float("inf")'),
        ("-0.0", "X = -0.0"),
        ("()", "X = ()"),
        ("set()", "X = set()"),
        ("frozenset()", "X = frozenset()"),
        ("2 ** 12000", "X = 0x1000"),
        ("complex(1, -0.0)", "X = complex(1.0, -0.0)"),
        ("{'é': ['\\ud800']}", "X = {'é': ['\\ud800']}"),
    ],
)
def test_constants_are_written_exactly(load: Load, value: str, text: str) -> None:
    module = load(
        f"X = {value}\n\n@program\ndef entry(task, userpub, params):\n"
        "    return ascii(X) if type(X) is not int else X.bit_length()\n"
    )
    assert text in module.entry.source
    same_there(module)


def test_annotations_that_are_not_evaluated_need_nothing(load: Load) -> None:
    module = load("""
        @program
        def entry(task: "Task", userpub, params):
            value: Missing = 3
            return value
        """)
    assert run(module.entry.source) == 3


def test_postponed_annotations_stay_postponed(tmp_path: Path) -> None:
    text = (
        "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nfrom quafu_runtime import program\n"
        "if TYPE_CHECKING:\n    from quafu import Task\n\n"
        "@program\ndef entry(task: Task, userpub: object, params: dict[str, int]) -> int:\n    return 1\n"
    )
    path = tmp_path / "postponed.py"
    path.write_text(text)
    names: dict[str, Any] = {"__name__": "postponed"}
    exec(compile(text, str(path), "exec"), names)  # noqa: S102 - as an import would

    source = names["entry"].source

    assert source.startswith("from __future__ import annotations\n")
    assert run(source) == 1


def test_functions_of_several_cells_of_a_notebook_are_found() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}

    def cell(number: int, text: str) -> None:
        filename = f"/tmp/ipykernel_12345/{number}.py"
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        exec(compile(text, filename, "exec"), names)  # noqa: S102 - as a kernel would

    cell(1, "from quafu_runtime import program\nimport math\nimport xml.dom as dom\n")
    cell(2, "def helper(x):\n    return x\n")
    cell(3, "class Empty:\n    value = 3\n")
    cell(2_2, "def helper(x):\n    return math.floor(x) + Empty.value\n")
    cell(
        4,
        "@program(name='mine')\ndef entry(task, userpub, params):\n    return helper(2.5), dom.SYNTAX_ERR\n",
    )

    entry = names["entry"]
    assert run(entry.source) == entry(None, None, None) == (5, 12)
    assert entry.name == "mine"
    assert "import xml.dom as dom" in entry.source
    for number in (1, 2, 3, 22, 4):
        del linecache.cache[f"/tmp/ipykernel_12345/{number}.py"]


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
