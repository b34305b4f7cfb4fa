"""The statements about events: what a program printed and published, one sequence of numbers a job."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import fields, frozen
from sqlalchemy import Connection

from quafu_runtime.server.store.tables import events, jobs

LOG = "log"
INTERIM = "interim"
KINDS = frozenset({LOG, INTERIM})

PAGE_EVENTS = 500
"""Events read at once: a frame of that many runs at the speed of the bare messages."""

PAGE_CHARACTERS = 256 * 1024
"""Characters read at once, after which a page ends early: a frame has to fit a reader's limit, often one megabyte."""


@frozen
class Event:
    """Something that a program printed or published.

    Attributes:
        seq: Its place among the events of its job, from 1.
        kind: `LOG` or `INTERIM`.
        text: What was printed, or what was published as text.
        types: What plain text does not say of it, or None.
        at: When, as ISO 8601.
    """

    seq: int
    kind: str
    text: str
    types: dict[str, Any] | None
    at: str


_EVENT = [events.c[attribute.name] for attribute in fields(Event)]


def add(connection: Connection, job_id: str, new: Sequence[Event]) -> int:
    """Add the events that are not there yet, so that a batch may be sent twice.

    Returns:
        How many were added.
    """
    if not new:
        return 0
    job, last = _place(connection, job_id)
    rows: list[dict[str, Any]] = []
    for event in new:
        if event.seq > last:
            last = event.seq
            rows.append(
                {"job": job, "seq": last, "kind": event.kind, "text": event.text, "types": event.types, "at": event.at}
            )
    if rows:
        connection.execute(sa.insert(events), rows)
    return len(rows)


def append_log(connection: Connection, job_id: str, text: str, at: str) -> None:
    """Add a line of the service's own to the logs of a job whose runner cannot report any more."""
    job, last = _place(connection, job_id)
    connection.execute(sa.insert(events).values(job=job, seq=last + 1, kind=LOG, text=text, types=None, at=at))


def page(connection: Connection, job_id: str, after: int, kinds: Iterable[str]) -> list[Event]:
    """The next events of a job, in order.

    Args:
        connection: The transaction.
        job_id: The job.
        after: The number of the last event that the reader has; 0 for none.
        kinds: The kinds that the reader wants.

    Returns:
        At most `PAGE_EVENTS` events of about `PAGE_CHARACTERS` together; none where there are none yet.
    """
    statement = (
        sa.select(*_EVENT)
        .join(jobs, jobs.c.number == events.c.job)
        .where(jobs.c.id == job_id, events.c.seq > after, events.c.kind.in_(list(kinds)))
        .order_by(events.c.seq)
        .limit(PAGE_EVENTS)
    )
    found: list[Event] = []
    size = 0
    with connection.execute(statement) as rows:
        for row in rows:
            found.append(Event(*row))
            size += len(row.text)
            if size >= PAGE_CHARACTERS:
                break
    return found


def logs(connection: Connection, job_id: str) -> str:
    """Everything that a job printed, as one text."""
    statement = (
        sa.select(events.c.text)
        .join(jobs, jobs.c.number == events.c.job)
        .where(jobs.c.id == job_id, events.c.kind == LOG)
        .order_by(events.c.seq)
    )
    return "".join(connection.execute(statement).scalars())


def _place(connection: Connection, job_id: str) -> tuple[int, int]:
    """The key of a job, and the number of its last event."""
    job = connection.execute(sa.select(jobs.c.number).where(jobs.c.id == job_id)).scalar_one()
    last = connection.execute(sa.select(sa.func.max(events.c.seq)).where(events.c.job == job)).scalar_one()
    return job, last or 0
