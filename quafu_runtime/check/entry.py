"""Does a program define `run(task, userpub, params)`?

Only what is certainly wrong is found; the rest shows when the program runs.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from attrs import frozen

from quafu_runtime.check.report import Finding

_FORM = "a program has a function run(task, userpub, params) at its top level"
_ARGUMENTS = 3

_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_UNKNOWN: tuple[Finding, ...] = ()


@frozen
class _Binding:
    """A statement that gives `run` a meaning: what is wrong with it, and whether it is always reached."""

    complaints: tuple[Finding, ...]
    always: bool


def check_entry(tree: ast.Module) -> list[Finding]:
    """Check that a program has an entry point that can be called with three positional arguments.

    Args:
        tree: The program.

    Returns:
        Nothing where `run` is right, or may be; else what is wrong with it.
    """
    bindings = list(_bindings(tree.body, always=True))
    if not bindings:
        return [] if _may_come_from_elsewhere(tree) else [_missing(tree)]
    # What counts is the last binding that is always reached, and those after it, which may be.
    last = max((index for index, binding in enumerate(bindings) if binding.always), default=0)
    candidates = bindings[last:]
    if any(not binding.complaints for binding in candidates):
        return []
    return list(candidates[-1].complaints)


def _bindings(body: Iterable[ast.stmt], *, always: bool) -> Iterator[_Binding]:
    for statement in body:
        match statement:
            case ast.FunctionDef(name="run") | ast.AsyncFunctionDef(name="run"):
                yield _Binding(tuple(_complaints_about(statement)), always)
            case ast.ClassDef(name="run"):
                yield _Binding(tuple(_complaints_about_class(statement)), always)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                pass
            case ast.Assign(targets=targets, value=value) if any(_is_run(target) for target in targets):
                yield _Binding(tuple(_complaints_about_value(value)), always)
            case ast.AnnAssign(target=target, value=ast.expr() as value) if _is_run(target):
                yield _Binding(tuple(_complaints_about_value(value)), always)
            case ast.Import(names=names) if any((alias.asname or alias.name) == "run" for alias in names):
                complaint = _complain(statement, "run is a module, not a function")
                yield _Binding((complaint,), always)
            case ast.Delete(targets=targets) if any(_is_run(target) for target in targets):
                yield _Binding((_complain(statement, "run is deleted"),), always)
            case _:
                yield from _inner_bindings(statement, always=always)


def _inner_bindings(statement: ast.stmt, *, always: bool) -> Iterator[_Binding]:
    """The bindings inside of a statement that is no definition."""
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        yield from _bindings(statement.body, always=always)
    else:
        for child in _bodies(statement):
            yield from _bindings(child, always=False)
    if _binds_otherwise(statement):
        yield _Binding(_UNKNOWN, always=False)


def _bodies(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, [])
    for part in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
        yield part.body


def _binds_otherwise(statement: ast.stmt) -> bool:
    """Whether the statement itself, not what stands indented in it, gives `run` a meaning that nobody can foresee."""
    if isinstance(statement, ast.ImportFrom):
        return any((alias.asname or alias.name) == "run" for alias in statement.names)
    return any(
        isinstance(node, ast.Name) and _is_run(node) and isinstance(node.ctx, ast.Store)
        for node in _own_nodes(statement)
    )


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            yield from ast.walk(child)


def _may_come_from_elsewhere(tree: ast.Module) -> bool:
    """Whether something may bring a `run` that cannot be seen."""
    return any(map(_brings_unseen, ast.walk(tree)))


def _brings_unseen(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(names=[ast.alias(name="*")]) | ast.Name(id="exec" | "globals"):
            return True
        case ast.MatchAs(name="run") | ast.MatchStar(name="run") | ast.MatchMapping(rest="run"):
            return True
        case ast.Global(names=names):
            return "run" in names
        case _:
            return False


def _missing(tree: ast.Module) -> Finding:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == "run":
            return _complain(node, "run stands inside of something else")
    return Finding(1, 1, "the program has no function run", _FORM)


def _complaints_about(function: _Function) -> Iterator[Finding]:
    if function.decorator_list:
        return  # a decorator may change everything
    if isinstance(function, ast.AsyncFunctionDef):
        yield _complain(function, "run is async, and is called without await", "make it a plain function")
    elif _is_generator(function):
        hint = "publish with userpub.publish(…), and return the result"
        yield _complain(function, "run has a yield in it, so that a call of it does nothing", hint)
    yield from _complaints_about_arguments(function, function.args)


def _complaints_about_arguments(node: ast.AST, arguments: ast.arguments) -> Iterator[Finding]:
    positional = len(arguments.posonlyargs) + len(arguments.args)
    required = positional - len(arguments.defaults)
    if required > _ARGUMENTS:
        yield _complain(node, f"run needs {required} arguments, and is called with {_ARGUMENTS}")
    elif positional < _ARGUMENTS and arguments.vararg is None:
        yield _complain(node, f"run takes {positional} arguments, and is called with {_ARGUMENTS}")
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            hint = "give it a default, or take it from params"
            yield _complain(node, f"run needs the keyword argument {argument.arg}, which nobody gives it", hint)


def _complaints_about_class(node: ast.ClassDef) -> Iterator[Finding]:
    if node.decorator_list or node.bases or node.keywords:
        return
    names = {item.name for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))}
    assigned = any(isinstance(item, (ast.Assign, ast.AnnAssign)) for item in node.body)
    if not names & {"__init__", "__new__"} and not assigned:
        yield _complain(node, "run is a class that takes no arguments, not a function")


def _complaints_about_value(value: ast.expr) -> Iterator[Finding]:
    match value:
        case ast.Lambda(args=arguments):
            yield from _complaints_about_arguments(value, arguments)
        case ast.Constant() | ast.JoinedStr() | ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
            yield _complain(value, "run is not a function")
        case _:
            pass


def _is_generator(function: _Function) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _is_run(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "run"


def _complain(node: ast.AST, message: str, hint: str = _FORM) -> Finding:
    return Finding(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1, message, hint)
