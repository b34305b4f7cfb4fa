"""The whole check of a source: can Python compile it, does it define `run`, what does pyflakes say."""

import ast
import re
import threading
import warnings

from attrs import evolve

from quafu_runtime.check.entry import check_entry
from quafu_runtime.check.flakes import check_names
from quafu_runtime.check.report import CheckReport, Finding
from quafu_runtime.errors import ProgramNotValidError, ProgramWarning

_ONE_AT_A_TIME = threading.Lock()
"""Warnings are caught for the whole process, and Python 3.11 loses count of its recursion where two threads parse."""

_TOO_DEEP = Finding(1, 1, "the program is nested too deep to be checked for undefined names", severity="warning")


def check_source(text: str, name: str) -> CheckReport:
    """Check the source of a program.

    Args:
        text: The source.
        name: What to call it in messages.

    Returns:
        What was found: errors for what certainly breaks (a syntax error, no `run(task, userpub, params)`, an undefined
        name), warnings for what is doubtful (an unused import).
    """
    with _ONE_AT_A_TIME:
        compiled = _compile(text, name)
        tree = _tree(text)
    if tree is None and any(finding.severity == "error" for finding in compiled):
        return _report(name, compiled)
    return _report(name, _merged(compiled, _look_inside(text, tree)))


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
    if report.errors:
        count = f"{len(report.errors)} errors" if len(report.errors) > 1 else "1 error"
        rows = "".join(f"\n  {finding}" for finding in report.errors)
        message = f"The program {name} is not valid, {count}:{rows}"
        raise ProgramNotValidError(message)
    return report


def _compile(text: str, name: str) -> list[Finding]:
    """What Python's own compiler says, its warnings included."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        error = _syntax_error(text, name)
    doubts = [
        Finding(warning.lineno or 1, 1, str(warning.message), severity="warning")
        for warning in caught
        if warning.filename == name  # not another thread's
    ]
    return [error, *doubts] if error else doubts


def _syntax_error(text: str, name: str) -> Finding | None:
    nul = text.find("\0")
    if nul >= 0:
        line_start = text.rfind("\n", 0, nul) + 1
        where = (text.count("\n", 0, nul) + 1, nul - line_start + 1)
        return Finding(*where, "the source has a NUL character", "save the file as UTF-8 text")
    surrogate = re.search("[\ud800-\udfff]", text)
    if surrogate:
        return Finding(
            text.count("\n", 0, surrogate.start()) + 1, 1, "the source has a character that UTF-8 cannot hold"
        )
    try:
        compile(text, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return Finding(error.lineno or 1, max(error.offset or 1, 1), error.msg)
    except (RecursionError, MemoryError):
        return Finding(1, 1, "the program is nested too deep for Python to compile", "break up its longest expression")
    except ValueError as error:  # a number with too many digits, and what later versions of Python may add
        return Finding(1, 1, f"Python cannot compile the program: {error}")
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


def _look_inside(text: str, tree: ast.Module | None) -> list[Finding]:
    """What the syntax tree shows."""
    try:
        findings = [*check_entry(tree), *check_names(tree)] if tree else [_TOO_DEEP]
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


def _report(name: str, findings: list[Finding]) -> CheckReport:
    ordered = sorted(findings, key=lambda finding: (finding.line, finding.column))
    return CheckReport(
        name,
        errors=tuple(finding for finding in ordered if finding.severity == "error"),
        warnings=tuple(finding for finding in ordered if finding.severity == "warning"),
    )
