"""The contract is valid, whole, and true to what is known of the deployed service; whatever is not is named."""

import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from openapi.check import DEPLOYED, RELEASED, main, problems
from openapi.compatibility import breaking_changes
from openapi.document import DOCUMENT, load, operations
from openapi.rules import broken_rules

Change = Callable[[dict[str, Any]], object]

# The business codes of protocol.md's table, and 201 everywhere.
CODES = {
    "programs_upload": {"201", "406", "409"},
    "program_update": {"201", "404", "406", "409"},
    "program_delete": {"201", "404"},
    "programs": {"201", "400", "405"},
    "program": {"201", "403", "404", "405"},
    "capabilities": {"201"},
    "programs_run_deploy": {"201", "401", "404", "405", "409"},
    "get_result_nowait": {"201", "404"},
    "get_result_wait": {"201", "404"},
    "job_status": {"201", "404"},
    "job_logs": {"201", "404"},
    "job_cancel": {"201", "403", "404"},
    "job_delete": {"201", "403", "404"},
    "job_info": {"201", "403", "404"},
    "jobs": {"201", "405"},
    "job_ledger": {"201", "403", "404"},
    "job_inputs": {"201", "403", "404"},
}
METHODS = {
    "post": {
        *("programs_upload", "program_update", "programs_run_deploy"),
        *("get_result_nowait", "get_result_wait", "job_cancel"),
    },
    "delete": {"program_delete"},
    "get": {
        *("programs", "program", "capabilities", "job_status", "job_logs", "job_delete", "job_info"),
        *("jobs", "job_ledger", "job_inputs"),
    },
}


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    return load(DOCUMENT)


@pytest.fixture(scope="module")
def deployed() -> dict[str, dict[str, list[str]]]:
    known: dict[str, dict[str, list[str]]] = yaml.safe_load(DEPLOYED.read_text("utf-8"))
    return known


def test_the_contract_passes_its_check(contract: dict[str, Any]) -> None:
    assert problems(contract, RELEASED) == []


def test_the_contract_breaks_no_release_before_it(contract: dict[str, Any]) -> None:
    releases = [load(path) for path in RELEASED.glob("*.yaml")]
    assert {"1.0.0", "1.1.0", "1.2.0"} <= {release["info"]["version"] for release in releases}
    assert [change for release in releases for change in breaking_changes(release, contract)] == []


def test_the_command_says_nothing_and_ends_with_0_for_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert capsys.readouterr() == ("", "")


def test_the_command_names_what_is_wrong_and_ends_with_1(contract: dict[str, Any], tmp_path: Path) -> None:
    document = deepcopy(contract)
    document["paths"].pop("/runtime/job_logs")
    (tmp_path / "broken.yaml").write_text(yaml.safe_dump(document), "utf-8")
    command = [sys.executable, "openapi/check.py", "--document", str(tmp_path / "broken.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=DOCUMENT.parent.parent)
    assert done.returncode == 1
    assert "operation job_logs: the deployed service has it, the document not" in done.stderr
    assert "breaks 1.2.0 without a new major version: operation job_logs is removed" in done.stderr


def test_what_is_no_openapi_is_named(contract: dict[str, Any]) -> None:
    document = deepcopy(contract)
    document["info"].pop("title")
    (problem,) = problems(document, RELEASED)
    assert problem.replace('"', "'") == "not valid OpenAPI: info: 'title' is a required property"


def test_every_operation_stands_at_its_own_name_with_its_method_and_its_codes(contract: dict[str, Any]) -> None:
    found = list(operations(contract))
    assert {each.name: set(each.body["x-codes"]) for each in found} == CODES
    assert all(each.path == f"/runtime/{each.name}" for each in found)
    assert all(each.name in METHODS[each.method] for each in found)


def test_every_operation_asks_for_the_token_in_its_header(contract: dict[str, Any]) -> None:
    scheme = contract["components"]["securitySchemes"]["api_token"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "api_token")
    assert all(each.body["security"] == [{"api_token": []}] for each in operations(contract))


def test_only_extensions_are_marked_as_such(contract: dict[str, Any]) -> None:
    marked = {each.name for each in operations(contract) if each.body.get("x-extension")}
    assert marked == {"capabilities", "job_info", "jobs", "job_ledger", "job_inputs"}
    schemas = contract["components"]["schemas"]
    fields = {
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, inner in schema.get("properties", {}).items()
        if inner.get("x-extension")
    }
    assert fields == {
        *("RunRequest.seed", "RunRequest.max_execution_time", "RunRequest.max_attempts"),
        *("RunRequest.label", "RunRequest.tags"),
        "JobResult.result_types",
    }


def test_two_operations_take_an_idempotency_key(contract: dict[str, Any]) -> None:
    headers = {
        (each.name, parameter["name"]): (parameter.get("required"), parameter.get("x-extension"))
        for each in operations(contract)
        for parameter in each.parameters
        if parameter["in"] == "header"
    }
    assert headers == {(name, "Idempotency-Key"): (False, True) for name in ("programs_upload", "programs_run_deploy")}


def post(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/runtime/{name}"]["post"]
    return found


def field(document: dict[str, Any], schema: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][schema]["properties"][name]
    return found


def answer_examples(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = post(document, name)["responses"]["200"]["content"]["application/json"]["examples"]
    return found


STORED = "operation programs_upload: answer: example 'It is stored.'"
TWO_CODES = {"status": 200, "msg": "success", "data": {"id": "2ea9b6ff8ecd4e8fb0a4a2f2f8c7a0d1"}, "code": 404}
BROKEN: dict[str, tuple[Change, str]] = {
    "a schema is not described": (
        lambda doc: doc["components"]["schemas"]["Program"].pop("description"),
        "Program: there is no description",
    ),
    "a field is not described": (
        lambda doc: field(doc, "Program", "cost").pop("description"),
        "Program: field cost: there is no description",
    ),
    "an operation is not described": (
        lambda doc: post(doc, "programs_upload").pop("description"),
        "operation programs_upload: there is no description",
    ),
    "an operation has two tags": (
        lambda doc: post(doc, "programs_upload").update(tags=["programs", "jobs"]),
        "operation programs_upload: there is not one tag, which is its place in the generated client",
    ),
    "an operation has another HTTP status": (
        lambda doc: post(doc, "programs_upload")["responses"].update({"404": {"description": "Gone."}}),
        "operation programs_upload: there is not one answer, with HTTP status 200",
    ),
    "a request is no JSON": (
        lambda doc: post(doc, "programs_upload")["requestBody"]["content"].update({"text/plain": {}}),
        "operation programs_upload: request: the media type is not application/json alone",
    ),
    "a parameter is not described where the generator looks": (
        lambda doc: doc["components"]["parameters"]["JobId"]["schema"].pop("description"),
        "operation job_status: parameter job_id: there is no description, of parameter and schema alike",
    ),
    "a parameter has no example": (
        lambda doc: doc["components"]["parameters"]["JobId"].pop("example"),
        "operation job_status: parameter job_id: there is no example",
    ),
    "a parameter's example does not fit": (
        lambda doc: doc["components"]["parameters"]["JobId"].update(example=1),
        "operation job_status: parameter job_id: example: 1 is not of type 'string'",
    ),
    "a request has no example": (
        lambda doc: post(doc, "programs_upload")["requestBody"]["content"]["application/json"].pop("examples"),
        "operation programs_upload: request: there is no example",
    ),
    "a request's example does not fit": (
        lambda doc: doc["components"]["requestBodies"]["Job"]["content"]["application/json"]["examples"]["job"].update(
            value={}
        ),
        "operation job_cancel: request: example 'By its id.': 'job_id' is a required property",
    ),
    "an answer's example does not fit": (
        lambda doc: answer_examples(doc, "programs_upload")["success"]["value"].pop("data"),
        f"{STORED}: {{'status': 200, 'msg': 'success'}} is not valid under any of the given schemas",
    ),
    "an example has two codes": (
        lambda doc: answer_examples(doc, "programs_upload")["success"]["value"].update(code=404),
        f"{STORED}: {TWO_CODES} is not valid under any of the given schemas",
    ),
    "a code has no example": (
        lambda doc: answer_examples(doc, "program_update").pop("duplicate"),
        "operation program_update: answer: there is no example with code 409",
    ),
    "the newer spelling has no example": (
        lambda doc: answer_examples(doc, "programs_upload").pop("success_newer"),
        "operation programs_upload: answer: there is no example with code and message",
    ),
    "an extension is not marked": (
        lambda doc: doc["paths"]["/runtime/job_info"]["get"].pop("x-extension"),
        "operation job_info: the deployed service has it, or else `x-extension: true`",
    ),
    "an operation of the deployed service is marked": (
        lambda doc: post(doc, "programs_upload").update({"x-extension": True}),
        "operation programs_upload: the deployed service has it, or else `x-extension: true`",
    ),
    "an extension of a request is not marked": (
        lambda doc: field(doc, "RunRequest", "seed").pop("x-extension"),
        "operation programs_run_deploy: request: field seed: the deployed service has it, or else `x-extension: true`",
    ),
    "an extension is required": (
        lambda doc: doc["components"]["schemas"]["RunRequest"].update(required=["seed"]),
        "operation programs_run_deploy: request: field seed is an extension and required",
    ),
    "a field of the deployed service is missing": (
        lambda doc: doc["components"]["schemas"]["JobState"]["properties"].pop("finished_time"),
        "operation job_status: answer: the deployed service has the field finished_time, the document not",
    ),
    "a parameter of the deployed service is missing": (
        lambda doc: doc["paths"]["/runtime/programs"]["get"]["parameters"].pop(),
        "operation programs: request: the deployed service has the field offset, the document not",
    ),
    "an operation of the deployed service is missing": (
        lambda doc: doc["paths"].pop("/runtime/job_logs"),
        "operation job_logs: the deployed service has it, the document not",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_rule_is_named(contract: dict[str, Any], deployed: dict[str, dict[str, list[str]]], kind: str) -> None:
    change, name = BROKEN[kind]
    document = deepcopy(contract)
    change(document)
    assert name in broken_rules(document, deployed)
