"""The texts that functions and classes were written in: files, and cells of a notebook."""

import ast
import linecache
import re
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import TypeAlias

from attrs import field, frozen

from quafu_runtime.errors import ProgramCaptureError

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

_CELL = re.compile(r"<ipython-input-|.*[/\\]ipykernel_\d+[/\\]|<python-input-|<stdin>-")
"""The names that IPython, its kernel and Python's own prompt give to what was typed."""


@frozen
class Text:
    """A text of Python.

    Attributes:
        filename: What it is called in tracebacks.
        content: The text.
        tree: Its syntax.
    """

    filename: str
    content: str = field(repr=False)
    tree: ast.Module = field(repr=False, eq=False)

    def definitions(self, name: str) -> Iterator[Definition]:
        """The functions and classes of a name, from top to bottom, wherever they stand."""
        for node in ast.walk(self.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name:
                yield node

    def function(self, code: CodeType) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The definition that a function was made by."""
        for node in self.definitions(code.co_name):
            if not isinstance(node, ast.ClassDef) and first_line(node) == code.co_firstlineno:
                return node
        return None


@frozen
class Segment:
    """A definition, cut out of its text and moved to the left.

    Attributes:
        text: The lines.
        lines: The number that each of them has in the text that it was cut out of.
        filename: That text.
    """

    text: str
    lines: tuple[int, ...]
    filename: str


def text_of(function: FunctionType) -> Text:
    """The text that a function was written in.

    Raises:
        ProgramCaptureError: It is not there, or is not what it was.
    """
    code = function.__code__
    text = read_text(code.co_filename, function.__globals__)
    if text is None:
        message = (
            f"The source of {function.__name__} is not there ({code.co_filename} cannot be read). Write it in a file, "
            "or in a cell of a notebook."
        )
        raise ProgramCaptureError(message, name=function.__name__, line=code.co_firstlineno)
    return text


def read_text(filename: str, namespace: dict[str, object] | None = None) -> Text | None:
    """A text by its name, as Python has read it; None where it is not there, or is no Python."""
    content = "".join(linecache.getlines(filename, namespace))
    if not content.strip():
        return None
    try:
        return Text(filename, content, ast.parse(content))
    except SyntaxError:
        return None


def cells() -> list[Text]:
    """What was typed into this process's notebook or prompt, the oldest first."""
    names = [name for name in list(linecache.cache) if _CELL.match(name)]
    return [text for text in map(read_text, names) if text is not None]


def is_cell(filename: str) -> bool:
    """Whether a text was typed into a notebook or a prompt."""
    return _CELL.match(filename) is not None


def first_line(node: Definition) -> int:
    """The first line of a definition, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def cut(text: Text, node: Definition, left_out: list[ast.expr]) -> Segment:
    """Cut a definition out of its text.

    Args:
        text: The text.
        node: The definition.
        left_out: Decorators that stay behind.
    """
    lines = text.content.splitlines(keepends=True)
    dropped = {number for part in left_out for number in range(part.lineno, (part.end_lineno or part.lineno) + 1)}
    kept = [number for number in range(first_line(node), (node.end_lineno or node.lineno) + 1) if number not in dropped]
    fixed = _inside_of_texts(node)
    moved = [lines[number - 1] if number in fixed else _moved(lines[number - 1], node.col_offset) for number in kept]
    return Segment("".join(moved).rstrip() + "\n", tuple(kept), text.filename)


def _inside_of_texts(node: ast.AST) -> set[int]:
    """The lines that begin within a text of several lines, which must stay as they are."""
    return {
        number
        for part in ast.walk(node)
        if isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, (str, bytes)))
        for number in range(part.lineno + 1, (part.end_lineno or part.lineno) + 1)
    }


def _moved(line: str, indent: int) -> str:
    return line[indent:] if not line[:indent].strip() else line.lstrip(" \t")
