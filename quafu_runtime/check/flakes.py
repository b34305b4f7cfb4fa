"""What pyflakes finds, sorted into what certainly breaks and what is doubtful."""

import ast
import builtins
import difflib
import re
from collections.abc import Iterator
from typing import Any

from pyflakes import checker, messages

from quafu_runtime.check.report import Finding

_ERRORS: tuple[type, ...] = (
    messages.UndefinedName,
    messages.UndefinedLocal,
    messages.DuplicateArgument,
    messages.ReturnOutsideFunction,
    messages.YieldOutsideFunction,
    messages.ContinueOutsideLoop,
    messages.BreakOutsideLoop,
    messages.DefaultExceptNotLast,
    messages.TwoStarredExpressions,
    messages.TooManyExpressionsInStarredAssignment,
    messages.ImportStarNotPermitted,
    messages.LateFutureImport,
    messages.FutureFeatureNotDefined,
    messages.InvalidPrintSyntax,
    messages.PercentFormatInvalidFormat,
    messages.PercentFormatMissingArgument,
    messages.PercentFormatPositionalCountMismatch,
    messages.StringDotFormatInvalidFormat,
    messages.StringDotFormatMissingArgument,
    messages.StringDotFormatMixingAutomatic,
)
"""What raises, or does not compile, whenever it is reached. All else is a warning."""

_COMMON_IMPORTS = {
    "np": "import numpy as np",
    "numpy": "import numpy",
    "plt": "import matplotlib.pyplot as plt",
    "math": "import math",
    "time": "import time",
    "json": "import json",
    "random": "import random",
    "quafu": "import quafu",
    "QuantumCircuit": "from quafu import QuantumCircuit",
    "Task": "from quafu import Task",
    "simulate": "from quafu import simulate",
}
_ARGUMENTS_OF_RUN = frozenset({"task", "userpub", "params"})


def check_names(tree: ast.Module) -> list[Finding]:
    """Check a program for undefined names, unused imports and the like.

    Args:
        tree: The program.

    Returns:
        What pyflakes found.
    """
    found: list[Any] = checker.Checker(tree, withDoctest=False).messages
    unread = _places_that_python_does_not_read(tree)
    known = _names(tree)
    return [_finding(message, unread, known) for message in found if not _is_import_of_run(message)]


def _finding(message: Any, unread: set[tuple[int, int]], known: set[str]) -> Finding:
    certain, hint = isinstance(message, _ERRORS), ""
    if isinstance(message, messages.UndefinedName):
        certain = (message.lineno, message.col) not in unread
        hint = _hint(message.message_args[0], known)
    text = str(message.message % message.message_args)
    return Finding(message.lineno, message.col + 1, text, hint, "error" if certain else "warning", _code(message))


def _code(message: Any) -> str:
    """The name that pyflakes has for the kind, as a word: `UndefinedName` is `undefined-name`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(message).__name__).lower()


def _is_import_of_run(message: Any) -> bool:
    """An import of the entry point is what a program is for, though nothing in it uses the name."""
    if not isinstance(message, messages.UnusedImport):
        return False
    return re.fullmatch(r"(.+\.|.+ as )?run", message.message_args[0]) is not None


def _hint(name: str, known: set[str]) -> str:
    if name in _COMMON_IMPORTS:
        return f"add: {_COMMON_IMPORTS[name]}"
    if name in _ARGUMENTS_OF_RUN:
        return "it is an argument of run: hand it on to where it is used"
    near = difflib.get_close_matches(name, known - {name}, n=1, cutoff=0.75)
    return f"did you mean {near[0]}?" if near else "import it, or define it before it is used"


def _names(tree: ast.Module) -> set[str]:
    """The names that the program gives to something, and Python's own."""
    names = set(dir(builtins))
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.arg(arg=name):
                names.add(name)
            case ast.alias(name=name, asname=other):
                names.add(other or name.partition(".")[0])
    return names


def _places_that_python_does_not_read(tree: ast.Module) -> set[tuple[int, int]]:
    """Where an undefined name does no harm: types written as texts, and annotations that are never evaluated."""
    places = {
        (node.lineno, node.col_offset)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for annotation in _unevaluated_annotations(tree):
        places |= {(node.lineno, node.col_offset) for node in ast.walk(annotation) if isinstance(node, ast.expr)}
    return places


def _unevaluated_annotations(tree: ast.Module) -> Iterator[ast.expr]:
    postponed = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )
    for node in ast.walk(tree):
        if postponed:
            yield from _annotations_at(node)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            # Python evaluates the annotations of arguments, and not those of local variables.
            yield from (inner.annotation for inner in ast.walk(node) if isinstance(inner, ast.AnnAssign))


def _annotations_at(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=ast.expr() as annotation):
            yield annotation
        case ast.FunctionDef(returns=ast.expr() as annotation) | ast.AsyncFunctionDef(returns=ast.expr() as annotation):
            yield annotation
