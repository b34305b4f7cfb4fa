"""A job's life, explored whole: all orders in which everything may happen to a job with two attempts.

The moves are those of the service's own table. What is promised is judged by what the runners did and were told, which
the table does not know.
"""

import itertools
from collections import deque
from collections.abc import Iterator

import pytest
from attrs import evolve

from quafu_runtime.server import lifecycle
from quafu_runtime.server.lifecycle import FINAL, HELD, Guard, Move, State
from tests.faults.life.model import SERVICE, Job
from tests.faults.life.world import Step, World, steps

WAITING = frozenset({State.QUEUED, State.ASSIGNED})

BY_THE_SERVICE = frozenset({"lease expires", "restart", "decide error"})

NEEDED = [
    *(
        (name, Guard.HOLDER)
        for name in ("START", "HEAR", "PUT_BACK", "LOSE_EARLY", "RUN_AGAIN", "LOSE", "LOSE_UNWANTED")
    ),
    *((name, Guard.HOLDER) for name in ("FINISH_DONE", "FINISH_ERROR", "FINISH_STOPPED", "FINISH_CANCELLED")),
    *((name, Guard.WANTED) for name in ("RUN_AGAIN", "LOSE", "STOP")),
    *((name, Guard.UNWANTED) for name in ("CANCEL", "FINISH_CANCELLED")),
    ("RUN_AGAIN", Guard.RUNS_LEFT),
]
"""Guards without any of which a promise is broken. The others stop what a move before them stops already."""

FAR_ENOUGH = 150_000
"""Steps within which a broken promise is found, and more."""


def explored(max_attempts: int) -> Iterator[tuple[World, Step]]:
    """Every step that changes something, from every world that can come about, the short ways first."""
    seen = {World()}
    ahead = deque(seen)
    while ahead:
        world = ahead.popleft()
        for step in steps(world, max_attempts):
            if step.world == world:
                continue
            yield world, step
            if step.world not in seen:
                seen.add(step.world)
                ahead.append(step.world)


def broken(before: World, step: Step) -> str | None:
    """The promise that a step breaks, or None."""
    job = step.world.job
    assert job is not None
    kept = {
        "one winner": len(job.winners) == (job.state in FINAL),
        "no result without a run": job.state is not State.DONE or _has_called(step.world, job.winners[0]),
        "run at most so many times": _calls(step.world) <= job.runs <= job.max_attempts,
        "nothing told is lost": _told(step.world) <= set(job.events),
        "events in order, none twice": _is_in_order(job),
        "cancelled only where asked": step.world.asked or not (job.state is State.CANCELLED or job.cancel_requested),
        "what is to be cancelled does not wait": not (job.cancel_requested and job.state in WAITING),
        "what waits may run": job.runs < job.max_attempts or job.state not in WAITING,
        **({} if before.job is None else _kept_since(before.job, job, step)),
    }
    return next((promise for promise, holds in kept.items() if not holds), None)


def _kept_since(before: Job, job: Job, step: Step) -> dict[str, bool]:
    is_lost_unwanted = before.cancel_requested and step.name in BY_THE_SERVICE and job != before
    is_fenced = step.attempt is not None and (step.attempt != before.attempt or before.state not in HELD)
    return {
        "a final state is final, and no event comes after it": before.state not in FINAL or job == before,
        "what is lost while it is to be cancelled is cancelled": not is_lost_unwanted or job.state is State.CANCELLED,
        "what is fenced changes nothing": not is_fenced or job == before,
        "what was told stays": job.events[: len(before.events)] == before.events,
    }


def _has_called(world: World, attempt: int) -> bool:
    return attempt != SERVICE and world.runners[attempt - 1].called


def _calls(world: World) -> int:
    return sum(runner.called for runner in world.runners)


def _told(world: World) -> set[tuple[int, int]]:
    return {
        (attempt, number) for attempt, runner in enumerate(world.runners, 1) for number in range(1, runner.told + 1)
    }


def _is_in_order(job: Job) -> bool:
    """Whether each attempt's events are there from 1 on, and those of an earlier one before those of a later one."""
    of_runners = [event for event in job.events if event[0] != SERVICE]
    counts = {attempt: sum(each == attempt for each, _ in of_runners) for attempt, _ in of_runners}
    return of_runners == [(attempt, n) for attempt in sorted(counts) for n in range(1, counts[attempt] + 1)]


@pytest.mark.parametrize("max_attempts", [1, 2])
def test_whatever_happens_in_whatever_order_no_promise_is_broken(max_attempts: int) -> None:
    ends: set[tuple[State, int, int]] = set()
    for before, step in explored(max_attempts):
        assert broken(before, step) is None, (before, step)
        job = step.world.job
        if job is not None and job.state in FINAL:
            ends.add((job.state, job.runs, job.attempt))
    assert {(state, runs) for state, runs, _ in ends} >= {
        (state, runs) for state in FINAL for runs in range(1, max_attempts + 1)
    }
    assert {attempt for state, _, attempt in ends if state is State.DONE} == {1, 2}


@pytest.mark.parametrize(("name", "guard"), NEEDED)
def test_without_a_guard_a_promise_is_broken(monkeypatch: pytest.MonkeyPatch, name: str, guard: Guard) -> None:
    move = getattr(lifecycle, name)
    _put_in_place_of(monkeypatch, name, evolve(move, guards=move.guards - {guard}))
    assert any(broken(before, step) for before, step in itertools.islice(explored(2), FAR_ENOUGH))


@pytest.mark.parametrize(
    "name", [name for name, move in vars(lifecycle).items() if isinstance(move, Move) and move is not lifecycle.GIVE_UP]
)
def test_without_its_origins_a_move_breaks_a_promise(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _put_in_place_of(monkeypatch, name, evolve(getattr(lifecycle, name), origins=frozenset(State)))
    assert any(broken(before, step) for before, step in itertools.islice(explored(2), FAR_ENOUGH))


def _put_in_place_of(monkeypatch: pytest.MonkeyPatch, name: str, other: Move) -> None:
    move = getattr(lifecycle, name)
    monkeypatch.setattr(lifecycle, name, other)
    monkeypatch.setattr(lifecycle, "LOSSES", tuple(other if each is move else each for each in lifecycle.LOSSES))
