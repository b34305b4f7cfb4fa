"""How long a service that refuses or does not answer is borne: decisions and numbers, no I/O."""

from http import HTTPStatus

from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.errors import (
    ConnectionFailedError,
    DeadlineError,
    MalformedAnswerError,
    RateLimitedError,
    ServiceError,
)

PATIENCE = 300.0
"""Seconds without a good answer after which a service is given up: a restart takes less, and so does a proxy's."""

_MOST_FAILURES = 30
"""Failures in a row after which one job is given up although the service answers for others: some five minutes."""

_MOST_MALFORMED = 3
"""The same where what comes is no answer: a page in its place may pass, a wrong answer does not."""

_ASKED_TO_COME_BACK = (RateLimitedError, ConnectionFailedError, DeadlineError)
"""For a submission these say that it was not accepted: what may have been is a `SubmitUncertain`."""


def passes(error: Exception) -> bool:
    """Whether a question may be answered a little later.

    Args:
        error: What came in place of an answer.
    """
    if isinstance(error, (*_ASKED_TO_COME_BACK, MalformedAnswerError)):
        return True
    return type(error) is ServiceError and (error.code or 0) >= HTTPStatus.INTERNAL_SERVER_ERROR


def may_submit_again(error: Exception) -> bool:
    """Whether a submission was surely not accepted, and may be a little later.

    Args:
        error: What came in place of an answer.
    """
    unavailable = type(error) is ServiceError and error.code == HTTPStatus.SERVICE_UNAVAILABLE
    return unavailable or isinstance(error, _ASKED_TO_COME_BACK)


class Patience:
    """When a service last answered, and how long one waits before one asks it again.

    Args:
        now: The time of a monotonic clock.
    """

    def __init__(self, now: float) -> None:
        self._answered_at = now
        self._policy = RetryPolicy()

    def answered(self, now: float) -> None:
        """Note that the service has answered."""
        self._answered_at = now

    def pause(self, error: Exception, failures: int, now: float) -> float | None:
        """Seconds until the next try, or None to give up.

        Args:
            error: What came in place of an answer.
            failures: How many tries in a row have failed, this one included.
            now: The time.
        """
        most = _MOST_MALFORMED if isinstance(error, MalformedAnswerError) else _MOST_FAILURES
        if failures >= most or now - self._answered_at > PATIENCE:
            return None
        asked = (error.retry_after or 0.0) if isinstance(error, RateLimitedError) else 0.0
        if asked > self._policy.longest_retry_after:
            return None
        return max(asked, self._policy.pause(failures))
