"""What a card knows of its job, and what it makes of each event. No I/O."""

from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from quafu_runtime.display.numbers import Curves
from quafu_runtime.display.summary import in_short
from quafu_runtime.status import JobStatus

if TYPE_CHECKING:
    from quafu_runtime._client.records import JobInfo
    from quafu_runtime.errors import QuafuRuntimeError

_LOG_KEPT: Final = 8_000
"""Characters of the log that a card holds, the last ones."""

_MESSAGES: Final = 3
_TOTALS: Final = ("steps", "iterations")
_NOTHING: Final = object()


@define
class CardState:
    """What a card shows.

    Attributes:
        job_id: The job.
        params: What the program got, where that is known here.
        backend: The backend, where that is known here.
        info: What the service says of the job; None before it has been asked.
        log: The end of what it printed.
        curves: The numbers that it published.
        messages: The last of what it published beside numbers, in short.
        published: How many interim results came.
        result: What it returned, once it is there.
        error: How it failed.
        lost: Why the card does not follow the job any more, though it may go on; an empty text else.
    """

    job_id: str
    params: object = None
    backend: str | None = None
    info: "JobInfo | None" = None
    log: str = ""
    curves: Curves = field(factory=Curves)
    messages: deque[str] = field(factory=lambda: deque(maxlen=_MESSAGES))
    published: int = 0
    result: Any = _NOTHING
    error: "QuafuRuntimeError | None" = None
    lost: str = ""

    @property
    def status(self) -> JobStatus | None:
        """The status; None before the service has been asked. Whoever prints or publishes is running."""
        if self.info is None:
            return None
        if self.info.status is JobStatus.QUEUED and (self.published or self.log):
            return JobStatus.RUNNING
        return self.info.status

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.lost) or (self.status is not None and self.status.is_final)

    @property
    def has_result(self) -> bool:
        """Whether the result is there."""
        return self.result is not _NOTHING

    def printed(self, text: str) -> None:
        """The job printed something.

        Args:
            text: What.
        """
        self.log = (self.log + text)[-_LOG_KEPT:]

    def received(self, value: object) -> None:
        """The job published something.

        Args:
            value: What.
        """
        self.published += 1
        if not self.curves.take(value):
            self.messages.append(in_short(value))

    def seconds(self) -> float | None:
        """How long it has run, or waits to run; None where nobody knows."""
        if self.info is None:
            return None
        began = self.info.started_at or self.info.created_at
        until = self.info.finished_at or (None if self.info.status.is_final else datetime.now(UTC))
        return None if began is None or until is None else max(0.0, (until - began).total_seconds())

    def progress(self) -> tuple[float, float] | None:
        """The last step and the number of steps; None where the job names none."""
        total = self.curves.total if self.curves.total is not None else _total_in(self.params)
        step = self.curves.step
        return None if total is None or step is None or not 0 <= step <= total or not total else (step, total)


def _total_in(params: object) -> float | None:
    if not isinstance(params, dict):
        return None
    found = (params.get(name) for name in _TOTALS)
    return next((float(one) for one in found if isinstance(one, int | float) and not isinstance(one, bool)), None)
