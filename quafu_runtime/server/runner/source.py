"""Makes a module of a program's source, and finds its entry point."""

import inspect
import linecache
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from quafu_runtime.server.runner.assignment import Work

MODULE_NAME = "program"
"""The program's `__name__`: it is not `__main__`, so that what it does when started as a script is left out."""


class NoEntryPointError(Exception):
    """The source has no `run` that can be called."""


def load_run(work: Work) -> Callable[[object, object, object], Any]:
    """Execute the body of a program's source, as a module.

    Args:
        work: The program.

    Returns:
        Its `run`.

    Raises:
        NoEntryPointError: There is no `run`, or none that can be called.
        BaseException: Whatever the source raises.
    """
    source = work.source.removeprefix("\ufeff")
    # With this the lines of the program stand in its tracebacks, though there is no file.
    linecache.cache[work.filename] = (len(source), None, source.splitlines(keepends=True), work.filename)
    module = ModuleType(MODULE_NAME)
    module.__file__ = work.filename
    # Found under its name, as `pickle` and `dataclasses` expect of the module of a class.
    sys.modules[MODULE_NAME] = module
    exec(compile(source, work.filename, "exec", dont_inherit=True), vars(module))  # noqa: S102 - this is what it is for
    return _entry_point(module)


def _entry_point(module: ModuleType) -> Callable[[object, object, object], Any]:
    run = getattr(module, "run", None)
    if run is None:
        message = "The program has no function run(task, userpub, params)."
    elif not callable(run):
        message = f"The program's run is of type {type(run).__name__}, not a function run(task, userpub, params)."
    elif inspect.iscoroutinefunction(run):
        message = "The program's run is an async function. Make it a plain one that calls asyncio.run(...)."
    else:
        entry_point: Callable[[object, object, object], Any] = run
        return entry_point
    raise NoEntryPointError(message)
