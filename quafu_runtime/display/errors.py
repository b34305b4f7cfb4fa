"""HTML of errors: what happened, and of a job that failed its traceback from afar, its params and its log."""

import json
from typing import TYPE_CHECKING, Any, Final

from quafu_runtime.display.markup import Child, Html, block, code, cut, details, element, joined, printable
from quafu_runtime.display.style import framed, heading, mark, remarks, section
from quafu_runtime.display.summary import in_short
from quafu_runtime.errors import JobCancelledError, JobError, JobFailedError, QuafuRuntimeError

if TYPE_CHECKING:
    from quafu_runtime.many.failed import FailedRun

_LOG_LINES: Final = 10
_LONG: Final = 20_000
_PARAMS: Final = 500


def html_of_error(error: QuafuRuntimeError) -> str:
    """An error.

    Args:
        error: The error.
    """
    kind = mark(type(error).__name__, "" if isinstance(error, JobCancelledError) else "bad")
    if isinstance(error, JobFailedError):
        title = error.program_name or "Job"
        return framed(heading(printable(f"{title} failed"), kind), remarks(code(error.job_id)), failure(error))
    first, _, rest = printable(cut(error.message, _LONG)).partition("\n")
    asked = [f"operation {error.operation}"] if error.operation else []
    asked += [f"code {error.code}"] if error.code is not None else []
    asked += [f"request {error.request_id}"] if error.request_id else []
    job = error.job_id if isinstance(error, JobError) else None
    return framed(heading(first, kind), block(rest) if rest else None, remarks(code(job), *map(printable, asked)))


def html_of_failed_run(run: "FailedRun[Any]") -> str:
    """A point of a map, or a job, that has no result.

    Args:
        run: What stands in its place.
    """
    job_id = getattr(run.job, "job_id", None)
    known = code(str(job_id())) if callable(job_id) else "not submitted"
    error = run.error
    inside = failure(error) if isinstance(error, JobFailedError) else block(cut(str(error), _LONG))
    params = None if run.params is None else section("Params", block(in_short(run.params)))
    shown = inside if isinstance(error, JobFailedError) and error.params is not None else joined([inside, params])
    return framed(heading(f"Point {run.index}", mark(type(error).__name__, "bad")), remarks(known), shown)


def failure(error: JobFailedError) -> Html:
    """The inside of a job's failure: traceback, params, log.

    Args:
        error: The failure.
    """
    shown = [section("Traceback of the program", traceback_block(error.traceback))] if error.traceback.strip() else []
    if error.params is not None:
        shown.append(section("Params", block(cut(json.dumps(error.params, ensure_ascii=False), _PARAMS))))
    return joined([*shown, log_section(error.logs, "The last lines of its log")])


def log_section(log: str, title: str) -> Html | None:
    """The end of a log; None where nothing was printed.

    Args:
        log: The log.
        title: What stands above it.
    """
    lines = log.rstrip().splitlines()
    if not lines:
        return None
    whole = details(f"All {len(lines)} lines", block(log[-_LONG:])) if len(lines) > _LOG_LINES else None
    return section(title, block("\n".join(lines[-_LOG_LINES:])), whole)


def traceback_block(text: str) -> Html:
    """A traceback, its places paler and its last line in red.

    Args:
        text: The traceback.
    """
    lines = printable(text.rstrip()[-_LONG:]).split("\n")
    last = max((index for index, line in enumerate(lines) if line and not line.startswith(" ")), default=0)
    return element("pre", *(_line(line, index >= last) for index, line in enumerate(lines)))


def _line(line: str, is_the_error: bool) -> Html:
    shown: Child = line
    if is_the_error:
        shown = element("i", line)
    elif line.startswith(("Traceback (", "  File ")):
        shown = element("u", line)
    return joined([shown, "\n"])
