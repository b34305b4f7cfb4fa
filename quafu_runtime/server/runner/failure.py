"""Why a program failed, as a text for whoever wrote it: Python's traceback without the frames that are ours."""

import os
import re
import signal
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from quafu_runtime import codec
from quafu_runtime.server.runner.assignment import Work

TRACEBACK_CHARACTERS = 128 * 1024
"""The longest traceback: the message of an error may be of any size, and its beginning and its end tell enough."""

EXIT_KINDS = frozenset({"returned", "raised", "exited", "killed", "timed_out", "cancelled", "lost"})
"""How the run of a program may end."""

_OURS = (str(Path(__file__).parent), str(Path(codec.__file__).parent))
_CRASH_FRAME = re.compile(r'^  File "<program .*>", line (?P<line>\d+) in (?P<function>.+)$', re.MULTILINE)
"""A line of faulthandler's that is the program's own."""


_CALLED_EXIT = re.compile(r"The program called sys\.exit\((?P<code>.*?)\) before run returned a result\.\n", re.DOTALL)
"""How `describe_exception` begins where the program called `sys.exit`. No traceback begins like that."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How the run of a program ended.

    Attributes:
        kind: One of `EXIT_KINDS`.
        code: The exit code of the process, where the program ended it.
        signal: The number of the signal that ended the process, where one did.
    """

    kind: str
    code: int | None = None
    signal: int | None = None


def exit_of_error(text: str) -> Exit:
    """How a run ended whose error was described by `describe_exception`.

    Args:
        text: The description.
    """
    found = _CALLED_EXIT.match(text)
    if found is None:
        return Exit("raised")
    code = found["code"]
    if code == "None":
        return Exit("exited", code=0)
    # As Python: a text is printed, and the code is then 1; of a number the system keeps eight bits.
    return Exit("exited", code=int(code) & 0xFF if re.fullmatch(r"-?\d{1,18}", code) else 1)


def exit_of_death(status: int) -> Exit:
    """How a run ended whose process ended without a word.

    Args:
        status: The wait status of the process.
    """
    code = os.waitstatus_to_exitcode(status)
    return Exit("exited", code=code) if code >= 0 else Exit("killed", signal=-code)


def describe_exception(error: BaseException) -> str:
    """The traceback of what a program raised, with its causes, as Python would print it for the program alone.

    Args:
        error: What came out of the program.

    Returns:
        The text, ending without a line break. After `sys.exit` its first line says so.
    """
    try:
        return _describe(error)
    except Exception as trouble:  # noqa: BLE001 - the code of the error's own methods may do anything
        kinds = type(error).__name__, type(trouble).__name__
        return "The program raised {}, of which no traceback can be written: that raises {}.".format(*kinds)


def _describe(error: BaseException) -> str:
    summary = traceback.TracebackException.from_exception(error)
    for part in _parts(summary):
        part.stack = traceback.StackSummary.from_list([frame for frame in part.stack if not _is_ours(frame.filename)])
    text = _shorten("".join(summary.format()).rstrip("\n"))
    if isinstance(error, SystemExit):
        return f"The program called sys.exit({error.code!r}) before run returned a result.\n{text}"
    return text


def describe_death(status: int, crash: str, work: Work) -> str:
    """Why a program's process ended without a result.

    Args:
        status: Its wait status.
        crash: What faulthandler wrote about it; an empty text where it wrote nothing.
        work: What the process was told to do.

    Returns:
        The text, ending without a line break.
    """
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"The program ended its process with exit code {code} before run returned a result."
    place = _place_of_crash(crash, work)
    if not place and -code == signal.SIGKILL:
        place = ". Nobody here did that: the usual reason is that the machine ran out of memory."
    return f"The program's process was killed by {name_signal(-code)}{place or '.'}"


def describe_limit(seconds: float) -> str:
    """That a program was stopped at its time limit.

    Args:
        seconds: The limit.

    Returns:
        The text, ending without a line break.
    """
    return (
        f"The program was stopped: it ran longer than its max_execution_time of {seconds:g} seconds. "
        "Give it more with run(..., max_execution_time=...)."
    )


def describe_exit(code: int) -> str:
    """How a process ended, such as `exited with code 1` or `was killed by SIGKILL (Killed)`.

    Args:
        code: Its exit code, or a signal's number, negated.
    """
    return f"exited with code {code}" if code >= 0 else f"was killed by {name_signal(-code)}"


def name_signal(number: int) -> str:
    """The name of a signal with what it means, such as `SIGSEGV (Segmentation fault)`."""
    try:
        return f"{signal.Signals(number).name} ({signal.strsignal(number)})"
    except ValueError:
        return f"signal {number}"


def _parts(summary: traceback.TracebackException) -> Iterator[traceback.TracebackException]:
    """A traceback and, each once, the tracebacks within it: causes, contexts, members of groups."""
    waiting = [summary]
    seen: set[int] = set()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        waiting += [other for other in (part.__cause__, part.__context__, *(part.exceptions or ())) if other]


def _is_ours(filename: str) -> bool:
    return filename.startswith(_OURS)


def _shorten(text: str) -> str:
    if len(text) <= TRACEBACK_CHARACTERS:
        return text
    half = TRACEBACK_CHARACTERS // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half:,} characters left out ...]\n{text[-half:]}"


def _place_of_crash(crash: str, work: Work) -> str:
    # faulthandler writes a paragraph a thread, the innermost frame first.
    start = crash.find("Current thread")
    found = _CRASH_FRAME.search(crash[start:].partition("\n\n")[0]) if start >= 0 else None
    if found is None:
        return ""
    number = int(found["line"])
    lines = work.source.splitlines()
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return f" at line {number} of the program {work.program_name}, in {found['function']}:\n    {line}"
