"""Which names a definition takes from its module, and when: as it is defined, or as it is called."""

import ast
import symtable
from collections.abc import Iterator

from attrs import frozen

_POSTPONED = "from __future__ import annotations\n"
_AT_ONCE = frozenset({"class", "listcomp", "setcomp", "dictcomp", "genexpr"})
"""Scopes inside of a class whose code runs as the class is defined."""

OF_A_MODULE = frozenset(
    {
        "__name__",
        "__file__",
        "__doc__",
        "__package__",
        "__spec__",
        "__loader__",
        "__builtins__",
        "__qualname__",
        "__module__",
        "__annotations__",
        "__dict__",
        "__debug__",
        "__path__",
    }
)
"""What every module has by itself."""


@frozen
class Names:
    """The names that a definition takes from its module.

    Attributes:
        needed: What it needs.
        at_once: Those of them that it needs as it is defined.
        perhaps: What it may need: names in annotations that are not evaluated, and names that a class gives itself.
        stored: What it assigns with `global`.
        own: The names of variables of its own, in any of its scopes.
        paths: The dotted names that it uses, such as `scipy.optimize.minimize`.
        lines: The first line of each name.
    """

    needed: frozenset[str]
    at_once: frozenset[str]
    perhaps: frozenset[str]
    stored: frozenset[str]
    own: frozenset[str]
    paths: frozenset[str]
    lines: dict[str, int]


def names_of(text: str, *, postponed: bool) -> Names:
    """Find the names that a definition takes from its module.

    Args:
        text: The definition.
        postponed: Whether its annotations are not evaluated.
    """
    tree = ast.parse(text)
    top = symtable.symtable(f"{_POSTPONED if postponed else ''}{text}", "<definition>", "exec")
    found = _Found()
    found.visit(top, at_once=True)
    unread = _unread(tree)
    found.perhaps |= found.needed & unread
    found.needed -= unread
    lines: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return Names(
        needed=frozenset(found.needed - OF_A_MODULE),
        at_once=frozenset(found.at_once - OF_A_MODULE),
        perhaps=frozenset(found.perhaps - found.needed - OF_A_MODULE),
        stored=frozenset(found.stored),
        own=frozenset(found.own),
        paths=frozenset(_paths(tree)),
        lines=lines,
    )


class _Found:
    """What was found on the way through the scopes of a definition."""

    def __init__(self) -> None:
        self.needed: set[str] = set()
        self.at_once: set[str] = set()
        self.perhaps: set[str] = set()
        self.stored: set[str] = set()
        self.own: set[str] = set()

    def visit(self, scope: symtable.SymbolTable, *, at_once: bool) -> None:
        """Take note of the names of a scope, and of the scopes inside of it."""
        kind = str(scope.get_type())
        for symbol in scope.get_symbols():
            self._note(symbol, kind, at_once=at_once)
        for child in scope.get_children():
            inner = {str(child.get_type()), child.get_name()}
            self.visit(child, at_once=at_once and bool(inner & _AT_ONCE))

    def _note(self, symbol: symtable.Symbol, kind: str, *, at_once: bool) -> None:
        name = symbol.get_name()
        from_module = kind == "module" or symbol.is_global()
        if kind not in {"module", "class", "function"}:
            self.perhaps.update([name] if symbol.is_referenced() else [])
        elif from_module and symbol.is_referenced():
            self.needed.add(name)
            self.at_once.update([name] if at_once else [])
        elif kind == "class" and symbol.is_referenced() and symbol.is_assigned():
            self.perhaps.add(name)
        if symbol.is_declared_global() and symbol.is_assigned():
            self.stored.add(name)
        if not from_module:
            self.own.add(name)


def _unread(tree: ast.AST) -> set[str]:
    """The names that stand in annotations of a function's variables alone: Python does not evaluate these."""
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    notes = [note.annotation for each in functions for note in ast.walk(each) if isinstance(note, ast.AnnAssign)]
    inside = {id(node): node.id for note in notes for node in ast.walk(note) if isinstance(node, ast.Name)}
    outside = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in inside}
    return set(inside.values()) - outside


def _paths(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            path = dotted(node)
            if path is not None:
                yield path


def dotted(node: ast.expr) -> str | None:
    """The dotted name that an expression is, or None."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return None if before is None else f"{before}.{node.attr}"
    return None
