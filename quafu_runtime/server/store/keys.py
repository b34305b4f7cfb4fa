"""The statements about idempotency keys: which request a user made with a key, and what was answered to it."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from attrs import frozen
from sqlalchemy import Connection

from quafu_runtime.server.store import sizes
from quafu_runtime.server.store.tables import idempotency_keys


@frozen
class Once:
    """A request that is to be done once, however often it comes.

    Attributes:
        owner: The key of the user who makes it.
        key: The idempotency key.
        digest: Of the operation and all its arguments.
    """

    owner: int
    key: str
    digest: str


class UsedKeyError(Exception):
    """The key came with another request before."""


def earlier(connection: Connection, once: Once | None) -> dict[str, Any] | None:
    """What was answered when this request was done.

    Args:
        connection: The transaction.
        once: The request, or None where it has no key.

    Returns:
        The answer's data, or None where the request was not done yet.

    Raises:
        UsedKeyError: The key came with another request before.
    """
    if once is None:
        return None
    columns = (idempotency_keys.c.digest, idempotency_keys.c.answer)
    mine = (idempotency_keys.c.owner == once.owner, idempotency_keys.c.key == once.key)
    row = connection.execute(sa.select(*columns).where(*mine)).first()
    if row is None:
        return None
    if row.digest != once.digest:
        raise UsedKeyError
    return dict(row.answer)


def remember(connection: Connection, once: Once | None, answer: dict[str, Any], now: datetime) -> None:
    """Note, in the transaction that does a request, what is answered to it.

    Args:
        connection: The transaction, which holds the lock of the writer since `earlier` found nothing in it.
        once: The request, or None where it has no key.
        answer: The answer's data.
        now: The present moment.
    """
    if once is not None:
        values = {"owner": once.owner, "key": once.key, "digest": once.digest, "answer": answer, "created_at": now}
        connection.execute(sa.insert(idempotency_keys).values(values))
        sizes.grow(connection, once.owner, sizes.ROW)
