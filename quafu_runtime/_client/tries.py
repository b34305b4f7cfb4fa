"""How many tries and how much time one call has left: decisions, no I/O."""

import time
from http import HTTPStatus
from math import inf
from typing import Any

from quafu_runtime._client.answers import Lost, Reply
from quafu_runtime._client.excerpts import retry_after
from quafu_runtime._client.flow import Call
from quafu_runtime._client.health import Health
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.errors import DeadlineError, SubmitUncertain


class Tries:
    """The time and the tries that one call has left.

    Args:
        policy: How often and how long to try.
        ends_at: The moment of the monotonic clock at which the call ends.
        health: What the client has seen of the service.
        patient: Whether the call waits for a job, and for a service that was there and is away.
    """

    def __init__(self, policy: RetryPolicy, ends_at: float, health: Health, *, patient: bool) -> None:
        self._policy = policy
        self._ends_at = ends_at
        self._health = health
        self._patient = patient
        self._failures = 0
        self._most = policy.waiting_tries if patient and health.reached else policy.tries
        self._began_at = 0.0

    @classmethod
    def of(cls, call: Call[Any], policy: RetryPolicy, deadline: float, health: Health) -> "Tries":
        """Those of a call that begins now.

        Args:
            call: The call.
            policy: How often and how long to try.
            deadline: Seconds for a call that has no deadline of its own.
            health: What the client has seen of the service.
        """
        none_given = inf if call.patient else deadline
        seconds = none_given if call.deadline is None else call.deadline
        return cls(policy, time.monotonic() + seconds, health, patient=call.patient)

    def begin(self, call: Call[Any], uncertain: SubmitUncertain | None) -> None:
        """Begin a try.

        Raises:
            SubmitUncertain: The time is over, and an earlier try may have been accepted.
            DeadlineError: The time is over.
        """
        self._began_at = time.monotonic()
        if self._began_at >= self._ends_at:
            if uncertain is not None:
                raise uncertain
            message = f"{call.subject}: the deadline of the call has passed."
            raise DeadlineError(message, operation=call.operation)

    def time_for_one(self) -> float:
        """Seconds that this try may take."""
        left = self._ends_at - time.monotonic()
        return min(left, self._policy.long_call) if self._patient else left

    def bounded(self, seconds: float) -> float:
        """So many seconds, or those that are left."""
        return max(0.0, min(seconds, self._ends_at - time.monotonic()))

    def pause_after_failure(self, outcome: Reply | Lost) -> float | None:
        """Seconds until the next try, or None where there is none."""
        now = time.monotonic()
        asked = (retry_after(outcome.headers) or 0.0) if isinstance(outcome, Reply) else 0.0
        if asked > self._policy.longest_retry_after:
            return None
        if self._patient and now - self._began_at >= self._policy.alive_after:
            self._failures, self._most = 0, self._policy.waiting_tries
            return self._until(now, asked)
        if self._patient and isinstance(outcome, Reply) and outcome.status == HTTPStatus.OK:
            self._most = self._policy.waiting_tries  # somebody had begun to answer
        self._failures += 1
        if self._failures >= self._most:
            return None
        return self._out_of_the_bucket(now, max(asked, self._policy.pause(self._failures)))

    def _out_of_the_bucket(self, now: float, pause: float) -> float | None:
        """A pause for which there is a retry: who waits for a job waits for that, too; others give up."""
        if self._patient:
            return self._until(now, max(pause, self._health.book_retry()))
        if now + pause >= self._ends_at or not self._health.take_retry():
            return None
        return pause

    def _until(self, now: float, pause: float) -> float:
        return pause if now + pause < self._ends_at else max(0.0, self._ends_at - now)
