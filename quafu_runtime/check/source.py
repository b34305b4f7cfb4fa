"""The whole check of a source: does Python compile it, does it define `run`, what do pyflakes and the cloud say."""

import ast
import re
import threading
import warnings
from typing import Literal

from attrs import evolve

from quafu_runtime.check.cloud import check_for_cloud
from quafu_runtime.check.entry import check_entry
from quafu_runtime.check.flakes import check_names
from quafu_runtime.check.report import CheckReport, Finding
from quafu_runtime.errors import ProgramWarning

Target = Literal["cloud"]

_SYNTAX = "syntax"
_ONE_AT_A_TIME = threading.Lock()
"""Warnings are caught for the whole process, and Python 3.11 loses count of its recursion where two threads parse."""

_TOO_DEEP = Finding(
    1, 1, "the program is nested too deep to be checked for undefined names", severity="warning", code="too-deep"
)


def check_source(text: str, name: str, target: Target | None = None) -> CheckReport:
    """Check the source of a program.

    Args:
        text: The source.
        name: What to call it in messages.
        target: Where it is to run: `"cloud"` adds warnings for what the local runtime does and the deployed service
            may not.

    Returns:
        What was found: errors for what certainly breaks (a syntax error, no `run(task, userpub, params)`, an undefined
        name), warnings for what is doubtful (an unused import).
    """
    with _ONE_AT_A_TIME:
        compiled = _compile(text, name)
        tree = _tree(text)
    if tree is None and any(finding.severity == "error" for finding in compiled):
        return _report(name, text, compiled)
    return _report(name, text, _merged(compiled, _look_inside(text, tree, target)))


def ensure_valid(text: str, name: str, *, stacklevel: int = 2) -> CheckReport:
    """Check the source of a program, raise its errors, and issue its warnings.

    Args:
        text: The source.
        name: What to call it in messages.
        stacklevel: Whose line the warnings show, as `warnings.warn` has it: 2 is that of the caller.

    Returns:
        What was found.

    Raises:
        ProgramNotValidError: There are errors; the message has them all, with line and column.
    """
    report = check_source(text, name)
    for finding in report.warnings:
        warnings.warn(f"{name}, {finding}", ProgramWarning, stacklevel=stacklevel)
    report.raise_for_errors()
    return report


def parsed(text: str) -> ast.Module | None:
    """The syntax tree of a program, or None where it has none.

    Args:
        text: The program.
    """
    with _ONE_AT_A_TIME:
        return _tree(text)


def _compile(text: str, name: str) -> list[Finding]:
    """What Python's own compiler says, its warnings included."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        error = _syntax_error(text, name)
    doubts = [
        Finding(warning.lineno or 1, 1, str(warning.message), severity="warning", code="python-warning")
        for warning in caught
        if warning.filename == name  # not another thread's
    ]
    return [error, *doubts] if error else doubts


def _syntax_error(text: str, name: str) -> Finding | None:
    nul = text.find("\0")
    if nul >= 0:
        line_start = text.rfind("\n", 0, nul) + 1
        where = (text.count("\n", 0, nul) + 1, nul - line_start + 1)
        return Finding(*where, "the source has a NUL character", "save the file as UTF-8 text", code=_SYNTAX)
    surrogate = re.search("[\ud800-\udfff]", text)
    if surrogate:
        line = text.count("\n", 0, surrogate.start()) + 1
        return Finding(line, 1, "the source has a character that UTF-8 cannot hold", code=_SYNTAX)
    try:
        compile(text, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return Finding(error.lineno or 1, max(error.offset or 1, 1), error.msg, code=_SYNTAX)
    except (RecursionError, MemoryError):
        message = "the program is nested too deep for Python to compile"
        return Finding(1, 1, message, "break up its longest expression", code=_SYNTAX)
    except ValueError as error:  # a number with too many digits, and what later versions of Python may add
        return Finding(1, 1, f"Python cannot compile the program: {error}", code=_SYNTAX)
    return None


def _tree(text: str) -> ast.Module | None:
    """The syntax tree; it also exists for some programs that cannot be compiled (a `return` outside of a function)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
            # SystemError: Python 3.11 loses count of its own recursion here.
            return None


def _look_inside(text: str, tree: ast.Module | None, target: Target | None) -> list[Finding]:
    """What the syntax tree shows."""
    if tree is None:
        return [_TOO_DEEP]
    try:
        findings = [*check_entry(tree), *check_names(tree)]
        findings += check_for_cloud(tree) if target == "cloud" else []
    except RecursionError:
        return [_TOO_DEEP]
    return _with_columns_of_characters(text, findings)


def _merged(compiled: list[Finding], seen: list[Finding]) -> list[Finding]:
    """All findings, but each only once where both the compiler and the syntax tree show it."""
    broken = {finding.line for finding in compiled if finding.severity == "error"}
    kept = [finding for finding in seen if finding.severity == "warning" or finding.line not in broken]
    doubtful = {finding.line for finding in seen}
    return [*kept, *(it for it in compiled if it.severity == "error" or it.line not in doubtful)]


def _with_columns_of_characters(text: str, findings: list[Finding]) -> list[Finding]:
    """The same findings with columns that count characters; those of the syntax tree count bytes of UTF-8."""
    if text.isascii():
        return findings
    lines = re.split(r"\r\n|\r|\n", text)
    return [
        evolve(finding, column=len(lines[finding.line - 1].encode()[: finding.column - 1].decode(errors="ignore")) + 1)
        for finding in findings
    ]


def _report(name: str, text: str, findings: list[Finding]) -> CheckReport:
    ordered = sorted(findings, key=lambda finding: (finding.line, finding.column))
    return CheckReport(
        name,
        errors=tuple(finding for finding in ordered if finding.severity == "error"),
        warnings=tuple(finding for finding in ordered if finding.severity == "warning"),
        source=text,
    )
