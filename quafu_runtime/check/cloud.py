"""What a program does that works on the local runtime, and may not on the deployed service.

Nobody outside knows all that is installed there. What is taken for known is what a program can rely on wherever pyquafu
is: Python's standard library, and the packages that pyquafu 0.4.5 declares as its requirements.
"""

import ast
import sys
from collections.abc import Iterator

from attrs import frozen

from quafu_runtime.check.kinds import HINTS, comes_from, unplain
from quafu_runtime.check.report import Finding
from quafu_runtime.check.scopes import Function, Scope, inside, own_nodes, top_level

KNOWN_PACKAGES = frozenset(
    (
        "quafu",
        # what pyquafu 0.4.5 requires
        "autograd",
        "graphviz",
        "IPython",
        "matplotlib",
        "networkx",
        "numpy",
        "ply",
        "requests",
        "scipy",
        "sparse",
    )
)
"""Packages, beside the standard library, that the service is known to have."""

_NETWORK = frozenset(
    {
        "requests",
        "socket",
        "urllib.request",
        "http.client",
        "ftplib",
        "smtplib",
        "asyncio.streams",
        "websockets",
        "httpx",
        "paramiko",
    }
)
_OUR_BACKENDS = frozenset({"local", "local-noisy"})
_ARGUMENTS_BEFORE_WAIT = 3
"""Of `task.send`: the circuit, the name and the group."""
_CONSTANTS: dict[type, str] = {str: "a text", int: "a number", float: "a number", bool: "a truth value"}
_DISPLAYS: dict[type, str] = {
    ast.JoinedStr: "a text",
    ast.Dict: "a dictionary",
    ast.DictComp: "a dictionary",
    ast.List: "a list",
    ast.ListComp: "a list",
}
_CALLS = {
    "json.dumps": "a text",
    "str": "a text",
    "repr": "a text",
    "dict": "a dictionary",
    "list": "a list",
    "float": "a number",
    "int": "a number",
    "len": "a number",
    "sum": "a number",
}
"""What is published in place of bytes, by what it is written as."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def check_for_cloud(tree: ast.Module) -> list[Finding]:
    """Find what the local runtime does and the deployed service may not.

    Args:
        tree: The program.

    Returns:
        Warnings; whether the service does it is not known for certain.
    """
    top = top_level(tree)
    run = next((node for node in tree.body if isinstance(node, _FUNCTIONS) and node.name == "run"), None)
    names = _Names.of(run)
    functions = [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    findings = [*_imports(tree), *_random(tree, top)]
    for body, scope in [(tree, top), *((function, inside(function, top)) for function in functions)]:
        for node in own_nodes(body):
            findings += _of_node(node, scope, names)
    if run is not None:
        findings += _results(run, inside(run, top))
    return findings


@frozen
class _Names:
    """What `run` calls its first two arguments."""

    task: frozenset[str]
    userpub: frozenset[str]

    @classmethod
    def of(cls, run: Function | None) -> "_Names":
        given = [argument.arg for argument in (*run.args.posonlyargs, *run.args.args)] if run else []
        return cls(frozenset({"task", *given[:1]}), frozenset({"userpub", *given[1:2]}))


def _of_node(node: ast.AST, scope: Scope, names: _Names) -> Iterator[Finding]:
    match node:
        case ast.Attribute(attr="num", value=value, ctx=ast.Load()) if any(
            comes_from(value, scope, call) for call in ("simulate", "send")
        ):
            message = "pyquafu 0.4 has no .num on a result; the local runtime puts it back"
            yield _warn(node, message, "count the measured qubits yourself, as with len(next(iter(counts)))", "num")
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="send")) if name in names.task:
            yield from _send(node)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="publish")) if name in names.userpub:
            yield from _publish(node, scope)
        case ast.keyword(arg="backend", value=ast.Constant(value=str(name)) as value) if name in _OUR_BACKENDS:
            hint = 'take it from params, or leave it to run(backend="…")'
            yield _warn(value, f'the backend "{name}" is the local runtime\'s own', hint, "backend")
        case ast.Call(func=function, args=[ast.Constant(value=str(path)), *_]) if scope.dotted(function) == "open":
            message = f'the file "{path}" is not there: a job starts in an empty folder, and the program alone is sent'
            if _reads(node):
                yield _warn(node, message, "hand what is in it over in params", "file")


def _send(node: ast.Call) -> Iterator[Finding]:
    if len(node.args) > _ARGUMENTS_BEFORE_WAIT or any(keyword.arg in {"wait", None} for keyword in node.keywords):
        return
    message = "send() without wait=: its default changed in pyquafu 0.4.0, and the service's version is not known"
    yield _warn(node, message, "say wait=True, or wait=False and retrieve the task", "send-wait")


def _publish(node: ast.Call, scope: Scope) -> Iterator[Finding]:
    argument = node.args[0] if node.args else next((keyword.value for keyword in node.keywords), None)
    kind = None if argument is None else _published(argument, scope)
    if kind is not None:
        message = f"{kind} is published: bytes are what every service takes"
        yield _warn(node, message, "publish json.dumps(…).encode()", "publish")


def _published(node: ast.expr, scope: Scope) -> str | None:
    """What is certainly published that is no bytes."""
    if isinstance(node, ast.Call):
        told = _CALLS.get(scope.dotted(node.func) or "")
    elif isinstance(node, ast.Constant):
        told = _CONSTANTS.get(type(node.value))
    else:
        told = _DISPLAYS.get(type(node))
    if told is not None:
        return told
    kinds = [found.kind for found in unplain(node, scope) if found.node is node]
    if not kinds and isinstance(node, ast.Name):
        values = [_published(value, scope) for value in scope.values(node.id)]
        return values[0] if values and all(values) else None
    return None if not kinds or "bytes" in kinds else kinds[0]


def _results(run: Function, scope: Scope) -> Iterator[Finding]:
    for node in own_nodes(run):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        kinds = {found.kind: found.node for found in reversed(list(unplain(node.value, scope)))}
        for kind, where in kinds.items():
            message = f"the result has {kind} in it, which plain JSON cannot hold"
            yield _warn(where, message, HINTS[kind], "result")


def _imports(tree: ast.Module) -> Iterator[Finding]:
    guarded = {id(node) for part in ast.walk(tree) if _is_guard(part) for node in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        for name in _imported(node):
            yield from _import(node, name)


def _import(node: ast.AST, name: str) -> Iterator[Finding]:
    package = name.partition(".")[0]
    if package not in sys.stdlib_module_names and package not in KNOWN_PACKAGES:
        message = f"the service is not known to have {package}"
        hint = (
            "it surely has the standard library, quafu, numpy, scipy and matplotlib: do without, or ask its operators"
        )
        yield _warn(node, message, hint, "import")
    elif name in _NETWORK:
        message = f"{name} is for the network, which a program of the service may not reach"
        yield _warn(node, message, "fetch it before, and hand it over in params", "network")


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        full = [f"{node.module}.{alias.name}" for alias in node.names]
        yield next((name for name in full if name in _NETWORK), node.module)


def _is_guard(node: ast.AST) -> bool:
    """Whether what is imported inside may be missing: `try … except ImportError`, or `if TYPE_CHECKING`."""
    match node:
        case ast.Try(handlers=handlers):
            return any(_catches_import_error(handler) for handler in handlers)
        case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
            return True
        case _:
            return False


def _catches_import_error(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(names & {"ImportError", "ModuleNotFoundError", "Exception"})


def _random(tree: ast.Module, top: Scope) -> Iterator[Finding]:
    """Where the program first draws from a global generator that it has not seeded itself."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [(node, top.dotted(node.func) or "") for node in calls]
    drawn = [(node, name) for node, name in named if name.startswith(("random.", "numpy.random."))]
    if not drawn or any(name.endswith((".seed", ".default_rng", ".RandomState", ".Random")) for _, name in drawn):
        return
    node, name = min(drawn, key=lambda pair: (pair[0].lineno, pair[0].col_offset))
    message = f"{name} starts from the job's seed on the local runtime; the service has no seeds"
    yield _warn(node, message, "where runs must be repeatable, seed it with a number from params", "seed")


def _reads(node: ast.Call) -> bool:
    mode = node.args[1] if len(node.args) > 1 else next((it.value for it in node.keywords if it.arg == "mode"), None)
    return mode is None or (isinstance(mode, ast.Constant) and "r" in str(mode.value))


def _warn(node: ast.AST, message: str, hint: str, code: str) -> Finding:
    column = getattr(node, "col_offset", 0) + 1
    return Finding(getattr(node, "lineno", 1), column, message, hint, "warning", f"cloud-{code}")
