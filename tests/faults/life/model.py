"""A job as a service keeps it, without a store: the table of moves, applied to a value that does not change."""

from attrs import evolve, frozen

from quafu_runtime.server import lifecycle
from quafu_runtime.server.lifecycle import FINAL, HELD, MAX_LOSSES, Guard, Move, State
from quafu_runtime.server.store.attempts import Cancelling, Standing

SERVICE = 0
"""In place of an attempt: a line of the service's own among the events."""

Batch = tuple[int, ...]
"""The numbers of some events, as their runner counts them."""


@frozen(cache_hash=True)
class Job:
    """A job.

    Attributes:
        max_attempts: How often its `run` may be called.
        state: Where it is.
        attempt: The attempt to which it was handed last.
        runs: How often its `run` was called.
        losses: How often it was lost before that.
        cancel_requested: Whether it is to be cancelled.
        base: How many events there were before the present run.
        events: Its events: of which attempt each is, and its number there.
        winners: Who has ended it.
    """

    max_attempts: int
    state: State = State.QUEUED
    attempt: int = 0
    runs: int = 0
    losses: int = 0
    cancel_requested: bool = False
    base: int = 0
    events: tuple[tuple[int, int], ...] = ()
    winners: tuple[int, ...] = ()


def moved(job: Job, what: Move, attempt: int | None = None) -> Job | None:
    """The job after a move; None where the move is not legal."""
    if job.state not in what.origins or not all(_holds(job, guard, attempt) for guard in what.guards):
        return None
    count = what.counts
    counted = {} if count is None else {count.value: getattr(job, count.value) + 1}
    target = what.target or job.state
    winners = (*job.winners, attempt or SERVICE) if target in FINAL else job.winners
    return evolve(job, state=target, winners=winners, **counted)


def _holds(job: Job, guard: Guard, attempt: int | None) -> bool:
    return {
        Guard.HOLDER: job.attempt == attempt,
        Guard.WANTED: not job.cancel_requested,
        Guard.UNWANTED: job.cancel_requested,
        Guard.RUNS_LEFT: job.runs < job.max_attempts,
        Guard.RUNS_SPENT: job.runs >= job.max_attempts,
        Guard.LOSSES_LEFT: job.losses + 1 < MAX_LOSSES,
        Guard.LOSSES_SPENT: job.losses + 1 >= MAX_LOSSES,
    }[guard]


def claim(job: Job) -> Job | None:
    """Hand the job out."""
    return moved(job, lifecycle.CLAIM)


def standing(job: Job, attempt: int) -> Standing:
    """What a report of an attempt is worth."""
    if attempt != job.attempt or job.state not in HELD:
        return Standing.FENCED
    return Standing.CANCELLING if job.cancel_requested else Standing.WRITTEN


def start(job: Job, attempt: int) -> tuple[Job, Standing]:
    """An attempt asks whether it may call `run`."""
    started = moved(job, lifecycle.START, attempt)
    if started is not None:
        return evolve(started, base=len(job.events)), Standing.WRITTEN
    asked_again = job.state is State.RUNNING and standing(job, attempt) is Standing.WRITTEN
    return job, Standing.WRITTEN if asked_again else Standing.FENCED


def report(job: Job, attempt: int, batch: Batch) -> tuple[Job, Standing]:
    """An attempt tells of events, or of none."""
    heard = moved(job, lifecycle.HEAR, attempt)
    return (job, Standing.FENCED) if heard is None else (_told(heard, attempt, batch), standing(job, attempt))


def finish(job: Job, attempt: int, batch: Batch, outcome: State) -> tuple[Job, Standing]:
    """An attempt tells its last events, and how its job ended."""
    ways = {
        State.DONE: (lifecycle.FINISH_DONE,),
        State.ERROR: (lifecycle.FINISH_ERROR,),
        State.CANCELLED: (lifecycle.FINISH_CANCELLED, lifecycle.FINISH_STOPPED),
    }[outcome]
    for way in ways:
        ended = moved(job, way, attempt)
        if ended is not None:
            return _told(ended, attempt, batch), Standing.WRITTEN
    return job, Standing.FENCED


def cancel(job: Job) -> tuple[Job, Cancelling]:
    """The owner asks to cancel the job."""
    withdrawn = moved(job, lifecycle.WITHDRAW)
    if withdrawn is not None:
        return withdrawn, Cancelling.DONE
    asked = moved(job, lifecycle.ASK)
    return (job, Cancelling.TOO_LATE) if asked is None else (evolve(asked, cancel_requested=True), Cancelling.ASKED)


def decide(job: Job, outcome: State) -> Job | None:
    """The service ends the job without its runner's word."""
    stopped = moved(job, lifecycle.STOP) if outcome is State.ERROR else None
    return moved(job, lifecycle.CANCEL) if stopped is None else _said(stopped)


def lose(job: Job, attempt: int) -> Job | None:
    """The service takes the job from an attempt that is gone, or silent for too long."""
    for what in lifecycle.LOSSES:
        lost = moved(job, what, attempt)
        if lost is not None:
            quiet = what in (lifecycle.LOSE_EARLY, lifecycle.LOSE_UNWANTED)
            return lost if quiet else _said(lost)
    return None


def requeue(job: Job, attempt: int) -> Job | None:
    """The service puts a job back whose `run` was not called."""
    return moved(job, lifecycle.PUT_BACK, attempt)


def _told(job: Job, attempt: int, batch: Batch) -> Job:
    events = job.events
    for number in batch:
        if job.base + number > len(events):
            events = (*events, (attempt, number))
    return evolve(job, events=events)


def _said(job: Job) -> Job:
    return evolve(job, events=(*job.events, (SERVICE, len(job.events) + 1)))
