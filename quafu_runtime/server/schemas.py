"""jsonschema, imported without the parser of addresses that it takes where it finds it.

JupyterLab brings that parser, which needs two seconds to be imported; no schema of ours has a format that it checks.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PARSER = "rfc3987_syntax"


@contextmanager
def _without(module: str) -> Iterator[None]:
    """A block in which a module that was not imported before cannot be imported."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment] # what the import system takes for a module that is not there
    try:
        yield
    finally:
        del sys.modules[module]


with _without(_PARSER):
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

__all__ = ["Draft202012Validator", "best_match"]
