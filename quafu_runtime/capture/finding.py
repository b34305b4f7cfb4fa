"""Where functions, classes and lambdas of a module or a notebook were written."""

import ast
from collections.abc import Iterable, Iterator
from types import CellType, FunctionType
from typing import Any

from quafu_runtime.capture.names import dotted
from quafu_runtime.capture.texts import Definition, Text, first_line, read_text

_NOTHING = object()


def text_for(function: FunctionType, texts: Iterable[Text]) -> Text | None:
    """The text that a function was written in."""
    filename = function.__code__.co_filename
    known = next((text for text in texts if text.filename == filename), None)
    return known or read_text(filename, function.__globals__)


def class_of(value: type, texts: list[Text]) -> tuple[Text | None, ast.ClassDef | None]:
    """Where a class was written: around one of its methods, or where its name was last given to a class."""
    name = value.__name__
    for method in _methods(value):
        text = text_for(method, texts)
        node = next((node for node in text.definitions(name) if _holds(node, method)), None) if text else None
        if isinstance(node, ast.ClassDef):
            return text, node
    for text in reversed(texts):
        found = [node for node in text.definitions(name) if isinstance(node, ast.ClassDef)]
        if found:
            return text, found[-1]
    return None, None


def decorated(texts: list[Text], name: str) -> tuple[Text | None, Definition | None]:
    """Where a name was last given to a function that has decorators."""
    for text in reversed(texts):
        found = [node for node in text.tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        named = [node for node in found if node.name == name]
        if named:
            return (text, named[-1]) if named[-1].decorator_list else (None, None)
    return None, None


def wrapped_in(value: object, node: Definition) -> FunctionType | None:
    """The function that a definition made, looked for in what its decorators made of it."""
    waiting, seen = [value], set[int]()
    while waiting:
        candidate = waiting.pop()
        if id(candidate) in seen:
            continue
        seen.add(id(candidate))
        if not isinstance(candidate, FunctionType):
            waiting += [found for found in [getattr(candidate, "__wrapped__", None)] if found is not None]
            continue
        if candidate.__code__.co_name == node.name and candidate.__code__.co_firstlineno == first_line(node):
            return candidate
        waiting += [_content(cell) for cell in candidate.__closure__ or ()]
    return None


def lambda_of(text: Text, line: int) -> tuple[str, str] | None:
    """The name that a lambda of a line was given, and its text, where it is the only one that is given a name there."""
    found = [
        (name, ast.get_source_segment(text.content, node.value) or "")
        for node in ast.walk(text.tree)
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Lambda)
        if node.value.lineno == line and (name := _only_target(node)) is not None
    ]
    return found[0] if len(found) == 1 else None


def ours(decorator: ast.expr, namespace: dict[str, Any]) -> bool:
    """Whether a decorator is `program` of this package."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    path = (dotted(called) or "").split(".")
    value = namespace.get(path[0], _NOTHING)
    for part in path[1:]:
        value = getattr(value, part, _NOTHING)
    module = getattr(value, "__module__", None)
    return module == "quafu_runtime.capture.function" and getattr(value, "__name__", None) == "program"


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:  # a variable that was never assigned
        return None


def _methods(value: type) -> Iterator[FunctionType]:
    for member in vars(value).values():
        inner = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
        inner = getattr(inner, "__wrapped__", inner)
        if isinstance(inner, FunctionType) and inner.__qualname__.startswith(f"{value.__qualname__}."):
            yield inner


def _holds(node: Definition, method: FunctionType) -> bool:
    return first_line(node) <= method.__code__.co_firstlineno <= (node.end_lineno or 0)


def _only_target(node: ast.Assign | ast.AnnAssign) -> str | None:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None
