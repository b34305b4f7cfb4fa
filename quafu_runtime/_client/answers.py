"""Everything that can come back for a call, turned into its value or into one error of the tree. No I/O."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NoReturn, TypeAlias, TypeVar

from attrs import field, frozen
from quafu_runtime_api.models import Failure

from quafu_runtime._client.excerpts import legible, redirect_target, retry_after, service_text
from quafu_runtime._client.flow import Call, LookFor
from quafu_runtime.account.secret import taken_out
from quafu_runtime.errors import (
    ArgumentError,
    AuthenticationError,
    ConnectionFailedError,
    DeadlineError,
    DuplicateProgramError,
    InvalidParamsError,
    JobNotFoundError,
    MalformedAnswerError,
    PermissionDeniedError,
    ProgramNotFoundError,
    ProgramNotValidError,
    QuafuRuntimeError,
    RateLimitedError,
    ServiceError,
    SubmitUncertain,
)

A = TypeVar("A")

_NOT_ACCEPTED = "The service does not accept the token."
_PARSE_ERRORS = (ValueError, TypeError, KeyError, AttributeError, LookupError)
"""What the generated `from_dict` meets in JSON of another shape: it does not validate."""

_LOST_STATUSES = frozenset({499, 502, 504, 520})
"""HTTP statuses of a proxy that lost the service's answer: what was submitted may have arrived."""

_JOB_OPERATIONS = frozenset(
    {
        "get_result_nowait",
        "get_result_wait",
        "job_status",
        "job_logs",
        "job_cancel",
        "job_delete",
        "job_info",
        "job_inputs",
        "job_ledger",
    }
)


@frozen
class Reply:
    """An HTTP answer.

    Attributes:
        status: The HTTP status.
        headers: The header fields, names in lower case.
        body: What came of the body.
        complete: Whether the body came to its end.
        origin: The service that was asked: scheme, host and port.
        token: The token that was sent, so that no excerpt of the answer shows it.
        advice: Where that token came from and how it is replaced, for the message where it is refused.
        unread: Why it was not read to its end, in words, such as that it is too large; empty where it was.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    complete: bool
    origin: str
    token: str = field(repr=False)
    advice: str = ""
    unread: str = ""


@frozen
class Lost:
    """No answer.

    Attributes:
        reason: Why, in a few words.
        sent: Whether the service may have received the request.
        timed_out: The seconds after which nobody waited any longer, or None where the connection failed.
        origin: The service that was asked: scheme, host and port.
    """

    reason: str
    sent: bool
    timed_out: float | None
    origin: str


def read_answer(call: Call[A], outcome: Reply | Lost) -> A:
    """The value that a service answered with.

    Args:
        call: What was asked.
        outcome: What came back.

    Returns:
        The operation's success.

    Raises:
        AuthenticationError: The token is refused (code 201 or 400, HTTP 401).
        PermissionDeniedError: It belongs to somebody else (code or HTTP status 403).
        ProgramNotFoundError: There is no such program (code 404).
        JobNotFoundError: There is no such job (code 404).
        DuplicateProgramError: The name is taken (code 409).
        InvalidParamsError: The params are refused (code 401 of run).
        ProgramNotValidError: The program is invalid (code 405 of run).
        RateLimitedError: Fewer requests are asked for (HTTP 429).
        DeadlineError: There was no answer in time (HTTP 408 and 504 too).
        ConnectionFailedError: There was no connection, or it was closed without an answer.
        SubmitUncertain: The answer to a submission was lost.
        MalformedAnswerError: What came back is no answer of a runtime service.
        ServiceError: Anything else that is no success.
    """
    if isinstance(outcome, Lost):
        raise _lost(call, outcome)
    if outcome.status != HTTPStatus.OK:
        raise _http_error(call, outcome)
    envelope = _envelope(call, outcome)
    try:
        parsed = call.parse(envelope)
    except _PARSE_ERRORS as error:
        detail = f"The answer is none of this operation: {error}." if str(error) else "The answer has another shape."
        raise _error(MalformedAnswerError, detail, call, outcome, _said(envelope, outcome.token)) from None
    if isinstance(parsed, Failure):
        raise _business_error(call, outcome, envelope)
    return parsed


def answer_lost(outcome: Reply | Lost) -> bool:
    """Whether the service may have done what it was asked, and only its answer is missing.

    Args:
        outcome: What came back.
    """
    if isinstance(outcome, Lost):
        return outcome.sent
    return outcome.status in _LOST_STATUSES or not outcome.complete


def malformed(operation: str, detail: str) -> NoReturn:
    """Refuse an answer whose data is not what the document says.

    Raises:
        MalformedAnswerError: Always.
    """
    message = f"The answer is none of this operation: {detail}"
    raise MalformedAnswerError(message, operation=operation)


def _lost(call: Call[Any], lost: Lost) -> QuafuRuntimeError:
    if lost.sent and call.look_for is not None:
        return _uncertain(call, call.look_for, lost.reason, None)
    if lost.timed_out is not None:
        message = f"The service at {lost.origin} did not answer within {lost.timed_out:.3g} seconds ({lost.reason})."
        return DeadlineError(message, operation=call.operation)
    if lost.sent:
        message = f"The service at {lost.origin} closed the connection without an answer ({lost.reason})."
        return ConnectionFailedError(message, operation=call.operation)
    message = f"The service at {lost.origin} cannot be reached: {lost.reason}. Check the account's URL and the network."
    return ConnectionFailedError(message, operation=call.operation)


def _uncertain(
    call: Call[Any], meant: LookFor, reason: str, code: int | None, said: str | None = None
) -> SubmitUncertain:
    message = (
        f"{call.subject}: the request was sent at {meant.at:%Y-%m-%d %H:%M:%S} UTC and the service's answer was lost "
        f"({reason}), so it may have been accepted or not. {meant.advice}{_says(said)}"
    )
    return SubmitUncertain(
        message,
        operation=call.operation,
        code=code,
        service_message=said,
        program=meant.program,
        backend=meant.backend,
        submitted_at=meant.at,
        idempotency_key=meant.key,
    )


def _http_error(call: Call[Any], reply: Reply) -> QuafuRuntimeError:
    status, said = reply.status, service_text(reply.body, reply.token)
    if status in _LOST_STATUSES and call.look_for is not None:
        return _uncertain(call, call.look_for, f"HTTP status {status}", status, said)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _rate_limited(call, reply, said)
    kind, detail = _meaning_of_status(reply)
    return _error(kind, detail, call, reply, said, code=status)


def _meaning_of_status(reply: Reply) -> tuple[type[QuafuRuntimeError], str]:
    status = reply.status
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        target = redirect_target(reply.headers.get("location"))
        return ServiceError, (
            f"The service at {reply.origin} redirects to {target}, and a token is not sent on to another address. If "
            "that is the service, give its URL: Account(url=...)."
        )
    late = (DeadlineError, "The service, or a proxy before it, did not answer in time.")
    meanings: dict[int, tuple[type[QuafuRuntimeError], str]] = {
        401: (AuthenticationError, _NOT_ACCEPTED),
        403: (PermissionDeniedError, "The service, or a proxy before it, refuses access."),
        404: (ServiceError, f"No runtime service answers at {reply.origin}. Check the account's URL."),
        407: (ServiceError, "A proxy on the way asks for a user name and a password: put them into its variable."),
        408: late,
        504: late,
    }
    text = f"The service, or a proxy before it, answered with HTTP status {status}.{_when(retry_after(reply.headers))}"
    return meanings.get(status, (ServiceError, text))


def _rate_limited(call: Call[Any], reply: Reply, said: str | None) -> RateLimitedError:
    seconds = retry_after(reply.headers)
    message = f"The service asks for fewer requests.{_when(seconds)}{_says(said)}"
    return RateLimitedError(
        message, operation=call.operation, code=reply.status, service_message=said, retry_after=seconds
    )


def _when(seconds: float | None) -> str:
    return f" Try again in {seconds:.0f} seconds." if seconds is not None else ""


def _envelope(call: Call[Any], reply: Reply) -> dict[str, Any]:
    if reply.unread:
        if call.look_for is not None:
            raise _uncertain(call, call.look_for, f"it came, and was not read: {reply.unread}", None)
        detail = f"{call.subject}: the answer was not read: {reply.unread}."
        raise _error(MalformedAnswerError, detail, call, reply, None)
    if not reply.body.strip():
        if not reply.complete:
            raise _lost(
                call, Lost("the connection ended before the answer", sent=True, timed_out=None, origin=reply.origin)
            )
        raise _error(MalformedAnswerError, "The answer is empty.", call, reply, None)
    if not reply.complete:
        if call.look_for is not None:
            raise _uncertain(call, call.look_for, "the connection ended in the middle of it", None)
        detail = "The connection ended in the middle of the answer."
        raise _error(MalformedAnswerError, detail, call, reply, service_text(reply.body, reply.token))
    try:
        envelope = json.loads(reply.body)
    except (ValueError, RecursionError):
        detail = (
            "The answer is not JSON. A proxy, or another kind of server, may have given it: check the account's URL."
        )
        raise _error(MalformedAnswerError, detail, call, reply, service_text(reply.body, reply.token)) from None
    if not isinstance(envelope, dict):
        raise _error(MalformedAnswerError, "The answer is JSON but not an object.", call, reply, None)
    return envelope


def _business_error(call: Call[Any], reply: Reply, envelope: dict[str, Any]) -> QuafuRuntimeError:
    code, said = envelope.get("status", envelope.get("code")), _said(envelope, reply.token)
    if isinstance(code, bool) or not isinstance(code, int):
        return _error(MalformedAnswerError, f"The answer's code is no number: {code!r:.40}.", call, reply, said)
    kind, detail = _meaning_of_code(call, code)
    return _error(kind, detail, call, reply, said, code=code)


def _meaning_of_code(call: Call[Any], code: int) -> tuple[type[QuafuRuntimeError], str]:
    meanings = _CODES
    if call.operation == "programs_run_deploy":
        meanings = _CODES | _CODES_OF_RUN
    if call.operation in _JOB_OPERATIONS:
        meanings = _CODES | _CODES_OF_JOBS
    kind, detail = meanings.get(code, (ServiceError, "{}: the service did not do what it was asked."))
    return kind, detail.format(call.subject)


_Meanings: TypeAlias = dict[int, tuple[type[QuafuRuntimeError], str]]

_CODES: _Meanings = {
    201: (AuthenticationError, _NOT_ACCEPTED),
    400: (AuthenticationError, _NOT_ACCEPTED),
    403: (PermissionDeniedError, "{} belongs to somebody else."),
    404: (ProgramNotFoundError, "{} not found."),
    409: (DuplicateProgramError, "{}: a program of yours has this name. Update that one, or choose another name."),
}
_CODES_OF_RUN: _Meanings = {
    401: (InvalidParamsError, "{} was not run: the service refused the params."),
    409: (
        ArgumentError,
        "{} was not run: its idempotency_key belongs to another request. Leave it out, or draw another.",
    ),
    405: (ProgramNotValidError, "{} was not run: the service says that it is not valid."),
}
_CODES_OF_JOBS: _Meanings = {404: (JobNotFoundError, "{} not found.")}


def _said(envelope: dict[str, Any], token: str) -> str | None:
    for key in ("msg", "message"):
        text = envelope.get(key)
        if isinstance(text, str) and text:
            return legible(taken_out(text, token))
    return None


def _says(said: str | None) -> str:
    return f' The service says: "{said}"' if said else ""


def _error(
    kind: type[QuafuRuntimeError],
    detail: str,
    call: Call[Any],
    reply: Reply,
    said: str | None,
    *,
    code: int | None = None,
) -> QuafuRuntimeError:
    message = taken_out(detail + _says(said), reply.token)
    return kind(
        f"{message} {reply.advice}".rstrip() if kind is AuthenticationError else message,
        operation=call.operation,
        code=code,
        service_message=said,
        request_id=taken_out(reply.headers.get("x-request-id", ""), reply.token) or None,
    )
