"""Holds what a store has of jobs against what their submitters and readers saw."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import sqlalchemy as sa
from attrs import frozen

from quafu_runtime.server.lifecycle import FINAL, State
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.tables import events, jobs
from tests.crash.work import MESSAGES, Work


@frozen
class Kept:
    """What a store has of a job."""

    job_id: str
    tag: str
    state: State
    result: str | None
    runs: int
    events: tuple[tuple[int, str, str], ...]


def kept(database: Path) -> list[Kept]:
    """Every job of a store that is not in use."""
    store = Database(database)
    try:
        with store.connect(Access.READ) as connection:
            return [_kept(connection, row) for row in connection.execute(sa.select(jobs)).all()]
    finally:
        store.close()


def _kept(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> Kept:
    columns = (events.c.seq, events.c.kind, events.c.text)
    found = connection.execute(sa.select(*columns).where(events.c.job == row.number).order_by(events.c.seq)).all()
    tag = json.loads(row.params)["tag"]
    return Kept(row.id, tag, row.state, row.result, row.runs, tuple((each.seq, each.kind, each.text) for each in found))


def faults(works: Sequence[Work], found: Iterable[Kept], marks: Path) -> list[str]:
    """What is wrong: nothing, where every promise holds."""
    ran = Counter(marks.read_text(encoding="utf-8").split()) if marks.exists() else Counter[str]()
    by_tag: dict[str, list[Kept]] = {}
    for job in found:
        by_tag.setdefault(job.tag, []).append(job)
    wrong = [f"job {tag} exists {len(each)} times" for tag, each in by_tag.items() if len(each) != 1]
    for work in works:
        each = by_tag.get(work.tag, [])
        if not each:
            wrong.append(f"the accepted job {work.job_id} is gone")
        else:
            wrong += [f"{work.job_id} ({each[0].state}): {fault}" for fault in _faults(work, each[0], ran[work.tag])]
    return wrong


def _faults(work: Work, job: Kept, ran: int) -> list[str]:
    wrong = list(work.trouble)
    if job.job_id != work.job_id:
        wrong.append(f"it is kept as {job.job_id}")
    if job.state not in FINAL or not work.has_end:
        wrong.append("it has no end")
    if ran > job.runs or job.runs > 1:
        wrong.append(f"it was run {ran} times, {job.runs} noted")
    if job.state is State.CANCELLED and not work.is_cancelled:
        wrong.append("it is cancelled, and nobody asked for it")
    numbers = [seq for seq, _kind, _text in job.events]
    if numbers != list(range(1, len(numbers) + 1)):
        wrong.append(f"its events have the numbers {numbers}")
    stored = {seq: (kind, text) for seq, kind, text in job.events}
    wrong += [f"the event {seq} was read and is not kept" for seq, seen in work.seen.items() if stored.get(seq) != seen]
    return wrong + _faults_of_messages(work, job, ran)


def _faults_of_messages(work: Work, job: Kept, ran: int) -> list[str]:
    said = [text for _seq, kind, text in job.events if kind == "interim"]
    expected = [json.dumps(f"{work.tag} {number}") for number in range(MESSAGES)]
    expected_plain = [f"{work.tag} {number}" for number in range(MESSAGES)]
    complete = expected if said[:1] == expected[:1] else expected_plain
    wrong = [] if said == complete[: len(said)] else [f"its messages are {said}"]
    if job.state is State.DONE and (said != complete or ran != 1 or work.tag not in (job.result or "")):
        wrong.append(f"it is done with {len(said)} messages, {ran} runs and the result {job.result}")
    if job.state is State.ERROR and not any(word in (job.result or "") for word in ("lost", "killed", "SIGKILL")):
        wrong.append(f"its error does not say what happened: {job.result}")
    return wrong
