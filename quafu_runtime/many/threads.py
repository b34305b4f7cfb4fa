"""Sees many jobs end, with blocking calls in a bounded number of threads. What to ask, and when, is in `watch`."""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from quafu_runtime.many.watch import SLICE, Ended, Look, Watch
from quafu_runtime.status import JobStatus

J = TypeVar("J")

_Answer = tuple[Look[J], Any, Exception | None]


class ThreadWatching(Generic[J]):
    """Waits for the first of many jobs to end.

    The calls are made by daemon threads, one each, no more than `watch` allows at once: `WAITING` and `LOOKING`. A
    thread that is in the middle of a call when nobody asks any more ends with it, after `SLICE` seconds at most.

    Args:
        wait: Waits for the end of a job, so many seconds at most; raises `JobTimeoutError` where it has not ended.
        status: A job's status.
        fetches: Whether what `wait` returns is wanted of every job.
    """

    def __init__(
        self, wait: Callable[[J, float], Any], status: Callable[[J], JobStatus], *, fetches: bool = False
    ) -> None:
        self._wait = wait
        self._status = status
        self._watch: Watch[J] = Watch(time.monotonic(), fetches=fetches)
        self._answers: SimpleQueue[_Answer[J]] = SimpleQueue()

    def __len__(self) -> int:
        """How many jobs have not ended yet."""
        return len(self._watch)

    @property
    def jobs(self) -> dict[int, J]:
        """The jobs that have not ended yet, by their numbers."""
        return self._watch.jobs

    def add(self, index: int, job: J) -> None:
        """Await the end of one more job.

        Args:
            index: Its number, which no other has.
            job: The job.
        """
        self._watch.add(index, job)

    def next_ends(self, ends_at: float | None = None) -> list[Ended[J]]:
        """Wait until a job has ended.

        Args:
            ends_at: The time of the monotonic clock at which to wait no longer; None for never.

        Returns:
            Those that have ended since the last call; none where the time is over, or no job is left.
        """
        found: list[Ended[J]] = []
        while not found and len(self):
            self._begin_calls()
            answers = self._arrived(ends_at)
            now = time.monotonic()
            for look, value, error in answers:
                ended = self._watch.answered(look, value, error, now)
                if ended is not None:
                    found.append(ended)
            if not answers and ends_at is not None and now >= ends_at:
                break
        return found

    def _begin_calls(self) -> None:
        for look in self._watch.due(time.monotonic()):
            threading.Thread(target=self._call, args=(look,), name="quafu-runtime-many", daemon=True).start()

    def _call(self, look: Look[J]) -> None:
        try:
            value = self._wait(look.job, SLICE) if look.waits else self._status(look.job)
        except Exception as error:  # noqa: BLE001 - it is raised, or kept, by whoever asked
            self._answers.put((look, None, error))
        else:
            self._answers.put((look, value, None))

    def _arrived(self, ends_at: float | None) -> list[_Answer[J]]:
        times = [moment for moment in (ends_at, self._watch.due_at()) if moment is not None]
        timeout = max(0.0, min(times) - time.monotonic()) if times else None
        arrived: list[_Answer[J]] = []
        try:
            arrived.append(self._answers.get(timeout=timeout))
            while True:
                arrived.append(self._answers.get_nowait())
        except Empty:
            return arrived
