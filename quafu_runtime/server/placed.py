"""The jobs that a service has on its executor, and when it has heard of each."""

import hmac
import math

from attrs import define, field

from quafu_runtime.server.executor import Handle


@define
class Placed:
    """A job on the executor.

    Attributes:
        attempt: The attempt that holds the job.
        heard_at: When its runner was heard last, by the monotonic clock, or when it was placed.
        token_hash: The hash of the attempt's token; None until it is known of a job that was taken up.
        handle: What names it to the executor; None while it is being launched.
        is_adopted: Whether an earlier life of the service has launched it.
        lost: Why it is lost, as long as that is not written.
        speaking: How many of its reports are being taken in.
        placed_at: When it was placed, by the same clock; long ago for a job that was taken up.
    """

    attempt: int
    heard_at: float
    token_hash: str | None = field(default=None, repr=False)
    handle: Handle | None = None
    is_adopted: bool = False
    lost: str | None = None
    speaking: int = 0
    placed_at: float = -math.inf

    def is_from(self, attempt: int, token_hash: str) -> bool:
        """Whether a report is from the attempt that holds the job."""
        if attempt != self.attempt or self.token_hash is None:
            return False
        return hmac.compare_digest(self.token_hash, token_hash)

    def is_silent(self, now: float, lease: float) -> bool:
        """Whether its lease has run out. A report that is still being taken in, as on a full disk, is a word."""
        return self.handle is not None and not self.speaking and now - self.heard_at > lease
