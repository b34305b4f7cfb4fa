"""When a call is sent again, and after which pause: numbers and decisions, no I/O."""

import random

from attrs import frozen

TRANSIENT_STATUSES = frozenset({408, 429, 499, 502, 503, 504, 520})
"""HTTP statuses that a proxy or a busy service gives and that may be different the next time."""


@frozen
class RetryPolicy:
    """How often and how long a client tries.

    Attributes:
        tries: How often a call is sent in all.
        first_window: Seconds; the pause after the first failure is drawn from 0 to this.
        longest_window: Seconds; the window doubles with each failure up to this.
        longest_retry_after: Seconds that a service may ask for by `Retry-After`; one that asks for more is not waited
            for, and its error says how long.
        long_call: Seconds that one try of a waiting call may take. Longer than the ten seconds at which our service
            keeps the line alive, shorter than what a lost connection may cost.
        waiting_tries: How many short failures in a row end a wait that had been going well. With these windows some
            half a minute on average: a service that is started anew is back by then.
        alive_after: Seconds; a try that lasted this long shows that somebody was there.
        open_timeout: Seconds in which a stream is open or given up.
        silence: Seconds without a message after which a service that replays nothing is asked whether the job has
            ended: if its end fell between two connections, nothing on the line would ever say so.
    """

    tries: int = 3
    first_window: float = 0.25
    longest_window: float = 20.0
    longest_retry_after: float = 120.0
    long_call: float = 60.0
    waiting_tries: int = 10
    alive_after: float = 1.0
    open_timeout: float = 10.0
    silence: float = 30.0

    def pause(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row: full jitter, so that clients do not come back together.

        Args:
            failures: How many tries have failed, at least 1.
        """
        window = min(self.longest_window, self.first_window * 2.0 ** (failures - 1))
        return random.uniform(0.0, window)  # noqa: S311 - it spreads load, it guards nothing
