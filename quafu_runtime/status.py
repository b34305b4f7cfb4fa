"""The states of a job, as the wire numbers them and as people read them."""

from enum import Enum


class JobStatus(Enum):
    """The state of a job. Its value is a text for people; `code` is the number on the wire."""

    QUEUED = "In queue"
    RUNNING = "Actively running"
    DONE = "Done"
    CANCELLED = "Cancelled"
    ERROR = "Error"

    @property
    def code(self) -> int:
        """The number on the wire: 0 queued, 1 running, 2 done, 3 cancelled, 4 error."""
        return _CODES[self]

    @property
    def is_final(self) -> bool:
        """Whether a job in this state has ended."""
        return self in _FINAL

    @classmethod
    def from_code(cls, code: int) -> "JobStatus":
        """The state with this number on the wire.

        Raises:
            ValueError: No state has this number.
        """
        try:
            return _BY_CODE[code]
        except KeyError:
            message = f"No job status has the code {code!r}; known are 0 to 4."
            raise ValueError(message) from None


_BY_CODE = dict(enumerate(JobStatus))
_CODES = {status: code for code, status in _BY_CODE.items()}
_FINAL = frozenset({JobStatus.DONE, JobStatus.CANCELLED, JobStatus.ERROR})
