"""What one client has seen of its service: whether it ever answered, and how many more retries it may be asked. No I/O.

Tries by themselves do not bound what a sick service gets: a thousand calls with three tries each are three thousand
requests. So the retries of all calls of a client come out of one bucket, which fills with time and with each success.
"""

import time
from collections.abc import Callable

from quafu_runtime._client.locks import Lock

MOST_RETRIES = 50.0
"""Retries in a full bucket: enough for a short outage in the middle of many calls."""

RETRIES_PER_SECOND = 5.0
"""How fast the bucket fills by itself: far less than one client's calls are to any service."""

RETRIES_PER_SUCCESS = 0.5
"""What a success adds: a service that answers over a bad line is asked at most half as often again, without end."""

MOST_BOOKED = 100.0
"""Retries that are given out ahead: nobody waits longer for one than the longest pause between two tries."""


class Health:
    """A bucket of retries, and whether the service ever answered; shared by all calls of a client, from any thread.

    Args:
        now: A monotonic clock, in seconds.

    Attributes:
        reached: Whether the service has ever answered this client with a success.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.reached = False
        self._now = now
        self._lock = Lock()
        self._retries = MOST_RETRIES
        self._filled_at = now()

    def succeeded(self) -> None:
        """Note that the service has answered with a success."""
        with self._lock:
            self.reached = True
            self._fill(RETRIES_PER_SUCCESS)

    def take_retry(self) -> bool:
        """Take a retry, if there is one.

        Returns:
            Whether there was.
        """
        with self._lock:
            self._fill(0.0)
            if self._retries < 1.0:
                return False
            self._retries -= 1.0
            return True

    def book_retry(self) -> float:
        """Take a retry, though it may have to be waited for: for those who do not give up.

        Returns:
            Seconds until it is there.
        """
        with self._lock:
            self._fill(0.0)
            self._retries = max(-MOST_BOOKED, self._retries - 1.0)
            return max(0.0, -self._retries / RETRIES_PER_SECOND)

    def _fill(self, earned: float) -> None:
        now = self._now()
        passed = max(0.0, now - self._filled_at)
        self._filled_at = now
        self._retries = min(MOST_RETRIES, self._retries + passed * RETRIES_PER_SECOND + earned)
