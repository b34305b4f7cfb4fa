"""A point of a sweep, as its file keeps it, and what is made of it for people. No I/O."""

import json
from enum import Enum
from typing import Any

from attrs import field, frozen

from quafu_runtime import errors
from quafu_runtime._client.failures import failure
from quafu_runtime._client.jobs import decoded
from quafu_runtime._client.records import Standing
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.status import JobStatus


class PointStatus(Enum):
    """How far a point is. `SUBMITTING` is written down before the point is sent, with its key."""

    WAITING = "waiting"
    SUBMITTING = "submitting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


ENDED = {
    JobStatus.DONE: PointStatus.DONE,
    JobStatus.ERROR: PointStatus.FAILED,
    JobStatus.CANCELLED: PointStatus.CANCELLED,
}
"""What a point is once its job has ended."""

FAILURES = frozenset({PointStatus.FAILED, PointStatus.CANCELLED, PointStatus.REFUSED})
"""What `retry_failed` runs again."""

_UNCERTAIN = (
    "It was being submitted when the sweep ended, and this service takes no idempotency keys: nobody can tell whether "
    "a job of it runs. Start the sweep with resubmit_uncertain=True where a second job does no harm."
)
_NOT_YET = "It has not ended yet: start the sweep again, and it goes on."


@frozen
class Point:
    """One point.

    Attributes:
        number: Its place, counted from 0.
        params: What its job gets.
        key: The idempotency key of its submission.
        seed: The seed of its job, or None.
        status: How far it is.
        job_id: Its job, or None.
        result: The text of its result as it came, or None.
        result_types: What that text does not say about types, as JSON, or None.
        error_kind: The name of the error, or None.
        error: What went wrong, or the job's own traceback, or None.
        submitted_at: When it was accepted, in seconds since 1970, or None.
        ended_at: When its end was seen, in seconds since 1970, or None.
    """

    number: int
    params: Any
    key: str
    seed: int | None
    status: PointStatus
    job_id: str | None = None
    result: str | None = field(default=None, repr=False)
    result_types: str | None = field(default=None, repr=False)
    error_kind: str | None = None
    error: str | None = field(default=None, repr=False)
    submitted_at: float | None = None
    ended_at: float | None = None

    @property
    def seconds(self) -> float | None:
        """Seconds from its submission to its end as it was seen here; None before that."""
        if self.submitted_at is None or self.ended_at is None:
            return None
        return round(max(0.0, self.ended_at - self.submitted_at), 3)

    def outcome(self, job: Any = None) -> Any:
        """What its program returned, with the types that it went with; or a `FailedRun`.

        Args:
            job: Its job, where there is a service to ask about it.
        """
        if self.status is not PointStatus.DONE:
            return FailedRun(self.number, self.params, self.failure(), job)
        if self.result is None:
            return None
        types = None if self.result_types is None else json.loads(self.result_types)
        try:
            return decoded(self.result, Standing(JobStatus.DONE, self.result, types), None)
        except errors.MalformedAnswerError as error:
            return FailedRun(self.number, self.params, error, job)

    def failure(self) -> Exception:
        """Why it has no result."""
        match self.status:
            case PointStatus.FAILED if self.error_kind is None:
                text = self.error or "The service gives no reason."
                return failure(self.job_id or "", text, log="", name=None, params=self.params)
            case PointStatus.CANCELLED:
                message = f"Job {self.job_id} was cancelled, and has no result."
                return errors.JobCancelledError(message, job_id=self.job_id)
            case PointStatus.FAILED | PointStatus.REFUSED:
                kind = getattr(errors, self.error_kind or "", errors.QuafuRuntimeError)
                error: Exception = kind(self.error or "")
                return error
            case PointStatus.UNCERTAIN:
                return errors.SubmitUncertain(_UNCERTAIN)
        return errors.JobStateError(_NOT_YET, job_id=self.job_id)

    def said(self) -> str | None:
        """The error in one line, or None: of a traceback the last one."""
        if self.status is PointStatus.UNCERTAIN:
            return _UNCERTAIN
        lines = (self.error or "").strip().splitlines()
        return lines[-1] if lines else None
