"""Small changes to the text of a definition, which leave the rest of it as the user wrote it."""

import ast
import re
from collections.abc import Iterable, Iterator
from types import FunctionType

from quafu_runtime.capture.literals import NotLiteralError, literal


def with_defaults(text: str, function: FunctionType) -> str:
    """A function with the defaults that it has, where they are constants that were computed or named elsewhere.

    Defaults are computed once, as a function is defined; by now a name in them may stand for something else.

    Args:
        text: The function's definition: by `def`, or a lambda that is given a name.
        function: The function.
    """
    written = ast.parse(text).body[0]
    node = written.value if isinstance(written, ast.Assign) else written
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        return text
    changes = []
    for expression, value in _defaults(node, function):
        if not _is_constant(expression):
            try:
                changes.append((expression, literal(value)))
            except NotLiteralError:
                continue  # an array or a function: it is computed again
    return _spliced(text, changes)


def renamed(text: str, old: str, new: str, *, definition: bool) -> str:
    """A definition in which a name of the module is another.

    Args:
        text: The definition, in which no variable has the old or the new name.
        old: The name.
        new: What it becomes.
        definition: Whether it is the definition of the name itself.
    """
    tree = ast.parse(text)
    changed = _spliced(text, [(node, new) for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == old])
    if not definition:
        return changed
    return re.sub(rf"^((?:async\s+)?def\s+){re.escape(old)}\b", rf"\g<1>{new}", changed, count=1, flags=re.MULTILINE)


def _defaults(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, function: FunctionType
) -> Iterator[tuple[ast.expr, object]]:
    values = function.__defaults__ or ()
    if len(values) == len(node.args.defaults):
        yield from zip(node.args.defaults, values, strict=True)
    for argument, expression in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if expression is not None and argument.arg in (function.__kwdefaults__ or {}):
            yield expression, (function.__kwdefaults__ or {})[argument.arg]


def _is_constant(expression: ast.expr) -> bool:
    try:
        ast.literal_eval(expression)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _spliced(text: str, changes: Iterable[tuple[ast.expr, str]]) -> str:
    """A text with other texts in the place of some expressions; the positions of a syntax tree count bytes."""
    data = text.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    places = [
        (
            starts[node.lineno - 1] + node.col_offset,
            starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0),
            new,
        )
        for node, new in changes
    ]
    for start, end, new in sorted(places, reverse=True):
        data = data[:start] + new.encode() + data[end:]
    return data.decode()
