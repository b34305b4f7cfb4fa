"""What nobody else should read, found in what is about to be sent: tokens that are known here, and what looks like one.

A program's text is searched as it stands, comments included, and so is each text in it as Python puts it together:
adjacent literals, sums, escapes and base64 hide nothing. What is not found: a token that is computed.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from quafu_runtime.account.secret import spellings, taken_out
from quafu_runtime.check.shapes import named_like_a_secret, shape_of, shapes_in, takes_a_secret
from quafu_runtime.check.source import parsed

SHORTEST = 8
"""Characters; a shorter token would be found in anything."""


@frozen
class Leak:
    """Something that nobody else should read.

    Attributes:
        line: The line of the program, from 1.
        what: What it is, without what is in it.
    """

    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


def leaks_in_source(text: str, tokens: Mapping[str, str]) -> list[Leak]:
    """What a program's text holds that nobody else should read.

    Args:
        text: The program.
        tokens: The tokens that are known here, by what a message calls them.

    Returns:
        Each once a line, from top to bottom.
    """
    found = {*_as_it_stands(text, tokens), *_put_together(text, tokens)}
    known = {leak.line for leak in found if leak.what in tokens}
    kept = [leak for leak in found if leak.what in tokens or leak.line not in known]
    return sorted(kept, key=lambda leak: (leak.line, leak.what))


def leaks_in_value(value: object, tokens: Mapping[str, str]) -> dict[str, str]:
    """Which tokens a value of plain JSON holds.

    Args:
        value: The value.
        tokens: The tokens that are known here, by what a message calls them.

    Returns:
        What each is called, by the place in the value, as a JSON pointer.
    """
    sought = {what: token for what, token in tokens.items() if len(token) >= SHORTEST}
    found: dict[str, str] = {}
    for place, text in _texts(value) if sought else ():
        for what, token in sought.items():
            if any(way in text for way in spellings(token)):
                found[taken_out(place, token)] = what
    return found


def _texts(value: object) -> Iterator[tuple[str, str]]:
    """The texts in a value, names too, with their places."""
    todo: list[tuple[str, object]] = [("", value)]
    while todo:
        place, one = todo.pop()
        if isinstance(one, str):
            yield place, one
        elif isinstance(one, dict):
            yield from ((place, key) for key in one)
            todo += [(f"{place}/{key}", inner) for key, inner in one.items() if isinstance(inner, _WITH_TEXTS)]
        elif isinstance(one, list):
            todo += [(f"{place}/{number}", inner) for number, inner in enumerate(one) if isinstance(inner, _WITH_TEXTS)]


_WITH_TEXTS = (str, dict, list)


def _as_it_stands(text: str, tokens: Mapping[str, str]) -> Iterator[Leak]:
    for what, token in tokens.items():
        for way in spellings(token) if len(token) >= SHORTEST else ():
            at = text.find(way)
            while at >= 0:
                yield Leak(_line(text, at), what)
                at = text.find(way, at + len(way))
    for at, what in shapes_in(text):
        yield Leak(_line(text, at), what)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _put_together(text: str, tokens: Mapping[str, str]) -> Iterator[Leak]:
    """What the texts in a program hold, and what stands where a secret is to be."""
    tree = parsed(text)
    inner: set[int] = set()
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.BinOp):  # a long sum is put together once, by the outermost one, which comes first
            inner.update(id(side) for side in (node.left, node.right))
        if isinstance(node, ast.expr) and not (isinstance(node, ast.BinOp) and id(node) in inner):
            yield from (Leak(node.lineno, what) for what in _in_text(_certain(node), tokens))
        for name, value in _named(node):
            shape = shape_of(_certain(value)) if named_like_a_secret(name) else None
            if shape is not None:
                yield Leak(value.lineno, f"{shape}, as {name!r:.60}")


def _certain(node: ast.expr) -> str:
    try:
        return _text_of(node) or ""
    except RecursionError:
        return ""


def _in_text(whole: str, tokens: Mapping[str, str]) -> Iterator[str]:
    if not whole:
        return
    dense = re.sub(r"\s+", "", whole)
    for what, token in tokens.items():
        if len(token) >= SHORTEST and any(way in whole or way in dense for way in spellings(token)):
            yield what
    yield from (what for _, what in shapes_in(whole))


def _text_of(node: ast.AST) -> str | None:
    """The text that an expression is certain to be, or the certain parts of it."""
    match node:
        case ast.Constant(value=str() | bytes() as text):
            return text if isinstance(text, str) else text.decode("latin-1")
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            parts = [_text_of(left), _text_of(right)]
            return "".join(part or "" for part in parts) if any(parts) else None
        case ast.JoinedStr(values=values):
            return "".join(_text_of(value) or "" for value in values)
        case ast.FormattedValue(value=value):
            return _text_of(value)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as between), attr="join"), args=[given]):
            return _joined(between, given)
    return None


def _joined(between: str, given: ast.expr) -> str | None:
    texts = [_text_of(one) or "" for one in given.elts] if isinstance(given, ast.List | ast.Tuple) else []
    return between.join(texts) or None


def _named(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """The names in a statement or an expression, each with what it stands for."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((_name(target), value) for target in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
            yield _name(target), value
        case ast.Dict(keys=keys, values=values):
            yield from ((_text_of(key) or "", value) for key, value in zip(keys, values, strict=True) if key)
        case ast.Call(func=func, args=args, keywords=keywords):
            yield from ((keyword.arg or "", keyword.value) for keyword in keywords)
            if args and takes_a_secret(_name(func)):
                yield "token", args[0]
        case ast.arguments():
            yield from _defaults(node)


def _defaults(node: ast.arguments) -> Iterator[tuple[str, Any]]:
    placed = [*node.posonlyargs, *node.args]
    for argument, default in zip(placed[len(placed) - len(node.defaults) :], node.defaults, strict=True):
        yield argument.arg, default
    for argument, given in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        if given is not None:
            yield argument.arg, given


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
    return ""
