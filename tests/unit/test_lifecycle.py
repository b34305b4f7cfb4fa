"""The states of a job inside the service, and the moves between them."""

import itertools

import pytest

from quafu_runtime.server.lifecycle import FINAL, HELD, LOSSES, MOVES, Guard, State, wire_status
from quafu_runtime.status import JobStatus

OPPOSITES = [
    {Guard.WANTED, Guard.UNWANTED},
    {Guard.RUNS_LEFT, Guard.RUNS_SPENT},
    {Guard.LOSSES_LEFT, Guard.LOSSES_SPENT},
]


def _ways(origin: State, target: State) -> list[str]:
    return [move.name for move in MOVES if origin in move.origins and move.target is target]


def test_a_job_that_has_ended_goes_nowhere() -> None:
    assert {State.DONE, State.ERROR, State.CANCELLED} == FINAL
    assert all(not move.origins & FINAL for move in MOVES)


def test_every_state_that_is_not_final_can_end() -> None:
    assert all(_ways(state, State.CANCELLED) for state in set(State) - FINAL)
    assert all(_ways(state, State.ERROR) for state in HELD)


def test_a_job_runs_only_when_it_was_assigned_and_is_done_only_when_it_ran() -> None:
    assert {state for state in State if _ways(state, State.RUNNING)} == {State.ASSIGNED}
    assert {state for state in State if _ways(state, State.DONE)} == {State.RUNNING}


def test_a_job_that_ran_goes_back_to_the_queue_only_where_runs_are_left() -> None:
    back = [move for move in MOVES if move.target is State.QUEUED and State.RUNNING in move.origins]
    assert back
    assert all({Guard.RUNS_LEFT, Guard.WANTED, Guard.HOLDER} <= move.guards for move in back)


def test_each_move_has_a_name_of_its_own() -> None:
    assert len({move.name for move in MOVES}) == len(MOVES)


def test_what_a_runner_does_is_asked_of_the_holder_alone() -> None:
    by_others = {move.name for move in MOVES if Guard.HOLDER not in move.guards and move.origins & HELD}
    assert by_others == {
        "cancelled before its run",
        "its runner is asked to cancel it",
        "cancelled without its runner's word",
        "stopped without its runner's word",
    }


@pytest.mark.parametrize("state", sorted(HELD))
@pytest.mark.parametrize("holds", [set(chosen) for chosen in itertools.product(*OPPOSITES)])
def test_a_job_that_is_lost_has_exactly_one_way_to_go(state: State, holds: set[Guard]) -> None:
    ways = [move for move in LOSSES if state in move.origins and move.guards <= holds | {Guard.HOLDER}]
    assert len(ways) == 1


@pytest.mark.parametrize(
    ("state", "seen"),
    [
        (State.QUEUED, JobStatus.QUEUED),
        (State.ASSIGNED, JobStatus.QUEUED),
        (State.RUNNING, JobStatus.RUNNING),
        (State.DONE, JobStatus.DONE),
        (State.CANCELLED, JobStatus.CANCELLED),
        (State.ERROR, JobStatus.ERROR),
    ],
)
def test_callers_see_an_assigned_job_in_the_queue_and_all_others_as_they_are(state: State, seen: JobStatus) -> None:
    assert wire_status(state) is seen


def test_a_final_state_is_final_for_callers_too() -> None:
    assert {state for state in State if wire_status(state).is_final} == FINAL
