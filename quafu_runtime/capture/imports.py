"""How what comes from an installed package is imported, as the user wrote it where that is known."""

import ast
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions
from types import ModuleType

from attrs import frozen

from quafu_runtime.capture.texts import Text


@frozen
class Import:
    """An import.

    Attributes:
        text: The statement.
        module: The module that it is of.
    """

    text: str
    module: str


def written(name: str, value: object, texts: Iterable[Text], paths: Iterable[str]) -> list[Import]:
    """The imports of some texts that give a name its value.

    Args:
        name: The name.
        value: What it stands for.
        texts: The texts.
        paths: The dotted names that are used.
    """
    found = [one for text in texts for node in ast.walk(text.tree) for one in _giving(node, name, value)]
    unique = list(dict.fromkeys(found))
    plain = [one for one in unique if one.text == f"import {name}" or not one.text.startswith(f"import {name}.")]
    deeper = [one for one in unique if one not in plain]
    used = [one for one in deeper if any(f"{path}.".startswith(f"{one.module}.") for path in paths)]
    return [*plain[:1], *used] or deeper[:1]


def submodules(name: str, module: ModuleType, texts: Iterable[Text], paths: Iterable[str]) -> list[Import]:
    """The imports of modules below an aliased one that are used through it, as in `sp.optimize`."""
    wanted = {f"{module.__name__}.{path.removeprefix(f'{name}.')}." for path in paths if path.startswith(f"{name}.")}
    if module.__name__ == name:
        return []
    return [
        Import(f"import {alias.name}", alias.name)
        for alias in (alias for text in texts for node in ast.walk(text.tree) for alias in _aliases(node))
        if alias.asname is None and any(path.startswith(f"{alias.name}.") for path in wanted)
    ]


def by_value(name: str, value: object) -> Import | None:
    """An import that gives a name its value, found by the value alone; None where there is none."""
    if isinstance(value, ModuleType):
        own = value.__name__
        return Import(f"import {own}" if own == name else f"import {own} as {name}", own)
    module, qualified = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(qualified, str):
        return None
    if getattr(sys.modules.get(module), qualified, None) is not value:
        return None
    return Import(f"from {module} import {qualified}{'' if qualified == name else f' as {name}'}", module)


def is_installed(module: str) -> bool:
    """Whether a module is of Python itself or of an installed package, not a file of the user's own."""
    top = module.partition(".")[0]
    if top in sys.stdlib_module_names:
        return True
    found = sys.modules.get(top)
    places = [getattr(found, "__file__", None) or "", *getattr(found, "__path__", [])]
    if any(part in place for place in places for part in ("site-packages", "dist-packages")):
        return True
    return top == __name__.partition(".")[0] or top in packages_distributions()


def _giving(node: ast.AST, name: str, value: object) -> Iterator[Import]:
    for alias in _aliases(node):
        bound = alias.asname or alias.name.partition(".")[0]
        full = alias.name if alias.asname else bound
        if bound == name and sys.modules.get(full) is value:
            suffix = f" as {alias.asname}" if alias.asname else ""
            yield Import(f"import {alias.name}{suffix}", alias.name)
    if isinstance(node, ast.ImportFrom) and node.module and not node.level and node.module != "__future__":
        for alias in node.names:
            source = sys.modules.get(node.module)
            if (alias.asname or alias.name) == name and getattr(source, alias.name, _NOTHING) is value:
                suffix = f" as {alias.asname}" if alias.asname else ""
                yield Import(f"from {node.module} import {alias.name}{suffix}", node.module)


def _aliases(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import) else []


_NOTHING = object()
