"""`@program`: a function, with all that it uses, as one file."""

import linecache
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.captured import Load, loader, run, same_there


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    yield from loader(tmp_path)


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
