"""The whole check of a program before it is sent."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quafu_runtime import CheckReport, ProgramWarning
from quafu_runtime.check import Finding, check_source, ensure_valid
from quafu_runtime.errors import ProgramNotValidError

RUN = "def run(task, userpub, params):\n    return params\n"

ERRORS = {
    "a colon": ("def run(task userpub, params):\n    pass\n", 1, None, "invalid syntax"),
    "an indent": (RUN + "   x = 1\n", 3, None, "unindent"),
    "python 2": (RUN + "print 'x'\n", 3, 1, "Missing parentheses in call to 'print'"),
    "a nul": (RUN + "x = 1\0\n", 3, 6, "the source has a NUL character"),
    "a surrogate": (RUN + "x = '\ud800'\n", 3, 1, "a character that UTF-8 cannot hold"),
    "an undefined name": (RUN + "x = undefined\n", 3, 5, "undefined name 'undefined'"),
    "an undefined local": (
        "x = 1\n" + RUN + "def f():\n    print(x)\n    x = 2\n",
        5,
        11,
        "referenced before assignment",
    ),
    "two arguments of one name": (
        "def run(a, b, c):\n    return 1\ndef f(x, x):\n    return x\n",
        3,
        10,
        "duplicate argument",
    ),
    "a return outside": (RUN + "return 1\n", 3, 1, "'return' outside function"),
    "a yield outside": (RUN + "yield 1\n", 3, 1, "'yield' outside function"),
    "an await outside": (RUN + "await x\n", 3, 1, "'await' outside function"),
    "a break outside": (RUN + "break\n", 3, 1, "'break' outside loop"),
    "a continue outside": (RUN + "continue\n", 3, 1, "'continue' not properly in loop"),
    "a bare except first": (
        RUN + "try:\n    pass\nexcept:\n    pass\nexcept OSError:\n    pass\n",
        5,
        1,
        "default 'except:'",
    ),
    "a late future": (RUN + "from __future__ import annotations\n", 3, 1, "from __future__ imports must occur"),
    "a future that never was": (
        "from __future__ import braces_\n" + RUN,
        1,
        1,
        "future feature braces_ is not defined",
    ),
    "a star import inside": (
        "def run(a, b, c):\n    from os import *\n",
        2,
        None,
        "import * only allowed at module level",
    ),
    "a wrong format": (RUN + "'%d %d' % (1,)\n", 3, 1, "2 placeholder(s) but 1 substitution(s)"),
    "an old print": ("import sys\n" + RUN + "print >>sys.stderr, 'x'\n", 4, 1, "use of >> is invalid"),
    "too many brackets": (RUN + "x = " + "(" * 300 + ")" * 300 + "\n", 3, None, "too many nested parentheses"),
    "too many signs": (RUN + "x = " + "-" * 100_000 + "1\n", 1, 1, "nested too deep for Python to compile"),
    "too many digits": (RUN + "x = " + "9" * 5_000 + "\n", None, None, "4300 digits"),
}

WARNINGS = {
    "an unused import": ("import os\n" + RUN, 1, "'os' imported but unused"),
    "a star import": ("from math import *\n" + RUN + "x = pi\n", 1, "'from math import *' used"),
    "a name from a star import": ("from math import *\n" + RUN + "x = pi\n", 4, "'pi' may be undefined"),
    "an unused variable": ("def run(a, b, c):\n    x = 1\n", 2, "assigned to but never used"),
    "a second definition": ("def f():\n    pass\ndef f():\n    pass\n" + RUN, 3, "redefinition of unused 'f'"),
    "an escape": (RUN + "x = '\\d'\n", 3, "invalid escape sequence"),
    "an is with a number": (RUN + "x = 1 is 1\n", 3, "use ==/!= to compare"),
    "a tuple in an assert": (RUN + "assert (1, 'x')\n", 3, "assertion is always true"),
    "a type in a text": ("def run(task: 'Task', b, c):\n    return 1\n", 1, "undefined name 'Task'"),
    "a type in a comment's place": (
        "def run(a, b, c):\n    x: Missing = 1\n    return x\n",
        2,
        "undefined name 'Missing'",
    ),
    "a postponed type": (
        "from __future__ import annotations\ndef run(a: A, b, c):\n    return 1\n",
        2,
        "undefined name 'A'",
    ),
}


@pytest.mark.parametrize(("source", "line", "column", "message"), ERRORS.values(), ids=ERRORS)
def test_what_certainly_breaks_is_an_error_with_line_and_column(
    source: str, line: int | None, column: int | None, message: str
) -> None:
    errors = check_source(source, "p.py").errors
    assert len(errors) == 1
    assert message in errors[0].message
    assert line in {None, errors[0].line}
    assert column in {None, errors[0].column}


@pytest.mark.parametrize(("source", "line", "message"), WARNINGS.values(), ids=WARNINGS)
def test_what_is_doubtful_is_a_warning(source: str, line: int, message: str) -> None:
    report = check_source(source, "p.py")
    assert report.ok
    assert [finding.line for finding in report.warnings if message in finding.message] == [line]


def test_a_type_that_python_does_evaluate_is_an_error() -> None:
    for source in ("def run(a: Missing, b, c):\n    return 1\n", RUN + "x: Missing = 1\n"):
        assert "undefined name 'Missing'" in check_source(source, "p.py").errors[0].message


@pytest.mark.parametrize("source", ["from helpers import run", "from helpers import main as run"])
def test_an_entry_point_that_is_only_imported_is_no_unused_import(source: str) -> None:
    assert check_source(source, "p.py") == CheckReport("p.py")


def test_a_sound_program_has_no_findings() -> None:
    report = check_source("\n" + RUN, "p.py")
    assert report == CheckReport("p.py")
    assert report.ok
    assert str(report) == "p.py: nothing found"


def test_a_report_reads_like_a_compiler_s() -> None:
    report = check_source("import os\nx = nunpy\nimport numpy\ndef run(a):\n    return numpy\n", "dir/p.py")
    assert str(report).splitlines() == [
        "dir/p.py:1:1: warning: 'os' imported but unused [unused-import]",
        "    import os",
        "    ^",
        "dir/p.py:2:5: error: undefined name 'nunpy' [undefined-name]",
        "    x = nunpy",
        "        ^",
        "    hint: did you mean numpy?",
        "dir/p.py:4:1: error: run takes 1 arguments, and is called with 3 [entry-point]",
        "    def run(a):",
        "    ^",
        "    hint: a program has a function run(task, userpub, params) at its top level",
        "2 errors, 1 warning",
    ]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("np", "add: import numpy as np"),
        ("params", "it is an argument of run: hand it on to where it is used"),
        ("pint", "did you mean print?"),
        ("energie", "did you mean energies?"),
        ("xyzzy", "import it, or define it before it is used"),
    ],
)
def test_an_undefined_name_comes_with_a_hint(name: str, hint: str) -> None:
    source = f"energies = []\ndef helper():\n    return {name}\ndef run(a, b, c):\n    return helper()\n"
    assert [finding.hint for finding in check_source(source, "p.py").errors] == [hint]


def test_columns_count_characters() -> None:
    report = check_source(RUN + "x = '你好', undefined\n", "p.py")
    assert [(finding.line, finding.column) for finding in report.errors] == [(3, 11)]


def test_a_program_with_several_errors_shows_them_all_in_order() -> None:
    report = check_source("def helper():\n    return b\nx = a\n", "p.py")
    assert [(finding.line, finding.severity) for finding in report.errors] == [(1, "error"), (2, "error"), (3, "error")]


def test_an_expression_too_deep_for_the_check_alone_is_a_warning() -> None:
    report = check_source(RUN + "x = " + "+".join(["y.real"] * 700) + "\n", "p.py")
    assert report.ok
    assert [finding.message for finding in report.warnings] == [
        "the program is nested too deep to be checked for undefined names"
    ]


def test_the_check_itself_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = check_source(RUN + "x = '\\d'\ny = 1 is 1\n", "p.py")
    assert [(finding.line, finding.message[:14]) for finding in report.warnings] == [
        (3, "invalid escape"),
        (4, "use ==/!= to c"),
    ]


def test_the_check_runs_nothing_and_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    check_source(RUN + "open('made', 'w').close()\nraise SystemExit\n", "p.py")
    assert list(tmp_path.iterdir()) == []


def test_ensuring_raises_all_errors_with_line_and_column() -> None:
    with pytest.raises(ProgramNotValidError) as caught:
        ensure_valid("x = a\ndef run(task, params):\n    return b\n", "vqe.py")
    assert str(caught.value).splitlines() == [
        "The program vqe.py is not valid, 3 errors:",
        "  line 1, column 5: undefined name 'a' (import it, or define it before it is used)",
        "  line 2, column 1: run takes 2 arguments, and is called with 3 "
        "(a program has a function run(task, userpub, params) at its top level)",
        "  line 3, column 12: undefined name 'b' (import it, or define it before it is used)",
    ]


def test_ensuring_warns_at_the_caller_s_line() -> None:
    with pytest.warns(ProgramWarning, match=r"^vqe\.py, line 1, column 1: 'os' imported but unused$") as caught:
        report = ensure_valid("import os\n" + RUN, "vqe.py")
    assert caught[0].filename == __file__
    assert report.warnings == (Finding(1, 1, "'os' imported but unused", "", "warning", "unused-import"),)


def test_the_service_s_own_template_is_accepted_with_a_warning() -> None:
    template = (
        "import time\nfrom quafu import QuantumCircuit, Task\n\n\ndef run(task, userpub, params):\n"
        "    print('Hello World!', params)\n    time.sleep(10)\n    userpub.publish(b'done')\n"
        "    return {'result': params}\n"
    )
    with pytest.warns(ProgramWarning, match=r"imported but unused"):
        assert ensure_valid(template, "<program>").ok


def test_sources_are_checked_from_many_threads_at_once() -> None:
    text = "def run(task, userpub):\n" + "".join(f"    a{n} = [{n}, ({n}, {{{n}: {n}}})]\n" for n in range(2000))
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda number: check_source(text, f"p{number}"), range(16)))
    assert [len(report.errors) for report in reports] == [1] * 16
