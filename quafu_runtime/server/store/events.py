"""The statements about events: what a program printed, published and ran, one sequence of numbers a job."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from attrs import asdict, evolve, fields, frozen
from sqlalchemy import Connection

from quafu_runtime.server.store import sizes
from quafu_runtime.server.store.tables import events, jobs

LOG = "log"
INTERIM = "interim"
CIRCUIT = "circuit"
KINDS = frozenset({LOG, INTERIM, CIRCUIT})

PAGE_EVENTS = 500
"""Events read at once: a frame of that many runs at the speed of the bare messages."""

PAGE_CHARACTERS = 256 * 1024
"""Characters read at once, after which a page ends early: a frame has to fit a reader's limit, often one megabyte."""


CIRCUITS_KEPT = 100_000
"""How many circuits of one job are kept as events: the rest is only counted. Our own runner sends half of that."""


@frozen
class Event:
    """Something that a program printed, published or ran.

    Attributes:
        seq: Its place among the events of its job, from 1.
        kind: `LOG`, `INTERIM` or `CIRCUIT`.
        text: What was printed, what was published as text, or the record of a circuit as JSON.
        types: What plain text does not say of it, or None.
        at: When, as ISO 8601.
    """

    seq: int
    kind: str
    text: str
    types: dict[str, Any] | None
    at: str


@frozen
class Page:
    """The next events of a job.

    Attributes:
        events: The events.
        seen: The number up to which there is nothing more for this reader.
    """

    events: list[Event]
    seen: int


_CIRCUITS = sa.text(
    "SELECT seq, kind, text, NULL, at FROM events INDEXED BY ix_events_circuits"
    " WHERE job = (SELECT number FROM jobs WHERE id = :id) AND kind = 'circuit'"
    " ORDER BY seq LIMIT :limit OFFSET :offset"
)
"""As text, since SQLite would rather read all that a job printed than an index, not knowing how short it is."""

_EVENT = [events.c[attribute.name] for attribute in fields(Event)]


def add(connection: Connection, job_id: str, new: Sequence[Event]) -> int:
    """Add the events of the present run that are not there yet, so that a batch may be sent twice.

    A runner numbers its events from 1; of a later run they are numbered on from the last event before it.

    Returns:
        How many were added.
    """
    if not new:
        return 0
    job, base, last = _place(connection, job_id)
    fresh: list[Event] = []
    for event in new:
        if base + event.seq > last:
            last = base + event.seq
            fresh.append(evolve(event, seq=last) if base else event)
    kept = _counted(connection, job, fresh)
    if kept:
        connection.execute(sa.insert(events), [{"job": job, **asdict(event, recurse=False)} for event in kept])
        sizes.grow_job(connection, job, sum(sizes.EVENT + sizes.size(event.text) for event in kept))
    return len(kept)


def last_number(job_id: str) -> sa.ScalarSelect[int]:
    """The number of a job's last event, 0 where it has none, as a part of a statement on the job."""
    last = sa.select(sa.func.coalesce(sa.func.max(events.c.seq), 0))
    job = sa.select(jobs.c.number).where(jobs.c.id == job_id).scalar_subquery()
    return last.where(events.c.job == job).scalar_subquery()


def append_log(connection: Connection, job_id: str, text: str, at: str) -> None:
    """Add a line of the service's own to the logs of a job whose runner cannot report any more."""
    job, _base, last = _place(connection, job_id)
    connection.execute(sa.insert(events).values(job=job, seq=last + 1, kind=LOG, text=text, types=None, at=at))
    sizes.grow_job(connection, job, sizes.EVENT + sizes.size(text))


def page(connection: Connection, job_id: str, after: int, kinds: Iterable[str]) -> Page:
    """The next events of a job, in order.

    Args:
        connection: The transaction.
        job_id: The job.
        after: The number of the last event that the reader has; 0 for none.
        kinds: The kinds that the reader wants.

    Returns:
        At most `PAGE_EVENTS` events of about `PAGE_CHARACTERS` together; none where there are none yet.
    """
    number = sa.select(jobs.c.number).where(jobs.c.id == job_id).scalar_subquery()
    # Up to here all is looked through below: what is not of these kinds is not looked through again.
    last = connection.execute(sa.select(sa.func.max(events.c.seq)).where(events.c.job == number)).scalar_one() or 0
    statement = (
        sa.select(*_EVENT)
        .where(events.c.job == number, events.c.seq > after, events.c.kind.in_(list(kinds)))
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
                return Page(found, found[-1].seq)
    return Page(found, found[-1].seq if len(found) == PAGE_EVENTS else max(last, after))


def circuits(connection: Connection, job_id: str, limit: int, offset: int) -> list[Event]:
    """The circuits of a job, in order.

    Args:
        connection: The transaction.
        job_id: The job.
        limit: How many at most.
        offset: How many are left out before the first.
    """
    asked = {"id": job_id, "limit": limit, "offset": offset}
    return [Event(*row) for row in connection.execute(_CIRCUITS, asked)]


def circuit_totals(connection: Connection, job_id: str) -> tuple[int, float]:
    """How many circuits a job ran, and the seconds that they took together."""
    row = connection.execute(sa.select(jobs.c.circuits, jobs.c.simulated).where(jobs.c.id == job_id)).first()
    return (0, 0.0) if row is None else (row.circuits, float(row.simulated))


def logs(connection: Connection, job_id: str) -> str:
    """Everything that a job printed, as one text."""
    statement = (
        sa.select(events.c.text)
        .join(jobs, jobs.c.number == events.c.job)
        .where(jobs.c.id == job_id, events.c.kind == LOG)
        .order_by(events.c.seq)
    )
    return "".join(connection.execute(statement).scalars())


def _counted(connection: Connection, job: int, new: Sequence[Event]) -> list[Event]:
    """Add the circuits among new events to what the job counts. Returns the events that are kept."""
    seconds = [float(json.loads(event.text)["seconds"]) for event in new if event.kind == CIRCUIT]
    if not seconds:
        return list(new)
    counted = sa.update(jobs).where(jobs.c.number == job).returning(jobs.c.circuits)
    counted = counted.values(circuits=jobs.c.circuits + len(seconds), simulated=jobs.c.simulated + sum(seconds))
    room = CIRCUITS_KEPT - (connection.execute(counted).scalar_one() - len(seconds))
    kept: list[Event] = []
    for event in new:
        room -= event.kind == CIRCUIT
        if event.kind != CIRCUIT or room >= 0:
            kept.append(event)
    return kept


def _place(connection: Connection, job_id: str) -> tuple[int, int, int]:
    """The key of a job, and the numbers of the last event before its present run and of its last event."""
    row = connection.execute(sa.select(jobs.c.number, jobs.c.event_base).where(jobs.c.id == job_id)).one()
    last = connection.execute(sa.select(sa.func.max(events.c.seq)).where(events.c.job == row.number)).scalar_one()
    return row.number, row.event_base, last or 0
