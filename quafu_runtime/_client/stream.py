"""The protocol of interim results and live logs: a state machine without I/O.

Messages in, events out, and for every way in which a connection ends whether to open another one, after which pause,
and from where. It speaks both framings: the deployed one (one text a message, nothing is replayed) and the events
sub-protocol of our own service (many events a frame, numbered, taken up again after the last one that came).
`sockets` holds the two loops that drive it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from quafu_runtime._client.cautions import caution
from quafu_runtime._client.excerpts import message_of_json, redirect_target, service_text
from quafu_runtime._client.health import Health
from quafu_runtime._client.retry import TRANSIENT_STATUSES, RetryPolicy
from quafu_runtime.errors import (
    AuthenticationError,
    JobNotFoundError,
    PermissionDeniedError,
    QuafuRuntimeError,
    StreamError,
    StreamGapWarning,
)

SUBPROTOCOL = "quafu-runtime.events.v1"
INTERIM = "interim"
LOG = "log"
GAP = "gap"
"""No event of the service's: says that some may be missing here."""

OPERATION = "interim_results"
"""What errors name as the operation: the socket has no name on the wire."""

_NORMAL_CLOSURE = 1000
_REDIRECTS = range(300, 400)
_NO_FRAME = (ValueError, TypeError, KeyError, AttributeError, RecursionError)
_STEADY = 30.0
"""Seconds; a connection that held for so long is no part of a series of failures, even if nothing was published."""


@frozen
class Arrived:
    """An event as it came, its text not decoded.

    Attributes:
        kind: `interim` or `log`, or `gap` for what stands where some may be missing.
        seq: Its number: the service's own, or a count of what came, where the service gives none.
        text: The text on the wire.
        types: What the text does not say about types, or None where the service says nothing.
        at: When it was published, in ISO 8601, or None where the service does not say.
    """

    kind: str
    seq: int
    text: str
    types: Mapping[str, Any] | None
    at: str | None


class StreamState:
    """Where one reader stands in one job's stream.

    Args:
        job_id: The job.
        kinds: Which kinds of events are wanted.
        policy: How often and how long to try.
        after: The number of an event: those up to it are not wanted.
        health: What the client has seen of the service, which its calls and its streams share.

    Attributes:
        job_id: The job.
        replays: Whether the service sends from a number on, so that nothing is missed; None before the first opening.
        ended: Whether all has come.
    """

    def __init__(
        self, job_id: str, kinds: tuple[str, ...], policy: RetryPolicy, after: int = 0, health: Health | None = None
    ) -> None:
        self.job_id = job_id
        self.replays: bool | None = None
        self.ended = False
        self._kinds = kinds
        self._policy = policy
        self._health = health or Health()
        self._last = after
        self._failures = 0
        self._acknowledged = False
        self._progress = False
        self._held: str | None = None
        self._gaps: list[Arrived] = []

    @property
    def last(self) -> int:
        """The number of the last event that came, 0 before the first."""
        return self._last

    @property
    def may_have_ended(self) -> bool:
        """Whether nothing on the line would say so if the job had ended: the service then has to be asked."""
        return self.replays is False and not self.ended

    @property
    def only_logs(self) -> bool:
        """Whether nothing but logs is wanted: they can also be had without a stream."""
        return self._kinds == (LOG,)

    @property
    def wants_logs_at_the_end(self) -> bool:
        """Whether logs were asked for, and this service sends none in a stream."""
        return self.replays is False and LOG in self._kinds

    def all_logs(self, text: str) -> Arrived:
        """Everything that a job has printed, as one event after the last."""
        return Arrived(LOG, self._last + 1, text, None, None)

    def headers(self) -> dict[str, str]:
        """The request headers of the next connection, without the token."""
        return {"job_id": self.job_id, "after": str(self._last), "kinds": ",".join(self._kinds)}

    def opened(self, subprotocol: str | None) -> None:
        """A connection is open.

        Args:
            subprotocol: What the server chose of the sub-protocols offered, or None.

        Warns:
            StreamGapWarning: It is not the first, and this service replays nothing.
        """
        replays = subprotocol == SUBPROTOCOL
        if self.replays is not None and not replays:
            self.warn_of_gap()
        self.replays = replays
        self._acknowledged, self._progress, self._held = False, False, None

    def warn_of_gap(self) -> None:
        """Say that something may be missing, by a warning and in the stream itself."""
        now = datetime.now(UTC)
        message = (
            f"The stream of job {self.job_id} broke before {now:%H:%M:%S} UTC, and this service does not replay: what "
            "was published until it was taken up again is missing. The job's logs and result are complete."
        )
        self._gaps.append(Arrived(GAP, self._last, message, None, now.isoformat()))
        caution(message, StreamGapWarning)

    def gaps(self) -> list[Arrived]:
        """What stands in the stream for each gap that was not handed out yet."""
        gaps, self._gaps = self._gaps, []
        return gaps

    def received(self, message: str | bytes) -> list[Arrived]:
        """A message has come.

        Args:
            message: A text or a binary message.

        Returns:
            The events in it, in order.

        Raises:
            StreamError: It is no message of the events sub-protocol.
        """
        arrived = self._frame(message) if self.replays else self._single(message)
        self._progress = self._progress or bool(arrived)
        return arrived

    def closed(self, code: int, reason: str, lasted: float) -> float:
        """The connection is closed.

        Args:
            code: The close code, 1006 where none came.
            reason: The reason that came with it.
            lasted: Seconds that it was open.

        Returns:
            Seconds after which to open another one; without a meaning when the stream has ended.

        Raises:
            StreamError: It broke too often.
        """
        if code == _NORMAL_CLOSURE and not self.replays:
            self.ended = True
        if self.ended:
            return 0.0
        return self.failed(f"it was closed with code {code}{f' ({reason})' if reason else ''}", lasted)

    def failed(self, reason: str, lasted: float = 0.0) -> float:
        """A connection broke, or could not be opened.

        Args:
            reason: Why.
            lasted: Seconds that it was open.

        Returns:
            Seconds after which to open another one.

        Raises:
            StreamError: It happened too often.
        """
        if self._progress or lasted >= _STEADY:
            self._failures = 0
        self._progress = False
        self._failures += 1
        was_open = self.replays is not None
        if self._failures >= (self._policy.waiting_tries if was_open else self._policy.tries):
            what = "broke and cannot be taken up again" if was_open else "cannot be opened"
            tries = f"{self._failures} tries" if self._failures > 1 else "1 try"
            raise _broken(self.job_id, what, f"after {tries}", reason)
        pause = self._policy.pause(self._failures)
        # Where a connection was made, the service is well, and it is the line that breaks.
        return pause if self._failures == 1 or lasted > 0.0 else max(pause, self._health.book_retry())

    def refused(self, status: int, headers: Mapping[str, str], body: bytes, token: str, advice: str = "") -> float:
        """The server answered the handshake with an HTTP status.

        Args:
            status: The HTTP status.
            headers: The header fields, names in lower case.
            body: The body.
            token: The token that was sent, so that no excerpt shows it.
            advice: Where that token came from and how it is replaced.

        Returns:
            Seconds after which to try again.

        Raises:
            AuthenticationError: The token is refused (401).
            PermissionDeniedError: The job belongs to somebody else (403).
            JobNotFoundError: There is no such job (404).
            StreamError: No stream is given, or not after several tries.
        """
        said = service_text(body, token)
        says = f' The service says: "{said}"' if said else ""
        if status in TRANSIENT_STATUSES:
            return self.failed(f"the service answered with HTTP status {status}.{says}")
        kind, message = self._meaning(status, headers, is_service=message_of_json(body) is not None)
        if kind is AuthenticationError:
            says = f"{says} {advice}".rstrip()
        raise kind(message + says, operation=OPERATION, code=status, service_message=said)

    def _meaning(
        self, status: int, headers: Mapping[str, str], *, is_service: bool
    ) -> tuple[type[QuafuRuntimeError], str]:
        """What a refusal means; a page that is not found is no job that is not found."""
        match status:
            case 401:
                return AuthenticationError, "The service does not accept the token."
            case 403:
                return PermissionDeniedError, f"Job {self.job_id} belongs to somebody else."
            case 404 if is_service:
                return JobNotFoundError, f"Job {self.job_id} not found."
        what = f"it answers with HTTP status {status}"
        if status in _REDIRECTS:
            what = f"it redirects to {redirect_target(headers.get('location'))}, which is not followed"
        return StreamError, f"There is no stream at the account's WebSocket URL: {what}. Check ws_url."

    def _single(self, message: str | bytes) -> list[Arrived]:
        """One message of the deployed framing: the acknowledgement, a result, or at last the job's id."""
        text = message if isinstance(message, str) else repr(message)
        if not self._acknowledged:
            self._acknowledged = True
            return []
        held, self._held = self._held, None
        texts = [] if held is None else [held]
        if text in {self.job_id, repr(self.job_id.encode())}:
            self._held = text
        else:
            texts.append(text)
        return [self._counted(text) for text in texts]

    def _counted(self, text: str) -> Arrived:
        self._last += 1
        return Arrived(INTERIM, self._last, text, None, None)

    def _frame(self, message: str | bytes) -> list[Arrived]:
        try:
            frame = json.loads(message)
            events = frame.get("events", ())
            arrived = [_event(event) for event in events]
        except _NO_FRAME as error:
            raise _broken(self.job_id, "brought a frame", f"that is none of {SUBPROTOCOL}", repr(error)) from None
        self.ended = self.ended or "end" in frame
        new = []
        for event in arrived:
            if event.seq > self._last:  # also within a frame: what goes back was there already
                self._last = event.seq
                new.append(event)
        return new


def _broken(job_id: str, what: str, how: str, reason: str) -> StreamError:
    return StreamError(f"The stream of job {job_id} {what} {how}: {reason:.300}.", operation=OPERATION)


def _event(event: Any) -> Arrived:
    kind, seq, text = event["kind"], event["seq"], event["text"]
    types, at = event.get("types"), event.get("at")
    well_formed = isinstance(kind, str) and isinstance(seq, int) and isinstance(text, str)
    if not well_formed or not isinstance(types, dict | None) or not isinstance(at, str | None):
        message = "an event has another shape"
        raise TypeError(message)
    return Arrived(kind, seq, text, types, at)
