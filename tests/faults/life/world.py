"""A job with all that may touch it: its owner, its service, its runners, and a line that loses and repeats requests.

What the store holds is `model.Job`. The rest is what the store cannot see: which runners live, what they have sent and
were answered, and how often `run` was in fact called.
"""

from collections.abc import Iterator

from attrs import evolve, frozen

from quafu_runtime.server.lifecycle import HELD, State
from quafu_runtime.server.store.attempts import Standing
from tests.faults.life import model
from tests.faults.life.model import Batch, Job

ATTEMPTS = 2
"""How often a job is handed out."""

EVENTS = 1
"""How many events a run tells of."""


@frozen(cache_hash=True)
class Request:
    """What a runner sends.

    Attributes:
        kind: Which report.
        batch: The events.
        outcome: How it ended, in its last one.
    """

    kind: str
    batch: Batch = ()
    outcome: State | None = None


START = Request("started")


@frozen(cache_hash=True)
class Runner:
    """The process of an attempt.

    Attributes:
        lives: Whether it does.
        called: Whether it has called `run`.
        told: How many of its events the service has acknowledged.
        awaits: The request to which it has no answer yet.
        sent: All that it has sent, which may arrive again and late, also after its death.
    """

    lives: bool = True
    called: bool = False
    told: int = 0
    awaits: Request | None = None
    sent: frozenset[Request] = frozenset()


@frozen(cache_hash=True)
class World:
    """Everything.

    Attributes:
        job: The job, or None before it is submitted.
        runners: The processes of its attempts.
        asked: Whether its owner has asked to cancel it.
    """

    job: Job | None = None
    runners: tuple[Runner, ...] = ()
    asked: bool = False


@frozen
class Step:
    """Something that happened.

    Attributes:
        name: What.
        world: The world afterwards.
        attempt: Whose request it was, where it was one that reached the service.
    """

    name: str
    world: World
    attempt: int | None = None


def steps(world: World, max_attempts: int) -> Iterator[Step]:
    """All that may happen next."""
    if world.job is None:
        yield Step("submit", evolve(world, job=Job(max_attempts)))
        return
    yield from _of_owner(world, world.job)
    yield from _of_service(world, world.job)
    for attempt, runner in enumerate(world.runners, 1):
        yield from _of_runner(world, attempt, runner)
        for request in runner.sent:
            yield from _arrives(world, world.job, attempt, request)


def _of_owner(world: World, job: Job) -> Iterator[Step]:
    yield Step("cancel", evolve(world, job=model.cancel(job)[0], asked=True))


def _of_service(world: World, job: Job) -> Iterator[Step]:
    claimed = model.claim(job) if len(world.runners) < ATTEMPTS else None
    if claimed is not None:
        yield Step("claim", evolve(world, job=claimed, runners=(*world.runners, Runner())))
    yield Step("restart", evolve(world, job=_taken_up(job)))
    for attempt in range(1, len(world.runners) + 1):
        yield Step("lease expires", evolve(world, job=model.lose(job, attempt) or job), attempt)
        yield Step("put back", evolve(world, job=model.requeue(job, attempt) or job), attempt)
    for outcome in (State.CANCELLED, State.ERROR):
        yield Step(f"decide {outcome}", evolve(world, job=model.decide(job, outcome) or job))


def _taken_up(job: Job) -> Job:
    """The job after the start of a service that finds no runner; one that it finds is in other steps."""
    if job.state not in HELD:
        return job
    return model.requeue(job, job.attempt) or model.lose(job, job.attempt) or job


def _of_runner(world: World, attempt: int, runner: Runner) -> Iterator[Step]:
    if not runner.lives:
        return
    yield Step("a runner dies", _with(world, attempt, evolve(runner, lives=False)))
    if runner.awaits is None:
        for request in _requests(runner):
            sending = evolve(runner, awaits=request, sent=runner.sent | {request})
            yield Step(f"a runner sends {request.kind}", _with(world, attempt, sending))


def _requests(runner: Runner) -> Iterator[Request]:
    if not runner.called:
        yield START
        return
    batches = [tuple(range(runner.told + 1, last + 1)) for last in range(runner.told, EVENTS + 1)]
    for batch in batches:
        yield Request("events", batch)
        for outcome in (State.DONE, State.ERROR, State.CANCELLED):
            yield Request("finished", batch, outcome)


def _arrives(world: World, job: Job, attempt: int, request: Request) -> Iterator[Step]:
    """A request reaches the service; its answer reaches the runner or not."""
    after, standing = _answered(job, attempt, request)
    world = evolve(world, job=after)
    name = f"{request.kind} arrives"
    yield Step(name, world, attempt)
    runner = world.runners[attempt - 1]
    if runner.lives and runner.awaits == request:
        yield Step(f"{name}, and the answer", _with(world, attempt, _told(runner, request, standing)), attempt)


def _answered(job: Job, attempt: int, request: Request) -> tuple[Job, Standing]:
    if request == START:
        return model.start(job, attempt)
    if request.outcome is None:
        return model.report(job, attempt, request.batch)
    return model.finish(job, attempt, request.batch, request.outcome)


def _told(runner: Runner, request: Request, standing: Standing) -> Runner:
    if standing not in (Standing.WRITTEN, Standing.CANCELLING):
        return evolve(runner, lives=False, awaits=None)
    told = max(request.batch, default=runner.told)
    return evolve(runner, lives=request.outcome is None, called=True, told=told, awaits=None)


def _with(world: World, attempt: int, runner: Runner) -> World:
    return evolve(world, runners=(*world.runners[: attempt - 1], runner, *world.runners[attempt:]))
