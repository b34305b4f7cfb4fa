"""What one user may have of a service at most, looked at in the transaction that would add to it."""

from sqlalchemy import Connection

from quafu_runtime.server.settings import Limits
from quafu_runtime.server.store import queue, sizes
from quafu_runtime.server.wire import too_much

TOO_LARGE = 413
TOO_MANY = 429

JOB_PAUSE = 30
"""Seconds after which a user whose queue is full should ask again: some jobs have run by then."""

GIGABYTE = 1e9


def require_room(connection: Connection, owner: int, more: int, limits: Limits) -> None:
    """See that a user keeps no more than one may.

    Args:
        connection: The transaction.
        owner: The user's key.
        more: Bytes that are to be written.
        limits: What a user may have.

    Raises:
        Refusal: It would be too much. Waiting does not help against that.
    """
    stored = sizes.of_user(connection, owner)
    if stored + more > limits.stored:
        message = (
            f"Your programs and jobs take up {stored / GIGABYTE:.2f} GB here, and {limits.stored / GIGABYTE:.2f} GB "
            "are one user's. Delete jobs or programs that you need no more."
        )
        raise too_much(TOO_LARGE, message)


def require_place(connection: Connection, owner: int, limits: Limits) -> None:
    """See that a user has no more jobs in the queue than one may.

    Raises:
        Refusal: There is no place for another one, until some have run.
    """
    if queue.waiting(connection, owner, limits.waiting_jobs) >= limits.waiting_jobs:
        message = (
            f"You have {limits.waiting_jobs} jobs in the queue, as many as one user may. Send more when some have run."
        )
        raise too_much(TOO_MANY, message, JOB_PAUSE)
