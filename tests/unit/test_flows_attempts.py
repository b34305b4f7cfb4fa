"""How often a call is sent, after which pauses, and when it is given up: without a network."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from quafu_runtime_api.api.programs import programs
from quafu_runtime_api.models import ProgramsSuccess

from quafu_runtime._client.answers import Lost, Reply
from quafu_runtime._client.attempts import Answered, Pause, Send, steps
from quafu_runtime._client.flow import Call, Doubt, Flow, ask
from quafu_runtime._client.keys import keyed
from quafu_runtime._client.known import Known
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.errors import (
    ConnectionFailedError,
    DeadlineError,
    ProgramNotFoundError,
    QuafuRuntimeError,
    RateLimitedError,
    ServiceError,
    SubmitUncertain,
)

POLICY = RetryPolicy(first_window=0.001, longest_window=0.004)
GOOD = {"status": 200, "data": {"programs": [], "count": 0}}
CALL = Call("programs", programs.build(), programs.parse, "The list of programs")
SUBMISSION = evolve(CALL, repeatable=False, look_for="Look for it.")

UNSENT = Lost("refused", sent=False, timed_out=None, origin="http://h:1")
CLOSED = Lost("closed", sent=True, timed_out=None, origin="http://h:1")
LATE = Lost("late", sent=True, timed_out=1.0, origin="http://h:1")


def reply(status: int = 200, body: object = GOOD, *, complete: bool = True, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps(body).encode(), complete=complete, origin="http://h:1", token="t")


class Played:
    """A flow that was run with the given outcomes, one for each request."""

    def __init__(
        self, flow: Flow[Any], outcomes: Iterable[Reply | Lost], deadline: float = 30.0, **policy: Any
    ) -> None:
        self.sent: list[Send] = []
        self.pauses: list[float] = []
        self.answered: list[Answered] = []
        todo = steps(flow, evolve(POLICY, **policy), deadline)
        remaining = iter(outcomes)
        came: Reply | Lost | None = None
        self.value: Any = None
        self.error: QuafuRuntimeError | None = None
        try:
            while True:
                step = todo.send(came)
                came = None
                if isinstance(step, Send):
                    self.sent.append(step)
                    came = next(remaining)
                elif isinstance(step, Pause):
                    self.pauses.append(step.seconds)
                else:
                    self.answered.append(step)
        except StopIteration as end:
            self.value = end.value
        except QuafuRuntimeError as error:
            self.error = error


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
    alive = {"alive_after": 0.02}

    def first_lasts(outcomes: list[Reply | Lost]) -> Iterable[Reply | Lost]:
        _spend(0.03)
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


def _spend(seconds: float) -> None:
    import threading

    threading.Event().wait(seconds)


TAKES_KEYS = {"status": 200, "data": {"version": "1.1.0", "features": ["idempotency_key"]}}
TAKES_NONE = {"status": 200, "data": {"version": "1.0.0", "features": ["seed"]}}
LOST_ANSWERS = [CLOSED, reply(complete=False), *(reply(status) for status in (499, 502, 504, 520))]


def paths(played: Played) -> list[str]:
    return [step.request["url"].rpartition("/")[2] for step in played.sent]


@pytest.mark.parametrize("outcome", LOST_ANSWERS)
def test_a_submission_with_a_key_is_sent_again_where_the_service_says_that_it_takes_keys(
    outcome: Reply | Lost,
) -> None:
    known = Known()

    played = Played(ask(keyed(SUBMISSION, "k", known)), [outcome, reply(body=TAKES_KEYS), outcome, reply()])

    assert isinstance(played.value, ProgramsSuccess)
    assert paths(played) == ["programs", "capabilities", "programs", "programs"]
    assert [played.sent[number].request["headers"]["Idempotency-Key"] for number in (0, 2, 3)] == ["k"] * 3
    assert "Idempotency-Key" not in played.sent[1].request["headers"]
    assert known.features == frozenset({"idempotency_key"})


def test_what_is_known_of_keys_is_not_asked_again() -> None:
    taking, not_taking = Known(frozenset({"idempotency_key"})), Known(frozenset({"seed"}))

    assert paths(Played(ask(keyed(SUBMISSION, "k", taking)), [CLOSED, reply()])) == ["programs", "programs"]
    played = Played(ask(keyed(SUBMISSION, "k", not_taking)), [CLOSED])
    assert type(played.error) is SubmitUncertain


def test_a_submission_whose_answer_came_asks_for_nothing() -> None:
    for outcome in (reply(), reply(body={"status": 404}), reply(500), reply(503)):
        assert paths(Played(ask(keyed(SUBMISSION, "k", Known())), [outcome])) == ["programs"]


@pytest.mark.parametrize("capabilities", [[reply(body=TAKES_NONE)], [reply(404)], [UNSENT] * 3, [CLOSED] * 3])
def test_a_submission_with_a_key_stays_uncertain_where_keys_are_not_taken_or_nobody_says(
    capabilities: list[Reply | Lost],
) -> None:
    played = Played(ask(keyed(SUBMISSION, "k", Known())), [CLOSED, *capabilities])

    assert type(played.error) is SubmitUncertain
    assert "Look for it." in str(played.error)
    assert paths(played).count("programs") == 1


@pytest.mark.parametrize(
    "last", [UNSENT, reply(503), reply(429), reply(500), reply(body={"status": 201}), reply(body=[])]
)
def test_what_was_uncertain_once_is_not_called_refused_by_a_later_try(last: Reply | Lost) -> None:
    played = Played(ask(keyed(SUBMISSION, "k", Known(frozenset({"idempotency_key"})))), [CLOSED, last, last, last])

    assert type(played.error) is SubmitUncertain


def test_a_refusal_of_the_same_request_settles_what_was_uncertain() -> None:
    played = Played(
        ask(keyed(SUBMISSION, "k", Known(frozenset({"idempotency_key"})))), [CLOSED, reply(body={"status": 404})]
    )

    assert type(played.error) is ProgramNotFoundError


def test_asking_about_keys_and_trying_again_stay_within_the_deadline() -> None:
    def slow() -> Iterable[Reply | Lost]:
        _spend(0.05)
        yield CLOSED
        _spend(0.05)
        yield reply(body=TAKES_KEYS)
        _spend(0.05)
        yield reply()

    played = Played(ask(keyed(SUBMISSION, "k", Known())), slow(), deadline=30.0)

    timeouts = [step.timeout for step in played.sent]
    assert timeouts == sorted(timeouts, reverse=True)
    assert timeouts[2] <= 30.0 - 0.1


def test_a_deadline_that_the_lost_answer_used_up_leaves_the_submission_uncertain() -> None:
    def late() -> Iterable[Reply | Lost]:
        _spend(0.05)
        yield LATE

    played = Played(ask(keyed(SUBMISSION, "k", Known())), late(), deadline=0.03)

    assert type(played.error) is SubmitUncertain
    assert paths(played) == ["programs"]


def test_each_success_is_told_once_to_those_who_write_it_down() -> None:
    def flow() -> Flow[None]:
        yield from ask(CALL)
        with pytest.raises(ProgramNotFoundError):
            yield from ask(evolve(CALL, subject="Another"))

    played = Played(flow(), [reply(), reply(body={"status": 404})])

    assert [one.call for one in played.answered] == [CALL]
    assert isinstance(played.answered[0].answer, ProgramsSuccess)
