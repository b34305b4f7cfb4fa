"""What values an expression certainly has that plain JSON cannot hold. What is not certain is not said."""

import ast
from collections.abc import Iterator

from attrs import frozen

from quafu_runtime.check.scopes import Scope

_DEEPEST = 12
"""Names that are followed to what they were assigned; a program does not need more, and a circle ends."""

_ARRAYS = frozenset(
    {
        "array",
        "asarray",
        "zeros",
        "ones",
        "empty",
        "full",
        "eye",
        "identity",
        "arange",
        "linspace",
        "logspace",
        "geomspace",
        "zeros_like",
        "ones_like",
        "full_like",
        "empty_like",
        "diag",
        "outer",
        "kron",
        "concatenate",
        "stack",
        "vstack",
        "hstack",
        "cumsum",
        "cumprod",
    }
)
_NUMBERS = frozenset(
    {
        "int8",
        "int16",
        "int32",
        "int64",
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "float16",
        "float32",
        "argmax",
        "argmin",
        "bool_",
    }
)
_CALLS = {
    "set": "a set",
    "frozenset": "a set",
    "tuple": "a tuple",
    "bytes": "bytes",
    "bytearray": "bytes",
    "complex": "a complex number",
    "numpy.complex64": "a complex number",
    "numpy.complex128": "a complex number",
    "datetime.datetime": "a date",
    "datetime.datetime.now": "a date",
    "datetime.datetime.utcnow": "a date",
    "datetime.date": "a date",
    "datetime.date.today": "a date",
    "datetime.timedelta": "a date",
}
_NOT_FINITE = frozenset(("math.nan", "math.inf", "numpy.nan", "numpy.inf", "numpy.NaN", "numpy.Inf"))

HINTS = {
    "a numpy array": "return array.tolist()",
    "a numpy number": "return int(…) or float(…) of it",
    "a complex number": "return [z.real, z.imag]",
    "a set": "return sorted(…) of it",
    "a tuple": "it comes back as a list there: return a list, or rely on its elements alone",
    "bytes": "return base64.b64encode(…).decode() of it, or .decode() where it is text",
    "a date": "return its isoformat()",
    "NaN or an infinity": "return None or a text in its place",
    "a dictionary with keys that are no texts": "make the keys texts with str(…), or return a list of pairs",
}
"""What plain JSON cannot hold, and the way out."""


@frozen
class Unplain:
    """A part of a value that plain JSON cannot hold.

    Attributes:
        node: Where it stands.
        kind: What it is; a key of `HINTS`.
    """

    node: ast.expr
    kind: str


def unplain(node: ast.expr, scope: Scope, depth: int = 0) -> Iterator[Unplain]:
    """The parts of a value that plain JSON certainly cannot hold.

    Args:
        node: The expression.
        scope: Where it stands.
        depth: How many names were followed to it.
    """
    kind = _kind(node, scope)
    if kind is not None:
        yield Unplain(node, kind)
    match node:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            yield from _each(parts, scope, depth)
        case ast.Dict(values=parts):
            yield from _each(parts, scope, depth)
        case ast.ListComp(elt=part) | ast.DictComp(value=part):
            yield from unplain(part, scope, depth)
        case ast.IfExp(body=first, orelse=second):
            yield from _each([first, second], scope, depth)
        case ast.BinOp(left=first, right=second):
            yield from _of_operands(node, [first, second], scope, depth)
        case ast.NamedExpr(value=part) | ast.UnaryOp(operand=part):
            yield from unplain(part, scope, depth)
        case ast.Name(id=name) if depth < _DEEPEST:
            yield from _of_variable(node, name, scope, depth)


def comes_from(node: ast.expr, scope: Scope, call: str, depth: int = 0) -> bool:
    """Whether a value is what `simulate` or `send` answered.

    Args:
        node: The expression.
        scope: Where it stands.
        call: `simulate`, or `send`.
        depth: How many names were followed to it.
    """
    match node:
        case ast.Call(func=ast.Attribute(attr="send") as function):
            return call == "send" and scope.dotted(function) is None
        case ast.Call(func=function):
            return call == "simulate" and (scope.dotted(function) or "").startswith("quafu.simul")
        case ast.Name(id=name) if depth < _DEEPEST:
            values = scope.values(name)
            return bool(values) and all(comes_from(value, scope, call, depth + 1) for value in values)
        case _:
            return False


def _each(parts: list[ast.expr], scope: Scope, depth: int) -> Iterator[Unplain]:
    for part in parts:
        yield from unplain(part, scope, depth)


def _of_operands(node: ast.expr, parts: list[ast.expr], scope: Scope, depth: int) -> Iterator[Unplain]:
    """What arithmetic keeps: an array stays one, and so does a complex number."""
    for found in _each(parts, scope, depth):
        if found.kind in {"a numpy array", "a complex number"}:
            yield Unplain(node, found.kind)
            return


def _of_variable(node: ast.expr, name: str, scope: Scope, depth: int) -> Iterator[Unplain]:
    """What a variable certainly is: each assignment to it says so."""
    values = scope.values(name)
    kinds = [{found.kind for found in unplain(value, scope, depth + 1)} for value in values]
    for kind in sorted(set.intersection(*kinds)) if kinds else ():
        yield Unplain(node, kind)


def _kind(node: ast.expr, scope: Scope) -> str | None:
    kind: str | None = None
    match node:
        case ast.Constant(value=bytes()):
            kind = "bytes"
        case ast.Constant(value=complex()):
            kind = "a complex number"
        case ast.Set() | ast.SetComp():
            kind = "a set"
        case ast.Tuple():
            kind = "a tuple"
        case ast.Dict(keys=keys) if any(
            isinstance(key, (ast.Constant, ast.Tuple)) and not _is_text(key) for key in keys
        ):
            kind = "a dictionary with keys that are no texts"
        case ast.Call():
            kind = _kind_of_call(node, scope)
        case ast.Name() | ast.Attribute() if scope.dotted(node) in _NOT_FINITE:
            kind = "NaN or an infinity"
        case ast.Attribute(value=value, attr="probabilities") if comes_from(value, scope, "simulate"):
            kind = "a numpy array"
        case ast.Subscript(value=value, slice=ast.Constant(value="statevector")) if comes_from(
            value, scope, "simulate"
        ):
            kind = "a numpy array"
    return kind


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _kind_of_call(node: ast.Call, scope: Scope) -> str | None:
    name = scope.dotted(node.func) or ""
    module, _, last = name.rpartition(".")
    if name == "float":
        return "NaN or an infinity" if node.args and _says_not_finite(node.args[0]) else None
    if module == "numpy" and last in _ARRAYS:
        return "a numpy array"
    if module == "numpy" and last in _NUMBERS:
        return "a numpy number"
    return _CALLS.get(name) or _kind_of_method(node.func, scope)


def _kind_of_method(function: ast.expr, scope: Scope) -> str | None:
    match function:
        case ast.Attribute(attr="encode", value=ast.Constant(value=str()) | ast.JoinedStr()):
            return "bytes"
        case ast.Attribute(attr="encode", value=ast.Call(func=inner)) if scope.dotted(inner) in {"json.dumps", "str"}:
            return "bytes"
        case ast.Attribute(attr="get_statevector", value=value) if comes_from(value, scope, "simulate"):
            return "a numpy array"
        case _:
            return None


def _says_not_finite(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node.value.strip().lstrip("+-").lower() in {"nan", "inf", "infinity"}
    )
