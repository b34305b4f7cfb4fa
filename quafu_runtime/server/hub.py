"""Wakes those who wait for something to happen to a job, after it was written to the store.

Nothing is handed over: a woken reader reads the store from where it stood, so that a slow one costs a flag and not a
queue, and a reader who comes late reads what everybody read.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class Listener:
    """One reader's flag: raised when something happened to its job since it last looked."""

    def __init__(self) -> None:
        self._flag = asyncio.Event()

    def wake(self) -> None:
        """Raise the flag."""
        self._flag.set()

    async def changed(self, within: float) -> bool:
        """Wait until something happened, and lower the flag.

        Args:
            within: Seconds to wait at most.

        Returns:
            Whether something happened; False when the time ran out.
        """
        try:
            async with asyncio.timeout(within):
                await self._flag.wait()
        except TimeoutError:
            return False
        self._flag.clear()
        return True


class Hub:
    """Who waits for which job. To be used on the event loop only."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._draining = False

    @property
    def draining(self) -> bool:
        """Whether the service is about to end, so that nobody should go on waiting."""
        return self._draining

    @contextmanager
    def listen(self, job_id: str) -> Iterator[Listener]:
        """Listen to a job, from before the store is read to after the last look at it."""
        listener = Listener()
        self._listeners[job_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[job_id].discard(listener)
            if not self._listeners[job_id]:
                del self._listeners[job_id]

    def wake(self, job_id: str) -> None:
        """Tell everybody who listens to a job that the store has something new of it."""
        for listener in self._listeners.get(job_id, ()):
            listener.wake()

    def drain(self) -> None:
        """Wake everybody, for good: the service is about to end."""
        self._draining = True
        self.wake_all()

    def wake_all(self) -> None:
        """Have everybody look whether they are still to wait."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.wake()
