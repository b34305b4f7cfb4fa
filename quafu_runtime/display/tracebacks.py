"""What IPython prints for an error of this package: the caller's own lines, and the error.

IPython asks an exception's `_render_traceback_` for it, in a terminal and in a notebook, whose output is a text with
colours, no HTML. The colours of the caller's lines are those that the user has chosen.
"""

import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from quafu_runtime.display.markup import printable
from quafu_runtime.errors import JobFailedError, QuafuRuntimeError

_PACKAGE: Final = str(Path(__file__).parents[1])
_RED: Final = "\x1b[31m{}\x1b[39m"
_BOLD_RED: Final = "\x1b[1;31m{}\x1b[0m"
_PALE: Final = "\x1b[2m{}\x1b[22m"


def rendered(error: QuafuRuntimeError) -> list[str]:
    """The lines that are printed.

    Args:
        error: The error.
    """
    ipython: Any = sys.modules["IPython"]  # whoever asks is IPython
    shell = ipython.get_ipython()
    trace = without_ours(error.__traceback__)
    lines: list[str] = list(shell.InteractiveTB.structured_traceback(type(error), error, trace))
    colours = str(getattr(shell, "colors", "")).lower() not in {"nocolor", ""}
    return [*lines[:-1], said(error, colours=colours)] if isinstance(error, JobFailedError) else lines


def without_ours(trace: TracebackType | None) -> TracebackType | None:
    """A traceback up to the call into this package; all of it where nothing would be left.

    Args:
        trace: The traceback.
    """
    kept = []
    step = trace
    while step is not None and not step.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        kept.append(step)
        step = step.tb_next
    rebuilt: TracebackType | None = None
    for one in reversed(kept):
        rebuilt = TracebackType(rebuilt, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return rebuilt or trace


def said(error: JobFailedError, *, colours: bool) -> str:
    """A failure from afar: its message, the places in the program's traceback paler, its last line in red.

    Args:
        error: The failure.
        colours: Whether to colour it.
    """
    name, text = type(error).__name__, printable(str(error))
    if not colours:
        return f"{name}: {text}"
    first, *rest = text.split("\n")
    begins = next((index for index, line in enumerate(rest) if line.startswith("Traceback (")), len(rest))
    last = max((index for index, line in enumerate(rest) if line and not line.startswith(" ")), default=-1)
    shown = [_coloured(line, index, begins, last) for index, line in enumerate(rest)]
    return "\n".join([f"{_BOLD_RED.format(name)}: {first}", *shown])


def _coloured(line: str, index: int, begins: int, last: int) -> str:
    if index < begins:
        return _PALE.format(line) if line.startswith("    ") else line
    if index == last:
        return _RED.format(line)
    return _PALE.format(line) if line.startswith(("Traceback (", "  File ")) else line
