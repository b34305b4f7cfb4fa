"""One card: what it knows, where it is shown, when it is drawn. What follows the job is in `live` and `tasks`."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from quafu_runtime._client.callbacks import message_of
from quafu_runtime._client.records import JobInfo
from quafu_runtime._client.stream import GAP, LOG, Arrived
from quafu_runtime.cards.pace import Pace
from quafu_runtime.cards.screen import Screen
from quafu_runtime.display.card import html_of_card
from quafu_runtime.display.state import CardState
from quafu_runtime.errors import JobCancelledError, JobFailedError, QuafuRuntimeError
from quafu_runtime.status import JobStatus

RESULT_SECONDS: Final = 30.0
"""Seconds that the result of a job that has ended may take."""

_LONGEST: Final = 256 * 1024
"""Characters of an interim result that are decoded: a card shows numbers and short texts."""

_log = logging.getLogger("quafu_runtime")


class Watch:
    """A card. Its methods may be called from any thread.

    Args:
        job_id: The job.
        params: What the program got, where that is known here.
        backend: The backend, where that is known here.
        text: What stands in the place of HTML.
    """

    def __init__(self, job_id: str, params: object, backend: str | None, text: str) -> None:
        self._known = job_id, params, backend
        self._state = CardState(*self._known)
        self._pace = Pace()
        self._screen = Screen(text)
        self._lock = threading.Lock()
        self._begun = False

    def show(self) -> bool:
        """Show it in the cell that is being run.

        Returns:
            Whether somebody has to begin to follow the job: nobody does, or has seen its end.
        """
        with self._lock:
            begins = not self._begun or bool(self._state.lost)
            if begins:  # also after it was lost: what has come by then comes again
                self._state, self._pace, self._begun = CardState(*self._known), Pace(), True
            self._screen.show(html_of_card(self._state))
        return begins

    @contextmanager
    def following(self) -> Iterator[None]:
        """A block that follows the job: whatever ends it is shown, and nothing is printed into somebody's cell."""
        try:
            yield
        except QuafuRuntimeError as error:
            self._state.lost = str(error)
        except Exception as error:  # noqa: BLE001 - the same
            self._state.lost = f"{type(error).__name__}: {error}"
            _log.exception("The card of job %s ended with an error.", self._state.job_id)
        self.draw()

    @property
    def must_ask(self) -> bool:
        """Whether the service is to be asked for the job's status: nothing else says that it has begun."""
        return self._state.status is JobStatus.QUEUED and self._pace.must_ask

    def told(self, info: JobInfo) -> None:
        """The service has said how the job stands.

        Args:
            info: What it said.
        """
        with self._lock:
            self._state.info = info
            self._pace.asked()
            self._pace.changed()

    def took(self, arrived: Arrived) -> None:
        """Something has come from the job.

        Args:
            arrived: What.
        """
        with self._lock:
            if arrived.kind in {LOG, GAP}:
                self._state.printed(arrived.text)
            else:
                self._state.received(_value(arrived))
            self._pace.changed()

    def returned(self, value: object) -> None:
        """The job's result is there.

        Args:
            value: The result.
        """
        self._state.result = value

    def failed(self, error: JobFailedError | JobCancelledError) -> None:
        """The job has no result.

        Args:
            error: Why.
        """
        if isinstance(error, JobFailedError):
            self._state.error = error

    def draw_in_time(self) -> None:
        """Draw it, where it is time to."""
        if self._pace.must_draw:
            self.draw()

    def draw(self) -> None:
        """Draw it as it is now."""
        with self._lock:
            self._pace.drawn()
            self._screen.change(html_of_card(self._state))


def _value(arrived: Arrived) -> object:
    """What was published; of what is too large, or cannot be decoded, only that."""
    if len(arrived.text) > _LONGEST:
        return _Unread(f"interim result {arrived.seq}, {len(arrived.text):,} characters")
    try:
        return message_of(arrived, None)
    except Exception as error:  # noqa: BLE001 - one odd message must not hide those after it
        return _Unread(f"interim result {arrived.seq} cannot be decoded: {error}")


class _Unread:
    def __init__(self, why: str) -> None:
        self._why = why

    def __repr__(self) -> str:
        return f"<{self._why}>"
