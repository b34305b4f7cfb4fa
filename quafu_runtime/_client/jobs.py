"""Each operation on a job, once, as a flow."""

import time
from typing import Any, Protocol

from attrs import evolve
from quafu_runtime_api.api.jobs import (
    get_result_nowait,
    get_result_wait,
    job_cancel,
    job_delete,
    job_info,
    job_logs,
    job_status,
)
from quafu_runtime_api.models import JobRequest

from quafu_runtime._client import fields
from quafu_runtime._client.answers import malformed
from quafu_runtime._client.failures import Context, cancelled, failed, late
from quafu_runtime._client.flow import Call, Doubt, Flow, ask
from quafu_runtime._client.known import EVENTS, JOB_INFO, Known, features
from quafu_runtime._client.records import JobInfo, Standing
from quafu_runtime._client.records import job_info as read_job_info
from quafu_runtime.codec import ResultDecoder, decode
from quafu_runtime.errors import (
    ArgumentError,
    AuthenticationError,
    JobNotFoundError,
    JobStateError,
    QuafuRuntimeError,
    ServiceError,
)
from quafu_runtime.status import JobStatus

ALREADY_FINISHED = "Job already finished."
"""The deployed client's message, which its users' code looks for."""

NO_REASON = "The service gives no reason."

_NOT_CANCELLED = -1
"""The status that says that a job could not be cancelled."""

_EARLY_PAUSE = 1.0
"""Seconds between waiting calls of a service that answers them before the job has ended, so that it is not stormed."""


class Decoder(Protocol):
    """What turns the text of a result or an interim result into a value."""

    @classmethod
    def decode(cls, data: str, /) -> Any:
        """The value of a text."""
        ...


def standing(job_id: str) -> Flow[Standing]:
    """Where a job stands, with its result or its error.

    Raises:
        JobNotFoundError: There is no such job.
    """
    operation = "get_result_nowait"
    request = get_result_nowait.build(body=JobRequest(job_id))
    answer = yield from ask(Call(operation, request, get_result_nowait.parse, _subject(job_id)))
    return Standing.of_result(answer.data, operation)


def state(job_id: str, pause: float = 0.0, *, patient: bool = False) -> Flow[Standing]:
    """Where a job stands, by the smaller of the two operations.

    Args:
        job_id: The job.
        pause: Seconds to wait first.
        patient: Whether somebody waits for the job, and so for a service that is away for a while.

    Raises:
        JobNotFoundError: There is no such job.
    """
    operation = "job_status"
    request = job_status.build(job_id=job_id)
    call = Call(operation, request, job_status.parse, _subject(job_id), pause=pause, patient=patient)
    answer = yield from ask(call)
    return Standing.of_state(answer.data, operation)


def status(job_id: str) -> Flow[JobStatus]:
    """A job's status.

    Raises:
        JobNotFoundError: There is no such job.
    """
    found = yield from state(job_id)
    return found.status


def has_ended(job_id: str) -> Flow[bool]:
    """Whether a job has ended, as far as the service says: a service that does not answer says nothing.

    Raises:
        JobNotFoundError: There is no such job.
        AuthenticationError: The token is refused.
    """
    try:
        found = yield from status(job_id)
    except (JobNotFoundError, AuthenticationError):
        raise
    except ServiceError:
        return False
    return found.is_final


def wait(job_id: str, timeout: float | None, context: Context | None = None) -> Flow[Standing]:
    """Wait for a job's end, without polling: by the call that answers when it has ended.

    Args:
        job_id: The job.
        timeout: Seconds, or None for as long as it takes.
        context: What the caller has of the job, for the message of an error.

    Raises:
        JobTimeoutError: It has not ended by then.
        JobNotFoundError: There is no such job.
    """
    ends_at = None if timeout is None else time.monotonic() + timeout
    if timeout == 0.0:
        found = yield from standing(job_id)
    else:
        found = yield from _wait_until(job_id, ends_at)
    if not found.status.is_final:
        raise (yield from late(job_id, timeout, context))
    return found


def result(
    job_id: str,
    *,
    wait_for_it: bool,
    timeout: float | None,
    decoder: type[Decoder] | None,
    context: Context | None = None,
) -> Flow[Any]:
    """What a job's program returned.

    Args:
        job_id: The job.
        wait_for_it: Whether to wait for its end.
        timeout: Seconds to wait, or None for as long as it takes.
        decoder: What makes a value of the result's text; None for what the program returned.
        context: What the caller has of the job, for the message of an error.

    Returns:
        The value, or None where the job has not ended and nobody waits.

    Raises:
        JobFailedError: The program failed; the message has what the context and the service tell.
        JobCancelledError: The job was cancelled.
        JobTimeoutError: The job has not ended in time.
        JobNotFoundError: There is no such job.
    """
    found = yield from (wait(job_id, timeout, context) if wait_for_it else standing(job_id))
    match found.status:
        case JobStatus.DONE:
            return None if found.text is None else decoded(found.text, found, decoder)
        case JobStatus.ERROR:
            raise (yield from failed(job_id, found.text or NO_REASON, context))
        case JobStatus.CANCELLED:
            raise (yield from cancelled(job_id, context))
        case _:
            return None


def error_text(job_id: str) -> Flow[str | None]:
    """Why a job failed, or None where it did not.

    Raises:
        JobNotFoundError: There is no such job.
    """
    found = yield from standing(job_id)
    return (found.text or NO_REASON) if found.status is JobStatus.ERROR else None


def logs(job_id: str, *, patient: bool = False) -> Flow[str]:
    """What a job has printed so far.

    Args:
        job_id: The job.
        patient: Whether somebody waits for the job, and so for a service that is away for a while.

    Raises:
        JobNotFoundError: There is no such job.
    """
    operation = "job_logs"
    call = Call(operation, job_logs.build(job_id=job_id), job_logs.parse, _subject(job_id), patient=patient)
    answer = yield from ask(call)
    return fields.optional_text(answer.data.logs, "logs", operation) or ""


def info(job_id: str, known: Known) -> Flow[JobInfo]:
    """What the service says of a job.

    Raises:
        JobNotFoundError: There is no such job.
    """
    operation = "job_info"
    if JOB_INFO in (yield from features(known)):
        answer = yield from ask(Call(operation, job_info.build(job_id=job_id), job_info.parse, _subject(job_id)))
        return read_job_info(answer.data, operation)
    found = yield from state(job_id)
    return JobInfo(job_id=job_id, status=found.status, finished_at=found.finished_at)


def cancel(job_id: str) -> Flow[JobStatus]:
    """End a job.

    Returns:
        Its status after that.

    Raises:
        JobStateError: It has ended already, or could not be cancelled.
        PermissionDeniedError: It belongs to somebody else.
        JobNotFoundError: There is no such job.
    """
    operation = "job_cancel"
    request = job_cancel.build(body=JobRequest(job_id))
    doubt = Doubt()
    answer = yield from ask(Call(operation, request, job_cancel.parse, _subject(job_id), doubt=doubt))
    if answer.data.status != _NOT_CANCELLED:
        return fields.job_status(answer.data.status, operation)
    found = yield from status(job_id)
    if doubt.answer_lost and found is JobStatus.CANCELLED:
        return found  # by a try whose answer was lost
    if found.is_final:
        message = f"{ALREADY_FINISHED} Its status is: {found.value}."
    else:
        message = f"Job {job_id} could not be cancelled. Its status is: {found.value}."
    raise JobStateError(message, job_id=job_id, operation=operation)


def cancel_unless_ended(job_id: str) -> Flow[None]:
    """End a job, if it has not ended or gone already.

    Raises:
        JobStateError: It could not be cancelled.
        PermissionDeniedError: It belongs to somebody else.
    """
    try:
        yield from cancel(job_id)
    except JobNotFoundError:
        return
    except JobStateError as error:
        if ALREADY_FINISHED not in error.message:
            raise


def not_cancelled_note(job_id: str, problem: QuafuRuntimeError) -> str:
    """What is noted on an error that ends a block which was to cancel a job, and could not.

    Args:
        job_id: The job.
        problem: Why not.
    """
    return f"Job {job_id} was to be cancelled here, and may go on: {problem}"


def delete(job_id: str) -> Flow[bool]:
    """Delete a job that has ended.

    Returns:
        Whether it was deleted, as the service says; one that has not ended is not.

    Raises:
        PermissionDeniedError: It belongs to somebody else.
        JobNotFoundError: There is no such job.
    """
    operation = "job_delete"
    doubt = Doubt()
    call = Call(operation, job_delete.build(job_id=job_id), job_delete.parse, _subject(job_id), doubt=doubt)
    try:
        answer = yield from ask(call)
    except JobNotFoundError:
        if doubt.answer_lost:
            return True  # by a try whose answer was lost
        raise
    if not isinstance(answer.data.deleted, bool):
        malformed(operation, f"deleted is neither true nor false but {answer.data.deleted!r:.60}.")
    return answer.data.deleted


def ready_to_stream(job_id: str, known: Known, *, after: int | None = None, only_logs: bool = False) -> Flow[None]:
    """See that a job's stream can be read: one that has ended can only where the service replays.

    Args:
        job_id: The job.
        known: What is known of the service.
        after: The number of the event after which to begin, or None.
        only_logs: Whether nothing but logs is wanted, which can be had without a stream.

    Raises:
        ArgumentError: `after` is given, and this service does not number its events.
        JobStateError: The job has ended, and this service sends nothing of it any more.
        JobNotFoundError: There is no such job.
    """
    found = yield from status(job_id)
    if after is not None and not (yield from replays(known)):
        message = (
            "This service cannot honour after=: it does not number what a job publishes, and replays nothing. Leave "
            "after out, or use a service that has the extension events, such as the local runtime."
        )
        raise ArgumentError(message)
    if found.is_final and not only_logs and not (yield from replays(known)):
        message = f"{ALREADY_FINISHED} This service does not replay interim results; see result() and logs()."
        raise JobStateError(message, job_id=job_id)


def replays(known: Known) -> Flow[bool]:
    """Whether a service numbers what a job prints and publishes, and sends it again to whoever comes late.

    Args:
        known: What is known of the service.
    """
    return EVENTS in (yield from features(known))


def log_so_far(job_id: str, pause: float) -> Flow[tuple[str, bool]]:
    """A job's log, and whether the job had ended before: for whoever follows it, and bears a service that is away.

    Args:
        job_id: The job.
        pause: Seconds to wait first.

    Raises:
        JobNotFoundError: There is no such job.
    """
    found = yield from state(job_id, pause, patient=True)
    text = yield from logs(job_id, patient=True)
    return text, found.status.is_final


def _wait_until(job_id: str, ends_at: float | None) -> Flow[Standing]:
    """The standing at the end, or a standing that is not final once the time is over."""
    operation = "get_result_wait"
    request = get_result_wait.build(body=JobRequest(job_id))
    call = Call(operation, request, get_result_wait.parse, _subject(job_id), patient=True)
    running = Standing(JobStatus.RUNNING, None)
    while ends_at is None or time.monotonic() < ends_at:
        began_at = time.monotonic()
        try:
            answer = yield from ask(evolve(call, deadline=None if ends_at is None else ends_at - began_at))
        except ServiceError:
            if ends_at is None or time.monotonic() < ends_at:
                raise
            break
        found = Standing.of_result(answer.data, operation)
        if found.status.is_final:
            return found
        call = evolve(call, pause=max(0.0, _EARLY_PAUSE - (time.monotonic() - began_at)))
    return running


def decoded(text: str, found: Standing, decoder: type[Decoder] | None) -> Any:
    """The value of a result.

    Args:
        text: Its text.
        found: What came with it.
        decoder: What makes a value of the text; None for what the program returned.

    Raises:
        MalformedAnswerError: The text and its types do not fit.
    """
    if decoder is not None:
        return decoder.decode(text)
    if found.types is None:
        return ResultDecoder.decode(text)
    try:
        return decode(text, found.types)
    except ValueError as error:
        malformed("get_result", f"the result and its types do not fit: {error}")


def _subject(job_id: str) -> str:
    return f"Job {job_id}"
