"""What is installed: Python, this package, the packages that it needs, and the extra for a service of one's own."""

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata

from quafu_runtime._version import __version__
from quafu_runtime.doctor.finding import Finding, fail, ok, warn

_OURS = "quafu-runtime"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")
_LOCAL = "local"


def of_the_installation() -> Iterator[Finding]:
    """Look at what is installed."""
    yield ok("python", f"Python {platform.python_version()} at {sys.executable}, {platform.system()}.")
    try:
        needed = metadata.requires(_OURS) or []
    except metadata.PackageNotFoundError:
        remedy = "install it: pip install quafu-runtime"
        yield warn("packages", f"{_OURS} {__version__} is imported from a folder, and not installed.", remedy)
        return
    yield _packages(_names(needed, None))
    yield _local(_names(needed, _LOCAL))


def _packages(names: list[str]) -> Finding:
    found = {name: _version(name) for name in names}
    missing = [name for name, version in found.items() if version is None]
    if missing:
        remedy = "install the package again: pip install --force-reinstall quafu-runtime"
        return fail("packages", f"Not installed: {', '.join(missing)}.", remedy)
    listed = ", ".join(f"{name} {version}" for name, version in found.items())
    return ok("packages", f"{_OURS} {__version__}, with {listed}.")


def _local(names: list[str]) -> Finding:
    missing = [name for name in names if _version(name) is None]
    if missing:
        return warn(
            "local",
            f"The extra local is not whole (not installed: {', '.join(missing)}): this machine cannot run a service.",
            "where you want one: pip install 'quafu-runtime[local]'",
        )
    return ok("local", "The extra local is installed: `quafu-runtime serve` runs a service on this machine.")


def _names(requirements: list[str], extra: str | None) -> list[str]:
    """The packages that an extra needs, or those that are always needed."""
    found = []
    for requirement in requirements:
        named, of_extra = _NAME.match(requirement), _EXTRA.search(requirement)
        if named and (of_extra.group(1) if of_extra else None) == extra:
            found.append(named.group())
    return sorted(set(found))


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
