"""What the names of a program stand for, as far as its text alone tells: imports, and what variables are assigned."""

import ast
import builtins
from collections.abc import Iterator
from typing import TypeAlias

from attrs import field, frozen

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Bindings: TypeAlias = dict[str, list[ast.expr | None]]
"""What each name is assigned; None where that cannot be told."""

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


@frozen
class Scope:
    """One function of a program, or its top level.

    Attributes:
        imports: The dotted names that imports give to names, of the whole program.
        own: What the names of the function itself are assigned.
        outer: The same of the top level.
    """

    imports: dict[str, str]
    own: Bindings = field(repr=False)
    outer: Bindings = field(repr=False)

    def values(self, name: str) -> list[ast.expr]:
        """What a variable is assigned, each time; nothing where any of it cannot be told."""
        found = self.own[name] if name in self.own else self.outer.get(name, [])
        values = [value for value in found if value is not None]
        return values if len(values) == len(found) else []

    def dotted(self, node: ast.expr) -> str | None:
        """The full name of what an expression names, such as `numpy.linalg.norm` or the builtin `set`; or None."""
        if isinstance(node, ast.Attribute):
            before = self.dotted(node.value)
            return f"{before}.{node.attr}" if before else None
        if not isinstance(node, ast.Name) or node.id in self.own:
            return None
        if node.id in self.imports:
            return self.imports[node.id]
        return node.id if hasattr(builtins, node.id) and node.id not in self.outer else None


def top_level(tree: ast.Module) -> Scope:
    """The top level of a program."""
    bindings = _bindings(tree)
    return Scope(_imports(tree), {}, bindings)


def inside(function: Function, outer: Scope) -> Scope:
    """The inside of a function.

    Args:
        function: The function.
        outer: The program's top level.
    """
    return Scope(outer.imports, _bindings(function), outer.outer)


def own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, or at the top level, without what stands in functions and classes inside of it."""
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        child = waiting.pop()
        yield child
        if not isinstance(child, _INNER):
            waiting.extend(ast.iter_child_nodes(child))


def _imports(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return found


def _bindings(scope: ast.AST) -> Bindings:
    found: Bindings = {}
    arguments = scope.args if isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
    if arguments is not None:
        for argument in ast.walk(arguments):
            if isinstance(argument, ast.arg):
                found.setdefault(argument.arg, []).append(None)
    told: set[int] = set()
    for node in own_nodes(scope):
        for target, value in _assigned(node):
            told.add(id(target))
            found.setdefault(target.id, []).append(value)
    for node in own_nodes(scope):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if id(node) not in told:
                found.setdefault(name, []).append(None)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                found.setdefault(name, []).append(None)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.setdefault(name, []).append(None)
    return found


def _assigned(node: ast.AST) -> Iterator[tuple[ast.Name, ast.expr]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
            yield target, value
        case ast.NamedExpr(target=ast.Name() as target, value=value):
            yield target, value
