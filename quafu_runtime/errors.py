"""The one tree of errors that this package raises.

Every error is a `QuafuRuntimeError`. The names that the deployed client used are aliases of these, in
`quafu_runtime.rtexceptions`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class QuafuRuntimeError(Exception):
    """The base of all errors of this package.

    Attributes:
        operation: The operation of the service that was asked, by its wire name, or None.
        code: The business code, or the HTTP status, that the service answered with, or None.
        service_message: What the service itself said, or None.
        request_id: The id that the service gave the request, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        code: int | None = None,
        service_message: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.code = code
        self.service_message = service_message
        self.request_id = request_id

    @property
    def message(self) -> str:
        """What happened, to what, and what to do."""
        return str(self.args[0])

    def __str__(self) -> str:
        """The message, with the operation and the code where a service was asked."""
        where = [f"operation {self.operation}"] if self.operation else []
        where += [f"code {self.code}"] if self.code is not None else []
        where += [f"request {self.request_id}"] if self.request_id else []
        return f"{self.message} ({', '.join(where)})" if where else self.message

    def _repr_html_(self) -> str:
        from quafu_runtime.display.errors import html_of_error

        return html_of_error(self)

    def _render_traceback_(self) -> list[str]:
        """What IPython prints where nobody handles it."""
        from quafu_runtime.display.tracebacks import rendered

        return rendered(self)


class AccountError(QuafuRuntimeError):
    """There is no token, or the account file cannot be read or written."""


class RegistryError(QuafuRuntimeError):
    """The list of jobs cannot be read or written."""


class LocalRuntimeError(QuafuRuntimeError):
    """The local runtime cannot be started, or is not running."""


class ArgumentError(QuafuRuntimeError, ValueError):
    """An argument was refused before anything was sent, or the service named an argument as the reason."""


class InvalidParamsError(ArgumentError):
    """The params cannot be sent, or the service refused them."""


class SweepMismatchError(ArgumentError):
    """A sweep's file was begun with another program, grid, backend, seed or service than it is started with.

    Attributes:
        differences: What differs, by the argument's name, each in words.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        code: int | None = None,
        service_message: str | None = None,
        request_id: str | None = None,
        differences: "dict[str, str] | None" = None,
    ) -> None:
        super().__init__(
            message, operation=operation, code=code, service_message=service_message, request_id=request_id
        )
        self.differences = {} if differences is None else differences


class SweepInUseError(QuafuRuntimeError):
    """A sweep is being run already, by another process or in this one."""


class SecretFoundError(ArgumentError):
    """What is to be sent holds something that nobody else should read, such as a token; nothing was sent."""


class ProgramNotValidError(ArgumentError):
    """The source is not a program: the check before upload found errors, or the service did."""


class ProgramCaptureError(ProgramNotValidError):
    """A function cannot become a program: it uses something that a text cannot carry.

    Attributes:
        name: What it is called in the function, or the function's own name.
        line: Where it stands in the file or the cell, or None where that is not known.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        code: int | None = None,
        service_message: str | None = None,
        request_id: str | None = None,
        name: str | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(
            message, operation=operation, code=code, service_message=service_message, request_id=request_id
        )
        self.name = name
        self.line = line


class ServiceError(QuafuRuntimeError):
    """The service, or what stands before it, did not do what it was asked."""


class AuthenticationError(ServiceError):
    """The service does not accept the token."""


class PermissionDeniedError(ServiceError):
    """The program or job belongs to somebody else."""


class ProgramNotFoundError(ServiceError):
    """The service knows no such program."""


class JobNotFoundError(ServiceError):
    """The service knows no such job."""


class DuplicateProgramError(ServiceError):
    """A program of yours has this name already."""


class ConnectionFailedError(ServiceError):
    """The service could not be reached, or closed the connection without an answer."""


class DeadlineError(ServiceError, TimeoutError):
    """The service did not answer within the deadline of the call."""


class MalformedAnswerError(ServiceError):
    """What came back is no answer of a runtime service."""


class RateLimitedError(ServiceError):
    """The service asks for fewer requests.

    Attributes:
        retry_after: Seconds to wait, as the service says, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        code: int | None = None,
        service_message: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(
            message, operation=operation, code=code, service_message=service_message, request_id=request_id
        )
        self.retry_after = retry_after


class SubmitUncertain(ServiceError):  # noqa: N818 - it names an outcome that nobody knows yet, not a failure
    """Something was submitted, and the answer was lost: it may have been accepted or not.

    Attributes:
        program: The program's name, or its id where it was named by that.
        backend: The backend that was asked for, or None for the program's own.
        submitted_at: When, in UTC by the clock of this machine: what the service has of it is not older.
        idempotency_key: The key that it carried: where the service takes keys, submitting it again with this one makes
            no second job.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        code: int | None = None,
        service_message: str | None = None,
        request_id: str | None = None,
        program: str | None = None,
        backend: str | None = None,
        submitted_at: "datetime | None" = None,
        idempotency_key: str | None = None,
    ) -> None:
        super().__init__(
            message, operation=operation, code=code, service_message=service_message, request_id=request_id
        )
        self.program = program
        self.backend = backend
        self.submitted_at = submitted_at
        self.idempotency_key = idempotency_key


class JobError(QuafuRuntimeError):
    """A job did not end as it was waited for.

    Attributes:
        job_id: The job.
        logs: The end of what its program has printed, as far as that could be had; an empty text else.
    """

    def __init__(
        self, message: str, *, job_id: str | None = None, operation: str | None = None, logs: str = ""
    ) -> None:
        super().__init__(message, operation=operation)
        self.job_id = job_id
        self.logs = logs


class JobFailedError(JobError):
    """The program raised, crashed, or ran out of its time.

    Attributes:
        job_id: The job.
        traceback: The program's own traceback, or the text that the service gives in its place.
        logs: The end of what the program printed before, as far as that could be had; an empty text else.
        program_name: The program's name, or None where it is not known.
        params: What the program got, as plain JSON; None also where the caller does not have them.
    """

    def __init__(
        self,
        message: str,
        *,
        job_id: str | None = None,
        traceback: str = "",
        logs: str = "",
        program_name: str | None = None,
        params: object = None,
    ) -> None:
        super().__init__(message, job_id=job_id, logs=logs)
        self.traceback = traceback
        self.program_name = program_name
        self.params = params


class JobCancelledError(JobError):
    """The job was cancelled."""


class JobTimeoutError(JobError, TimeoutError):
    """The job did not end within the time that the caller gave; it goes on."""


class JobStateError(JobError):
    """The job is in a state in which this cannot be done."""


class BundleError(QuafuRuntimeError):
    """A bundle of a job cannot be written, or is none that can be read."""


class StreamError(QuafuRuntimeError):
    """The stream of interim results broke, and could not be taken up again."""


class StreamTimeoutError(StreamError, TimeoutError):
    """The stream of interim results could not be opened in time."""


class ProgramWarning(UserWarning):
    """Something in a program is doubtful, and it can be uploaded and run all the same."""


class ClearTextWarning(UserWarning):
    """A token is about to travel to another machine in clear text: whoever is on the way can read it."""


class StreamGapWarning(UserWarning):
    """A stream was taken up again at a service that replays nothing: what was published in between is missing."""


class RegistryWarning(UserWarning):
    """The list of your jobs cannot be read or written: jobs are run all the same, and are missing in it."""


class TraceWarning(UserWarning):
    """A trace of what goes over the wire cannot be written: the calls go on without it."""


class NothingToUpdateWarning(UserWarning):
    """An update was asked for that changes nothing; no request was sent."""
