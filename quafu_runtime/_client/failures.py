"""What the errors of a job tell: its program, its params, the last lines of its log, the traceback from afar.

What is fetched for a message is fetched once and in a short time, and never stands in the way of the error itself.
"""

import json
import textwrap
import time
from collections.abc import Callable
from typing import Final, TypeAlias

from attrs import evolve, field, frozen
from quafu_runtime_api.api.jobs import job_info, job_logs

from quafu_runtime._client.flow import Call, Flow, T, ask
from quafu_runtime._client.known import JOB_INFO, Known, features
from quafu_runtime.account.secret import taken_out
from quafu_runtime.codec import check_params
from quafu_runtime.errors import (
    InvalidParamsError,
    JobCancelledError,
    JobFailedError,
    JobTimeoutError,
    QuafuRuntimeError,
)

LOG_SECONDS: Final = 5.0
"""Seconds that the log of a job that failed may take."""

LATE_LOG_SECONDS: Final = 1.0
"""Seconds that the log may take after a time-out: whoever set one does not want to wait much longer."""

_NAME_SECONDS = 2.0
_LINES = 10
"""Lines of a log in a message: the place of the failure, not its history."""

_LINE_CHARACTERS = 200
_PARAMS_CHARACTERS = 300
_KEPT_CHARACTERS = 64 * 1024
"""Characters of a log that an error keeps, its last ones."""


Hide: TypeAlias = Callable[[str], str]


class NotKnown:
    """In place of params that nobody here has; None is what many programs get."""

    def __repr__(self) -> str:
        return "not known"


NOT_KNOWN: Final = NotKnown()


@frozen
class Context:
    """What the caller has of a job, for the messages of its errors.

    Attributes:
        known: What is known of the service.
        program_id: The program that the job runs, or None.
        params: Finds what it got, or `NOT_KNOWN`; asked only where a message has a use for it.
        token: What no message may show, whatever a program prints.
    """

    known: Known
    program_id: str | None = None
    params: Callable[[], object] = lambda: NOT_KNOWN
    token: str = field(default="", repr=False)

    def hidden(self, text: str) -> str:
        """A text without the token."""
        return taken_out(text, self.token)


def failed(job_id: str, traceback: str, context: Context | None) -> Flow[JobFailedError]:
    """The error of a job that failed.

    Args:
        job_id: The job.
        traceback: What the service says of it.
        context: What the caller has of it; None for an error without that.
    """
    if context is None:
        return JobFailedError(f"Job {job_id} failed.\n{traceback.rstrip()}", job_id=job_id, traceback=traceback)
    name = yield from _program_name(job_id, context)
    log = yield from _log(job_id, context, LOG_SECONDS)
    return failure(
        job_id, context.hidden(traceback), log=log, name=name, params=context.params(), hidden=context.hidden
    )


def failure(
    job_id: str, traceback: str, *, log: str, name: str | None, params: object, hidden: Hide = str
) -> JobFailedError:
    """The error of a job that failed, from what is known of it. No I/O.

    Args:
        job_id: The job.
        traceback: Its traceback.
        log: What it printed.
        name: Its program's name, or None.
        params: What it got, or `NOT_KNOWN`.
        hidden: Takes out of a text what may not be shown.
    """
    log = log.rstrip().removesuffix(traceback.rstrip()).rstrip()[-_KEPT_CHARACTERS:]
    plain = _plain(params)
    shown = [] if plain is NOT_KNOWN or plain is None else [f"Params: {hidden(_one_line(plain))}"]
    of_program = "" if name is None else f' of program "{name}"'
    message = "\n".join([f"Job {job_id}{of_program} failed.", *shown, *_last_lines(log), traceback.rstrip()])
    return JobFailedError(
        message,
        job_id=job_id,
        traceback=traceback,
        logs=log,
        program_name=name,
        params=None if plain is NOT_KNOWN else plain,
    )


def cancelled(job_id: str, context: Context | None) -> Flow[JobCancelledError]:
    """The error of a job that was cancelled.

    Args:
        job_id: The job.
        context: What the caller has of it; None for an error without its log.
    """
    log = "" if context is None else (yield from _log(job_id, context, LOG_SECONDS))
    message = "\n".join([f"Job {job_id} was cancelled, and has no result.", *_last_lines(log)])
    return JobCancelledError(message, job_id=job_id, logs=log[-_KEPT_CHARACTERS:])


def late(job_id: str, timeout: float | None, context: Context | None) -> Flow[JobTimeoutError]:
    """The error of a job that has not ended in time.

    Args:
        job_id: The job.
        timeout: The seconds that were given to it.
        context: What the caller has of it; None for an error without its log.
    """
    # Whoever waits for less than it takes to fetch a log only looks.
    fetched = context if timeout is not None and timeout >= LATE_LOG_SECONDS else None
    log = "" if fetched is None else (yield from _log(job_id, fetched, LATE_LOG_SECONDS))
    message = (
        f"Job {job_id} did not end within {timeout or 0.0:g} seconds, and goes on. Wait again with result(), or end it "
        "with cancel()."
    )
    return JobTimeoutError("\n".join([message, *_last_lines(log)]), job_id=job_id, logs=log[-_KEPT_CHARACTERS:])


def within(flow: Flow[T], seconds: float) -> Flow[T]:
    """Have a whole flow made within a time.

    Args:
        flow: The flow.
        seconds: How long all its calls may take together.
    """
    ends_at = time.monotonic() + seconds
    error: QuafuRuntimeError | None = None
    answer: object = None
    while True:
        try:
            call = flow.send(answer) if error is None else flow.throw(error)
        except StopIteration as end:
            value: T = end.value
            return value
        error = answer = None
        left = max(0.0, ends_at - time.monotonic())
        try:
            answer = yield evolve(call, deadline=left if call.deadline is None else min(left, call.deadline))
        except QuafuRuntimeError as raised:
            error = raised


def _program_name(job_id: str, context: Context) -> Flow[str | None]:
    for (program_id, name), program in context.known.programs.items():
        if context.program_id in {program.program_id, program_id} and (program.name or name):
            return program.name or name
    try:
        return (yield from within(_ask_for_name(job_id, context.known), _NAME_SECONDS))
    except QuafuRuntimeError:
        return None


def _ask_for_name(job_id: str, known: Known) -> Flow[str | None]:
    if JOB_INFO not in (yield from features(known)):
        return None
    call = Call("job_info", job_info.build(job_id=job_id), job_info.parse, f"Job {job_id}", repeatable=False)
    answer = yield from ask(call)
    name = answer.data.program_name
    return name if isinstance(name, str) and name else None


def _log(job_id: str, context: Context, seconds: float) -> Flow[str]:
    call = Call("job_logs", job_logs.build(job_id=job_id), job_logs.parse, f"Job {job_id}", repeatable=False)
    try:
        answer = yield from ask(evolve(call, deadline=seconds))
    except QuafuRuntimeError:
        return ""
    text = answer.data.logs
    return context.hidden(text) if isinstance(text, str) else ""


def _last_lines(log: str) -> list[str]:
    lines = log.rstrip()[-_LINES * _LINE_CHARACTERS * 4 :].splitlines()[-_LINES:]
    if not any(line.strip() for line in lines):
        return []
    shown = [textwrap.indent(_cut(line, _LINE_CHARACTERS), "    ") for line in lines]
    return ["The last lines of its log:", *shown]


def _plain(params: object) -> object:
    """Params as an error may keep and pickle them."""
    if params is NOT_KNOWN:
        return params
    try:
        return check_params(params)
    except InvalidParamsError:
        return NOT_KNOWN


def _one_line(params: object) -> str:
    return _cut(json.dumps(params, ensure_ascii=False), _PARAMS_CHARACTERS)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
