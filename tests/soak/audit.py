"""Holds a store against what all users of a soak saw."""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from quafu_runtime.server.lifecycle import FINAL, State
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.tables import events, jobs
from tests.soak.user import Record

OUTCOMES = {State.DONE: "done", State.ERROR: "failed", State.CANCELLED: "cancelled"}


def faults(database: Path, records: Iterable[Record], marks: Path) -> list[str]:
    """What is wrong: nothing, where nothing was lost and nothing came twice."""
    ran = Counter(marks.read_text(encoding="utf-8").split())
    store = Database(database)
    try:
        with store.connect(Access.READ) as connection:
            rows = {json.loads(row.params)["tag"]: row for row in connection.execute(sa.select(jobs)).all()}
            count = connection.execute(sa.select(sa.func.count()).select_from(jobs)).scalar_one()
            messages = _messages(connection)
    finally:
        store.close()
    wrong = [] if count == len(rows) else [f"{count} jobs stand for {len(rows)} requests"]
    wrong += [f"the request {tag} was run {times} times" for tag, times in ran.items() if times > 1]
    for record in records:
        wrong += [f"{record.job_id}: {fault}" for fault in _faults(record, rows.pop(record.tag, None), ran, messages)]
    return wrong + [f"nobody asked for the job {row.id}" for row in rows.values()]


def _faults(
    record: Record, row: "sa.Row[tuple[object, ...]] | None", ran: Counter[str], messages: Counter[str]
) -> list[str]:
    if record.is_deleted or row is None:
        return _faults_of_what_is_gone(record, ran, is_there=row is not None)
    wrong = [] if row.state in FINAL else [f"it has no end: {row.state}"]
    if record.outcome is not None and record.outcome != OUTCOMES.get(row.state):
        wrong.append(f"it was {record.outcome}, and is kept as {row.state}")
    if row.state is State.DONE and (ran[record.tag], messages[row.id]) != (1, record.messages):
        wrong.append(f"it ran {ran[record.tag]} times, and has {messages[row.id]} of {record.messages} messages")
    return wrong


def _faults_of_what_is_gone(record: Record, ran: Counter[str], *, is_there: bool) -> list[str]:
    wrong = ["it was deleted, and is there"] if is_there else []
    if not record.is_deleted and record.job_id is not None:
        wrong.append("it is gone, and nobody was told that it was deleted")
    if record.outcome == "done" and (ran[record.tag], len(record.seen)) != (1, record.messages):
        wrong.append(f"it ran {ran[record.tag]} times, and {len(record.seen)} of {record.messages} messages were seen")
    return wrong


def _messages(connection: sa.Connection) -> Counter[str]:
    counted = (
        sa.select(jobs.c.id, sa.func.count())
        .join(events, events.c.job == jobs.c.number)
        .where(events.c.kind == "interim")
        .group_by(jobs.c.id)
    )
    return Counter({row[0]: row[1] for row in connection.execute(counted)})
