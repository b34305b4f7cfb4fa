"""Thousands of requests that Schemathesis makes of the contract: none is answered 500, each answer is as it says.

The same ones each time; `--hypothesis-profile hunt` makes others, and ten times as many.
"""

import copy
import itertools
import json
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, GenerationMode, Response
from schemathesis.openapi import from_dict

from tests.faults.inputs.target import Target, encoded
from tests.service_speaker import DEADLINE, DOCUMENT, ECHO, OPERATIONS

WAIT = "get_result_wait"
"""What this operation answers, it answers when a job ends: here one never does."""

REFUSED = {400, 405, 406, 408, 413, 414, 415, 431}
"""The HTTP statuses of what is refused before it comes to an operation."""

STEPS = 8
CASES = settings().max_examples * 6 // 10
"""For each operation with good arguments, and as many with bad ones: two thousand in all."""
NEW_IDS = {"programs_upload": "$response.body#/data/id", "programs_run_deploy": "$response.body#/data/job_id"}
OF_A_PROGRAM = ("program_update", "program_delete", "program", "programs_run_deploy")
OF_A_JOB = (
    *("get_result_nowait", "job_status", "job_logs", "job_cancel", "job_delete"),
    *("job_info", "job_ledger", "job_inputs"),
)

_numbers = itertools.count(1)


def _with_links() -> dict[str, Any]:
    """The document, which says of each new id where it may be used."""
    document: dict[str, Any] = copy.deepcopy(DOCUMENT)
    for made_by, name, used_by in (
        ("programs_upload", "program_id", OF_A_PROGRAM),
        ("programs_run_deploy", "job_id", OF_A_JOB),
    ):
        path, method = OPERATIONS[made_by]
        document["paths"][path][method]["responses"]["200"]["links"] = {
            operation: _link(operation, name, NEW_IDS[made_by]) for operation in used_by
        }
    return document


def _link(operation: str, name: str, value: str) -> dict[str, Any]:
    in_body = OPERATIONS[operation][1] == "post"
    return {"operationId": operation, **({"requestBody": {name: value}} if in_body else {"parameters": {name: value}})}


SCHEMA = from_dict(_with_links())


def _settings(**more: Any) -> settings:
    return settings(deadline=None, database=None, suppress_health_check=list(HealthCheck), **more)


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


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_is_asked_is_answered_as_the_contract_says(
    target: Target, session: requests.Session, operation: str, mode: GenerationMode
) -> None:
    path, method = OPERATIONS[operation]

    @_settings(max_examples=CASES)
    @given(case=SCHEMA[path][method].as_strategy(generation_mode=mode))
    def ask(case: "Case[Any]") -> None:
        response = case.call(base_url=target.owner.url, session=session, timeout=DEADLINE)
        _assert_good(target, operation, response)

    ask()
    assert target.service.process.poll() is None


def test_whatever_is_asked_of_what_was_made_is_answered_as_the_contract_says(
    target: Target, session: requests.Session
) -> None:
    followed: set[str] = set()

    class Course(SCHEMA.as_state_machine()):  # type: ignore[misc] # made at run time
        def before_call(self, case: "Case[Any]") -> None:
            if case.operation.definition.raw["operationId"] == "programs_upload" and isinstance(case.body, dict):
                case.body.update(name=f"course {next(_numbers)}", data=encoded(ECHO))

        def call(self, case: "Case[Any]", **_: Any) -> Response:
            return case.call(base_url=target.owner.url, session=session, timeout=DEADLINE)

        def validate_response(self, response: Response, case: "Case[Any]", **_: Any) -> None:
            operation = case.operation.definition.raw["operationId"]
            _assert_good(target, operation, response)
            if response.status_code == 200 and json.loads(response.content).get("status") == 200:
                followed.add(operation)

    run_state_machine_as_test(Course, settings=_settings(stateful_step_count=STEPS, max_examples=20))
    assert {"programs_upload", "programs_run_deploy", "job_info"} <= followed
