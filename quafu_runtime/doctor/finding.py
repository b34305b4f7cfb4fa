"""What a check has found."""

from enum import StrEnum

from attrs import frozen


class Outcome(StrEnum):
    """How a check went."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@frozen
class Finding:
    """What one check has found.

    Attributes:
        check: What was looked at, such as `token` or `websocket`.
        outcome: `ok`, `warn` or `fail`.
        message: What was found; never a token or a password.
        remedy: How to mend it, or None where nothing is to be mended.
    """

    check: str
    outcome: Outcome
    message: str
    remedy: str | None = None

    def __str__(self) -> str:
        mend = f" To mend it: {self.remedy}" if self.remedy else ""
        return f"{self.outcome}: {self.check}: {self.message}{mend}"


def ok(check: str, message: str) -> Finding:
    """Nothing is to be mended."""
    return Finding(check, Outcome.OK, message)


def warn(check: str, message: str, remedy: str) -> Finding:
    """It works, and something is doubtful."""
    return Finding(check, Outcome.WARN, message, remedy)


def fail(check: str, message: str, remedy: str) -> Finding:
    """It cannot work so."""
    return Finding(check, Outcome.FAIL, message, remedy)
