"""How often a call is sent, after which pauses, and when it is given up: without a network."""

import statistics
from collections.abc import Iterable
from itertools import repeat
from typing import Any

import pytest
from attrs import asdict, evolve
from hypothesis import given
from hypothesis import strategies as st
from quafu_runtime_api.models import ProgramsSuccess

from quafu_runtime._client.answers import Lost, Reply
from quafu_runtime._client.flow import Doubt, Flow, ask
from quafu_runtime._client.health import Health
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.errors import (
    ConnectionFailedError,
    DeadlineError,
    ProgramNotFoundError,
    RateLimitedError,
    ServiceError,
    SubmitUncertain,
)
from tests.fakes.played import CALL, CLOSED, LATE, POLICY, SUBMISSION, UNSENT, Played, reply, spend


@pytest.mark.parametrize(
    "outcome",
    [UNSENT, CLOSED, *(reply(status) for status in (408, 429, 499, 502, 503, 504, 520)), reply(complete=False)],
    ids=lambda outcome: getattr(outcome, "reason", None) or str(outcome.status),
)
def test_what_may_be_repeated_is_sent_again_after_a_transient_failure(outcome: Reply | Lost) -> None:
    played = Played(ask(CALL), [outcome, outcome, reply()])

    assert isinstance(played.value, ProgramsSuccess)
    assert len(played.sent) == 3
    assert len(played.pauses) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 302])
def test_a_final_answer_is_not_asked_for_again(status: int) -> None:
    played = Played(ask(CALL), [reply(status)])

    assert isinstance(played.error, ServiceError)
    assert played.pauses == []


@pytest.mark.parametrize("body", [{"status": 404}, {"status": 201}, [], {"status": 200}])
def test_a_business_code_and_a_malformed_answer_are_final(body: object) -> None:
    assert len(Played(ask(CALL), [reply(body=body)]).sent) == 1


def test_after_three_tries_the_last_error_is_raised() -> None:
    played = Played(ask(CALL), [CLOSED, reply(503), UNSENT])

    assert type(played.error) is ConnectionFailedError
    assert "refused" in str(played.error)


@pytest.mark.parametrize("outcome", [UNSENT, reply(429)])
def test_a_submission_is_sent_again_only_when_it_was_not_taken(outcome: Reply | Lost) -> None:
    assert isinstance(Played(ask(SUBMISSION), [outcome, reply()]).value, ProgramsSuccess)


@pytest.mark.parametrize(
    "outcome", [CLOSED, LATE, reply(complete=False), *(reply(status) for status in (499, 502, 504, 520))]
)
def test_a_submission_whose_answer_was_lost_is_uncertain_and_never_repeated(outcome: Reply | Lost) -> None:
    played = Played(ask(SUBMISSION), [outcome])

    assert type(played.error) is SubmitUncertain
    assert "Look for it." in str(played.error)


@pytest.mark.parametrize("outcome", [reply(500), reply(503)])
def test_a_submission_is_not_repeated_where_the_service_failed(outcome: Reply) -> None:
    played = Played(ask(SUBMISSION), [outcome])

    assert len(played.sent) == 1
    assert type(played.error) is not SubmitUncertain


def test_retry_after_is_honoured() -> None:
    played = Played(ask(CALL), [reply(429, retry_after="2"), reply(503, retry_after="3"), reply()])

    assert isinstance(played.value, ProgramsSuccess)
    assert played.pauses == [2.0, 3.0]


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    played = Played(ask(CALL), [reply(429, retry_after="31")])

    assert isinstance(played.error, RateLimitedError)
    assert played.error.retry_after == 31.0
    assert played.pauses == []


@pytest.mark.parametrize("patient", [False, True])
def test_two_minutes_are_waited_for_where_there_is_time_and_more_never(patient: bool) -> None:
    waiting = evolve(CALL, patient=patient)

    assert Played(ask(waiting), [reply(503, retry_after="120"), reply()], deadline=300.0).pauses == [120.0]
    refused = Played(ask(waiting), [reply(503, retry_after="121")], deadline=300.0)
    assert "Try again in 121 seconds." in str(refused.error)


def test_a_waiting_call_bears_an_outage_from_the_first_try_where_the_service_has_answered_before() -> None:
    health = Health()
    Played(ask(CALL), [reply()], health=health)

    played = Played(ask(evolve(CALL, patient=True)), [*[UNSENT] * 8, reply()], health=health, waiting_tries=10)

    assert isinstance(played.value, ProgramsSuccess)


def test_a_waiting_call_bears_an_outage_after_an_answer_had_begun() -> None:
    begun = reply(complete=False)

    played = Played(ask(evolve(CALL, patient=True)), [begun, *[UNSENT] * 8, reply()], waiting_tries=10)

    assert isinstance(played.value, ProgramsSuccess)


def test_a_wait_gives_up_after_half_a_minute_without_a_service_on_average() -> None:
    waited = []
    for _ in range(200):
        health = Health()
        health.succeeded()
        played = Played(ask(evolve(CALL, patient=True)), repeat(UNSENT), health=health, **asdict(RetryPolicy()))
        assert isinstance(played.error, ConnectionFailedError)
        waited.append(sum(played.pauses))

    assert 30.0 < statistics.mean(waited) < 42.0


def test_without_a_retry_left_a_call_fails_at_once_and_a_waiting_one_waits_longer() -> None:
    health = Health()
    while health.take_retry():
        pass

    assert len(Played(ask(CALL), [UNSENT], health=health).sent) == 1
    waited = Played(ask(evolve(CALL, patient=True)), [UNSENT, reply()], health=health)
    assert isinstance(waited.value, ProgramsSuccess)
    assert waited.pauses[0] > POLICY.longest_window


def test_no_try_and_no_pause_goes_beyond_the_deadline() -> None:
    played = Played(ask(CALL), [CLOSED] * 9, deadline=0.05, tries=9, first_window=100.0, longest_window=100.0)

    assert sum(played.pauses) < 0.05
    assert all(step.timeout <= 0.05 for step in played.sent)


def test_a_calls_own_deadline_wins_over_the_clients() -> None:
    played = Played(ask(evolve(CALL, deadline=5.0)), [reply()])

    assert 4.0 < played.sent[0].timeout <= 5.0


def test_a_deadline_that_has_passed_sends_nothing() -> None:
    played = Played(ask(evolve(CALL, deadline=0.0)), [])

    assert type(played.error) is DeadlineError
    assert played.sent == []


@given(st.integers(1, 1100), st.floats(0.001, 10.0))
def test_a_pause_is_drawn_from_a_window_that_doubles_up_to_twenty_seconds(failures: int, first: float) -> None:
    pause = RetryPolicy(first_window=first).pause(min(failures, 1000))

    assert 0.0 <= pause <= min(20.0, first * 2.0 ** min(failures - 1, 100))


def test_two_pauses_differ_so_that_clients_do_not_come_back_together() -> None:
    assert len({RetryPolicy().pause(5) for _ in range(20)}) > 10


def test_a_waiting_call_goes_on_after_tries_that_lasted_long() -> None:
    waiting = evolve(CALL, patient=True)

    played = Played(ask(waiting), [LATE, reply(504), CLOSED, reply(502), reply()], tries=2, alive_after=0.0)

    assert isinstance(played.value, ProgramsSuccess)
    assert played.pauses == [0.0] * 4
    assert all(step.timeout == POLICY.long_call for step in played.sent)


def test_a_waiting_call_gives_up_soon_where_nobody_was_ever_there() -> None:
    played = Played(ask(evolve(CALL, patient=True)), [UNSENT] * 9)

    assert type(played.error) is ConnectionFailedError
    assert len(played.sent) == 3


def test_a_waiting_call_bears_a_restart_of_a_service_that_was_there() -> None:
    waiting = evolve(CALL, patient=True)
    alive: dict[str, Any] = {"alive_after": 0.02}

    def first_lasts(outcomes: list[Reply | Lost]) -> Iterable[Reply | Lost]:
        spend(0.03)
        yield outcomes[0]
        yield from outcomes[1:]

    played = Played(ask(waiting), first_lasts([CLOSED, *[UNSENT] * 8, reply()]), waiting_tries=10, **alive)

    assert isinstance(played.value, ProgramsSuccess)
    assert len(played.sent) == 10


def test_a_waiting_call_ends_at_the_time_that_the_user_gives() -> None:
    waiting = evolve(CALL, patient=True, deadline=0.03)

    played = Played(ask(waiting), (CLOSED for _ in range(100_000)), alive_after=0.0)

    assert type(played.error) is DeadlineError


def test_a_lost_answer_is_noted_so_that_the_next_one_is_understood() -> None:
    doubt = Doubt()

    played = Played(ask(evolve(CALL, doubt=doubt)), [CLOSED, reply(body={"status": 404, "msg": "gone"})])

    assert type(played.error) is ProgramNotFoundError
    assert doubt.answer_lost


@pytest.mark.parametrize("outcome", [UNSENT, reply(503), reply(429)])
def test_what_was_certainly_not_done_leaves_no_doubt(outcome: Reply | Lost) -> None:
    doubt = Doubt()

    Played(ask(evolve(CALL, doubt=doubt)), [outcome, reply()])

    assert not doubt.answer_lost


def test_a_flow_may_go_on_after_an_error() -> None:
    def flow() -> Flow[str]:
        try:
            yield from ask(CALL)
        except ServiceError as error:
            yield from ask(CALL)
            return f"after {error.code}"
        return "never"

    assert Played(flow(), [reply(500), reply()]).value == "after 500"


def test_a_call_waits_before_it_is_sent_where_it_says_so() -> None:
    played = Played(ask(evolve(CALL, pause=0.5)), [reply()])

    assert played.pauses == [0.5]


def test_each_success_is_told_once_to_those_who_write_it_down() -> None:
    def flow() -> Flow[None]:
        yield from ask(CALL)
        with pytest.raises(ProgramNotFoundError):
            yield from ask(evolve(CALL, subject="Another"))

    played = Played(flow(), [reply(), reply(body={"status": 404})])

    assert [one.call for one in played.answered] == [CALL]
    assert isinstance(played.answered[0].answer, ProgramsSuccess)
