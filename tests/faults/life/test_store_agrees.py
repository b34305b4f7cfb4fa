"""The real store, and the model that is explored whole: whatever is asked of them, in whatever order, they agree."""

import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from attrs import define, evolve, field
from hypothesis import Phase, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from quafu_runtime.server.lifecycle import FINAL, HELD, State
from quafu_runtime.server.store import attempts, jobs, queue, users
from quafu_runtime.server.store.attempts import End, Reporter, Standing
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.events import INTERIM, Event
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.tables import events as event_table
from quafu_runtime.server.store.tables import jobs as job_table
from tests.faults.life import model
from tests.faults.life.model import SERVICE, Job

NOW = datetime(2026, 5, 10, 19, 20, 51, tzinfo=UTC)
LEASE = NOW + timedelta(seconds=30)
OWNER = 1
EXAMPLES, STEPS = 80, 40
MOST_JOBS = 2
REACHED = 3

_jobs = strategies.integers(0, REACHED - 1)
"""Which job, counted from the last one."""
_earlier = strategies.sampled_from([0, 0, 0, 0, 1, 2])
"""How many attempts before the last one it is that speaks, or of which somebody speaks."""
_again, _new = strategies.integers(0, 2), strategies.integers(0, 3)
"""How many events a runner tells once more, and how many for the first time."""
_max_attempts = strategies.sampled_from([1, 2, 2, 3])

_DISTURBANCES = [
    *("lose", "lose", "lose", "requeue", "cancel", "decide_cancelled", "decide_error", "delete", "restart"),
    "speak_with_another_token",
]
"""Names of the methods below."""


@define
class _Kept:
    """A job in the store, and what the model says of it."""

    job_id: str
    model: Job
    tokens: dict[int, str] = field(factory=dict)

    def reporters(self, earlier: int) -> list[Reporter]:
        """The attempt that many before the last, if there was such a one."""
        attempt = self.model.attempt - earlier
        return [Reporter(self.job_id, attempt, self.tokens[attempt])] if attempt in self.tokens else []

    def batch(self, attempt: int, again: int, new: int) -> tuple[int, ...]:
        """What a runner tells that told of the last events before, and of some of them again."""
        told = sum(each == attempt for each, _ in self.model.events)
        return tuple(range(max(told - again, 0) + 1, told + new + 1))


class StoreAndModel(RuleBasedStateMachine):
    """Does the same to both."""

    template: ClassVar[Path]

    @initialize(max_attempts=_max_attempts)
    def open(self, max_attempts: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        path = shutil.copy(self.template, self.folder.name)
        self.database = Database(Path(path))
        self.kept: list[_Kept] = []
        self.submit(max_attempts)

    def teardown(self) -> None:
        self.database.close()
        self.folder.cleanup()

    def write(self, change: Any, *arguments: Any, **more: Any) -> Any:
        with self.database.connect(Access.WRITE) as connection:
            return change(connection, *arguments, **more)

    @precondition(lambda self: sum(kept.model.state not in FINAL for kept in self.kept) < MOST_JOBS)
    @rule(max_attempts=_max_attempts)
    def submit(self, max_attempts: int) -> None:
        new = jobs.NewJob(OWNER, "p" * 32, "hello", "", "null", "local", 1, 60.0, max_attempts=max_attempts)
        self.kept.append(_Kept(self.write(jobs.add, new, NOW), Job(max_attempts)))

    @rule(begins=strategies.sampled_from([True, True, False]))
    def claim(self, begins: bool) -> None:
        """Hand the next job out; most of them begin at once, so that examples get far."""
        waiting = next((kept for kept in self.kept if kept.model.state is State.QUEUED), None)
        token = f"{len(self.kept)} {sum(len(kept.tokens) for kept in self.kept)}"
        claimed = self.write(queue.claim, token, NOW, LEASE)
        if waiting is None:
            assert claimed is None
            return
        after = model.claim(waiting.model)
        assert after is not None
        assert (claimed.job_id, claimed.attempt) == (waiting.job_id, after.attempt)
        waiting.model = after
        waiting.tokens[after.attempt] = token
        if begins:
            self.begin(waiting, 0)

    def begin(self, kept: _Kept, earlier: int) -> None:
        for reporter in kept.reporters(earlier):
            kept.model, standing = model.start(kept.model, reporter.attempt)
            assert self.write(attempts.start, reporter, {}, NOW, LEASE, runner={"pid": 1}) is standing

    def job(self, number: int) -> _Kept:
        return self.kept[-1 - number % min(len(self.kept), REACHED)]

    @precondition(lambda self: self.kept)
    @rule(number=_jobs, earlier=_earlier)
    def start(self, number: int, earlier: int) -> None:
        self.begin(self.job(number), earlier)

    @precondition(lambda self: self.kept)
    @rule(number=_jobs, earlier=_earlier, again=_again, new=_new)
    def report(self, number: int, earlier: int, again: int, new: int) -> None:
        kept = self.job(number)
        for reporter in kept.reporters(earlier):
            batch = kept.batch(reporter.attempt, again, new)
            kept.model, standing = model.report(kept.model, reporter.attempt, batch)
            assert self.write(attempts.report, reporter, _events(reporter, batch), LEASE) is standing

    @precondition(lambda self: self.kept)
    @rule(number=_jobs, earlier=_earlier, again=_again, new=_new, outcome=strategies.sampled_from(sorted(FINAL)))
    def finish(self, number: int, earlier: int, again: int, new: int, outcome: State) -> None:
        kept = self.job(number)
        for reporter in kept.reporters(earlier):
            batch = kept.batch(reporter.attempt, again, new)
            kept.model, standing = model.finish(kept.model, reporter.attempt, batch, outcome)
            end = End(outcome, None if outcome is State.CANCELLED else "1")
            assert self.write(attempts.finish, reporter, _events(reporter, batch), end, NOW) is standing

    def speak_with_another_token(self, kept: _Kept, earlier: int) -> None:
        for reporter in kept.reporters(earlier):
            stranger = evolve(reporter, token_hash="another")
            refused = (Standing.STRANGER, Standing.FENCED)
            batch = kept.batch(reporter.attempt, 0, 1)
            assert self.write(attempts.start, stranger, {}, NOW, LEASE) in refused
            assert self.write(attempts.report, stranger, _events(stranger, batch), LEASE) in refused
            assert self.write(attempts.finish, stranger, [], End(State.DONE, "1"), NOW) in refused

    def lose(self, kept: _Kept, earlier: int) -> None:
        attempt = kept.model.attempt - earlier
        after = model.lose(kept.model, attempt)
        state = self.write(attempts.lose, kept.job_id, attempt, "It was lost.", NOW)
        assert state is (None if after is None else after.state)
        kept.model = after or kept.model

    def requeue(self, kept: _Kept, earlier: int) -> None:
        attempt = kept.model.attempt - earlier
        after = model.requeue(kept.model, attempt)
        assert self.write(attempts.requeue, kept.job_id, attempt) == (after is not None)
        kept.model = after or kept.model

    def cancel(self, kept: _Kept, _earlier: int) -> None:
        kept.model, outcome = model.cancel(kept.model)
        assert self.write(attempts.cancel, kept.job_id, NOW) is outcome

    def decide_cancelled(self, kept: _Kept, _earlier: int) -> None:
        self.decide(kept, State.CANCELLED)

    def decide_error(self, kept: _Kept, _earlier: int) -> None:
        self.decide(kept, State.ERROR)

    def decide(self, kept: _Kept, outcome: State) -> None:
        after = model.decide(kept.model, outcome)
        assert self.write(attempts.decide, kept.job_id, End(outcome, "It ended."), NOW) == (after is not None)
        kept.model = after or kept.model

    def delete(self, kept: _Kept, _earlier: int) -> None:
        assert self.write(jobs.delete, kept.job_id) == (kept.model.state in FINAL)
        if kept.model.state in FINAL:
            self.kept.remove(kept)

    def restart(self, _kept: _Kept, _earlier: int) -> None:
        """Another service opens the store, and finds what the one before held."""
        self.database.close()
        self.database = Database(Path(self.folder.name, self.template.name))
        held = [(kept.job_id, kept.model) for kept in self.kept if kept.model.state in HELD]
        assert [
            (found.job_id, found.attempt, found.state, found.cancel_requested) for found in self.write(attempts.held)
        ] == [(job_id, job.attempt, job.state, job.cancel_requested) for job_id, job in held]

    @precondition(lambda self: self.kept)
    @rule(number=_jobs, earlier=_earlier, what=strategies.sampled_from(_DISTURBANCES))
    def disturb(self, number: int, earlier: int, what: str) -> None:
        """What stands in the way of a job, one rule of all of it, so that jobs get on between two of them."""
        getattr(self, what)(self.job(number), earlier)

    @invariant()
    def they_agree(self) -> None:
        with self.database.connect(Access.READ) as connection:
            for kept in self.kept[-REACHED:]:
                _compare(connection, kept.job_id, kept.model)


def _events(reporter: Reporter, batch: tuple[int, ...]) -> list[Event]:
    return [Event(number, INTERIM, f"{reporter.attempt} {number}", None, NOW.isoformat()) for number in batch]


def _compare(connection: sa.Connection, job_id: str, job: Job) -> None:
    row = connection.execute(sa.select(job_table).where(job_table.c.id == job_id)).one()
    assert (row.state, row.attempt, row.runs, row.losses) == (job.state, job.attempt, job.runs, job.losses)
    assert (row.cancel_requested, row.event_base, row.max_attempts) == (
        job.cancel_requested,
        job.base,
        job.max_attempts,
    )
    assert (row.lease_until is not None) == (job.state in HELD)
    assert (row.finished_at is not None) == (job.state in FINAL)
    assert (row.result is None) or job.state in (State.DONE, State.ERROR)
    assert (row.runner is not None) >= (job.state is State.RUNNING)
    found = connection.execute(sa.select(event_table).where(event_table.c.job == row.number).order_by("seq")).all()
    assert [event.seq for event in found] == list(range(1, len(job.events) + 1))
    assert [event.text for event in found if event.kind == INTERIM] == [
        f"{attempt} {number}" for attempt, number in job.events if attempt != SERVICE
    ]


TestStoreAndModel = StoreAndModel.TestCase
TestStoreAndModel.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, phases=[Phase.generate]
)


@pytest.fixture(scope="module", autouse=True)
def _template(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An empty store, to be copied for each example."""
    path = tmp_path_factory.mktemp("template") / "runtime.db"
    database = Database(path)
    migrate(database)
    with database.connect(Access.WRITE) as connection:
        users.set_owner(connection, "me", "h" * 64, NOW)
    database.close()
    StoreAndModel.template = path
