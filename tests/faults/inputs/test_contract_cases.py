"""Thousands of requests that Schemathesis makes of the contract: none is answered 500, each answer is as it says.

The same ones each time; `--hypothesis-profile hunt` makes others, and ten times as many.
"""

import copy
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.openapi import from_dict

from tests.faults.inputs.target import Target
from tests.service_speaker import DEADLINE, DOCUMENT, ECHO, OPERATIONS

WAIT = "get_result_wait"
"""What this operation answers, it answers when a job ends: here one never does."""

REFUSED = {400, 405, 406, 408, 413, 414, 415, 431}
"""The HTTP statuses of what is refused before it comes to an operation."""

OK = 200
STEPS = 8
RUNS = settings().max_examples * 4 // 10
CASES = settings().max_examples // 2
"""For each operation with good arguments, and as many with bad ones: with the courses two thousand in all."""
OF_A_PROGRAM = ("program_update", "program_delete", "program", "programs_run_deploy")
OF_A_JOB = (
    *("get_result_nowait", "job_status", "job_logs", "job_cancel", "job_delete"),
    *("job_info", "job_ledger", "job_inputs"),
)

SCHEMA = from_dict(copy.deepcopy(DOCUMENT))

_numbers = itertools.count(1)


def _cases(operation: str, mode: GenerationMode) -> "st.SearchStrategy[Case[Any]]":
    path, method = OPERATIONS[operation]
    strategy: st.SearchStrategy[Case[Any]] = SCHEMA[path][method].as_strategy(generation_mode=mode)
    return strategy


_KINDS = [(operation, mode) for operation in OF_A_PROGRAM + OF_A_JOB for mode in GenerationMode]
COURSES = st.lists(
    st.sampled_from(_KINDS).flatmap(lambda kind: _cases(*kind)),
    min_size=STEPS,
    max_size=STEPS,
)
"""What is asked one after the other of one program and its jobs. Ids are put in when they are known, so that what is
drawn does not hang on what a service answers."""


def _settings(examples: int) -> settings:
    """The first example that fails is told as it is: a service remembers, so that none need fail twice alike."""
    return settings(
        max_examples=examples,
        phases=(Phase.generate,),
        deadline=None,
        database=None,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large),
    )


def _assert_good(target: Target, operation: str, response: requests.Response | Response) -> None:
    assert response.status_code in {200, *REFUSED}, (response.status_code, response.content[:500])
    assert target.owner.token.encode() not in response.content
    if response.status_code == 200:
        target.owner.held_against_document(operation, response.content)


@pytest.fixture(scope="module")
def session(target: Target) -> Any:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["api_token"] = target.owner.token
        yield session


@pytest.fixture(autouse=True, scope="module")
def _tidied(target: Target) -> Iterator[None]:
    """Afterwards there is what was there before."""
    yield
    target.tidy()
    target.assert_unharmed()


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_is_asked_is_answered_as_the_contract_says(
    target: Target, session: requests.Session, operation: str, mode: GenerationMode
) -> None:
    @_settings(CASES)
    @given(case=_cases(operation, mode))
    def ask(case: "Case[Any]") -> None:
        response = case.call(base_url=target.owner.url, session=session, timeout=DEADLINE)
        _assert_good(target, operation, response)

    ask()
    assert target.service.process.poll() is None


def test_whatever_is_asked_of_what_was_made_is_answered_as_the_contract_says(
    target: Target, session: requests.Session
) -> None:
    followed: set[str] = set()

    @_settings(RUNS)
    @given(course=COURSES)
    def follow(course: "list[Case[Any]]") -> None:
        made = {"program_id": target.owner.upload(f"course {next(_numbers)}", ECHO)}
        made["job_id"] = target.owner.run(made["program_id"])
        for case in course:
            operation = case.operation.definition.raw["operationId"]
            _place(case, "program_id" if operation in OF_A_PROGRAM else "job_id", made)
            response = case.call(base_url=target.owner.url, session=session, timeout=DEADLINE)
            _assert_good(target, operation, response)
            answer = json.loads(response.content)
            if answer.get("status") == OK:
                followed.add(operation)
                if operation == "programs_run_deploy":
                    made["job_id"] = answer["data"]["job_id"]

    follow()
    # What takes more than an id may be refused each time: a name that is drawn is seldom printable.
    assert {*OF_A_PROGRAM, *OF_A_JOB} - followed <= {"program_update", "programs_run_deploy"}


def _place(case: "Case[Any]", name: str, made: dict[str, str]) -> None:
    """Have something asked of what was made, as far as what was drawn has a place for its id."""
    if case.method != "POST":
        asked = {key: value for key, value in case.query.items() if key != "name"}  # a program has one or the other
        case.query = {**asked, name: made[name]}
    elif isinstance(case.body, dict):
        case.body = {**case.body, name: made[name]}
