"""The states of a job inside the service, and the moves between them."""

import pytest

from quafu_runtime.server.lifecycle import FINAL, MOVES, State, sources, wire_status
from quafu_runtime.status import JobStatus


def test_a_job_that_has_ended_goes_nowhere() -> None:
    assert {State.DONE, State.ERROR, State.CANCELLED} == FINAL
    assert all(not MOVES[state] for state in FINAL)


def test_every_state_that_is_not_final_can_end() -> None:
    for state in set(State) - FINAL:
        assert {State.CANCELLED, State.ERROR} <= MOVES[state]


def test_a_job_runs_only_when_it_was_assigned_and_is_done_only_when_it_ran() -> None:
    assert sources(State.RUNNING) == {State.ASSIGNED}
    assert sources(State.DONE) == {State.RUNNING}


def test_a_job_goes_back_to_the_queue_only_before_its_run_was_called() -> None:
    assert sources(State.QUEUED) == {State.ASSIGNED}


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
