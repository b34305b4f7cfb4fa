"""Submissions whose answer was lost, with a key and without one: without a network."""

from collections.abc import Iterable

import pytest
from quafu_runtime_api.models import ProgramsSuccess

from quafu_runtime._client.answers import Lost, Reply
from quafu_runtime._client.flow import ask
from quafu_runtime._client.keys import keyed
from quafu_runtime._client.known import Known
from quafu_runtime.errors import ProgramNotFoundError, SubmitUncertain
from tests.fakes.played import CLOSED, LATE, SUBMISSION, UNSENT, Played, reply, spend

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
        spend(0.05)
        yield CLOSED
        spend(0.05)
        yield reply(body=TAKES_KEYS)
        spend(0.05)
        yield reply()

    played = Played(ask(keyed(SUBMISSION, "k", Known())), slow(), deadline=30.0)

    timeouts = [step.timeout for step in played.sent]
    assert timeouts == sorted(timeouts, reverse=True)
    assert timeouts[2] <= 30.0 - 0.1


def test_a_deadline_that_the_lost_answer_used_up_leaves_the_submission_uncertain() -> None:
    def late() -> Iterable[Reply | Lost]:
        spend(0.05)
        yield LATE

    played = Played(ask(keyed(SUBMISSION, "k", Known())), late(), deadline=0.03)

    assert type(played.error) is SubmitUncertain
    assert paths(played) == ["programs"]
