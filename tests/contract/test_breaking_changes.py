"""What breaks old clients is found and named, whatever kind of change it is; what does not is let through."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from openapi.check import problems
from openapi.compatibility import breaking_changes
from openapi.document import DOCUMENT, load

Change = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def released() -> dict[str, Any]:
    return load(DOCUMENT)


def operation(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/runtime/{name}"]
    return next(iter(found.values()))


def schemas(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]
    return found


def fields(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = schemas(document)[name]["properties"]
    return found


def answer(document: dict[str, Any], name: str) -> dict[str, Any]:
    content = operation(document, name)["responses"]["200"]["content"]
    found: dict[str, Any] = content["application/json"]["schema"]
    return found


def move(paths: dict[str, Any], old: str, new: str) -> None:
    paths[new] = paths.pop(old)


def rename_versions(document: dict[str, Any]) -> None:
    move(schemas(document), "Versions", "VersionsOfAJob")
    fields(document, "JobInfo")["versions"]["anyOf"][0] = {"$ref": "#/components/schemas/VersionsOfAJob"}


BREAKING: dict[str, tuple[Change, str]] = {
    "an operation is removed": (
        lambda doc: doc["paths"].pop("/runtime/job_logs"),
        "operation job_logs is removed",
    ),
    "a path is changed": (
        lambda doc: move(doc["paths"], "/runtime/job_logs", "/runtime/logs"),
        "operation job_logs: the path is changed from /runtime/job_logs to /runtime/logs",
    ),
    "a method is changed": (
        lambda doc: move(doc["paths"]["/runtime/job_delete"], "get", "delete"),
        "operation job_delete: the method is changed from get to delete",
    ),
    "a tag is changed": (
        lambda doc: operation(doc, "job_logs").update(tags=["programs"]),
        "operation job_logs: the tags is changed from ['jobs'] to ['programs']",
    ),
    "security is changed": (
        lambda doc: operation(doc, "job_logs").update(security=[]),
        "operation job_logs: the security is changed from [{'api_token': []}] to []",
    ),
    "the header of the token is renamed": (
        lambda doc: doc["components"]["securitySchemes"]["api_token"].update(name="token"),
        "security scheme api_token is changed",
    ),
    "a parameter is removed": (
        lambda doc: operation(doc, "programs")["parameters"].pop(0),
        "operation programs: query parameter limit is removed",
    ),
    "a parameter becomes required": (
        lambda doc: operation(doc, "programs")["parameters"][0].update(required=True),
        "operation programs: query parameter limit is now required",
    ),
    "a required parameter is added": (
        lambda doc: operation(doc, "job_logs")["parameters"].append(
            {"name": "tail", "in": "query", "required": True, "schema": {"type": "integer"}}
        ),
        "operation job_logs: query parameter tail is now required",
    ),
    "a parameter is narrowed": (
        lambda doc: operation(doc, "programs")["parameters"][0]["schema"].update(minimum=1),
        "operation programs: query parameter limit: minimum is changed from 0 to 1",
    ),
    "a request's body becomes required": (
        lambda doc: operation(doc, "job_logs").update(
            requestBody={"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
        ),
        "operation job_logs: the request's body is now required",
    ),
    "a request's body is removed": (
        lambda doc: operation(doc, "job_cancel").pop("requestBody"),
        "operation job_cancel: the request's body is removed",
    ),
    "a media type is removed": (
        lambda doc: move(doc["components"]["requestBodies"]["Job"]["content"], "application/json", "text/json"),
        "operation job_cancel: request: the media type application/json is removed",
    ),
    "a field of a request is removed": (
        lambda doc: fields(doc, "RunRequest").pop("params"),
        "RunRequest in requests: field params is removed",
    ),
    "a required field is added to a request": (
        lambda doc: schemas(doc)["RunRequest"].update(required=["backend"]),
        "RunRequest in requests: field backend is now required",
    ),
    "a type of a request is narrowed": (
        lambda doc: fields(doc, "RunRequest")["backend"].update(type="string"),
        "RunRequest in requests: field backend: type null is no longer taken",
    ),
    "a number of a request becomes whole": (
        lambda doc: fields(doc, "UploadRequest")["cost"].update(type=["integer", "null"]),
        "UploadRequest in requests: field cost: type number is no longer taken",
    ),
    "an enum of a request is given": (
        lambda doc: fields(doc, "UploadRequest")["name"].update(enum=["bell"]),
        "UploadRequest in requests: field name: other values no longer taken",
    ),
    "a form of a request is removed": (
        lambda doc: schemas(doc)["IsPublic"]["anyOf"].pop(),
        "IsPublic in requests: array is no longer taken",
    ),
    "a form of a request is narrowed": (
        lambda doc: schemas(doc)["IsPublic"]["anyOf"][0].update(maximum=0),
        "IsPublic in requests: integer: maximum is changed from 1 to 0",
    ),
    "the items of a list of a request are narrowed": (
        lambda doc: schemas(doc)["IsPublic"]["anyOf"][-1]["items"]["anyOf"].pop(),
        "IsPublic in requests: array: item: boolean is no longer taken",
    ),
    "other fields of a request are refused": (
        lambda doc: schemas(doc)["JobRequest"].update(additionalProperties=False),
        "JobRequest in requests: other fields are refused now",
    ),
    "other fields of a request are narrowed": (
        lambda doc: schemas(doc)["JobRequest"].update(additionalProperties={"type": "string"}),
        "JobRequest in requests: other fields: type number is no longer taken",
    ),
    "a text of a request gets a pattern": (
        lambda doc: fields(doc, "JobRequest")["job_id"].update(pattern="^[0-9a-f]{32}$"),
        "JobRequest in requests: field job_id: pattern is changed from None to ^[0-9a-f]{32}$",
    ),
    "a default is changed": (
        lambda doc: fields(doc, "RunRequest")["backend"].update(default="local"),
        "RunRequest in requests: field backend: the default is changed from None to 'local'",
    ),
    "an answer is removed": (
        lambda doc: move(operation(doc, "job_logs")["responses"], "200", "202"),
        "operation job_logs: the answer with HTTP status 200 is removed",
    ),
    "a field of an answer is removed": (
        lambda doc: fields(doc, "Program").pop("owner"),
        "Program in answers: field owner is removed",
    ),
    "a required field of an answer becomes optional": (
        lambda doc: schemas(doc)["SubmittedJob"].pop("required"),
        "SubmittedJob in answers: field job_id is no longer always there",
    ),
    "the data of an answer becomes optional": (
        lambda doc: schemas(doc)["RunSuccess"]["allOf"][2].pop("required"),
        "RunSuccess in answers: field data is no longer always there",
    ),
    "a type of an answer is widened": (
        lambda doc: fields(doc, "JobLogs")["logs"].update(type=["string", "null"]),
        "JobLogs in answers: field logs: may now be of type null",
    ),
    "a number of an answer is no longer whole": (
        lambda doc: fields(doc, "JobState")["status"].update(type="number"),
        "JobState in answers: field status: may now be of type number",
    ),
    "the items of a list of an answer are widened": (
        lambda doc: fields(doc, "Capabilities")["features"]["items"].pop("type"),
        "Capabilities in answers: field features: item: may now be of type integer",
    ),
    "the code of success is changed": (
        lambda doc: fields(doc, "SuccessEnvelope")["status"].update(const=0),
        "UploadSuccess in answers: field status: may now be 0",
    ),
    "a failure may have the code of success": (
        lambda doc: fields(doc, "Failure")["code"].pop("not"),
        "Failure in answers: field code: not is changed from {'const': 200} to None",
    ),
    "a failure may be without a code": (
        lambda doc: schemas(doc)["Failure"].pop("allOf"),
        "Failure in answers: no choice of schemas is kept to now",
    ),
    "an answer may be something else": (
        lambda doc: answer(doc, "job_logs")["oneOf"].append({"$ref": "#/components/schemas/Program"}),
        "operation job_logs: answer: may now be Program",
    ),
    "a limit of an answer is loosened": (
        lambda doc: fields(doc, "ProgramsPage")["count"].pop("minimum"),
        "ProgramsPage in answers: field count: minimum is changed from 0 to None",
    ),
    "a schema is renamed": (
        rename_versions,
        "schema Versions is removed",
    ),
}


HARMLESS: dict[str, Change] = {
    "nothing": lambda doc: doc,
    "a text is improved": lambda doc: doc["info"].update(description="Better."),
    "an operation is added": lambda doc: doc["paths"].update(
        {"/runtime/queues": {"get": {**deepcopy(operation(doc, "programs")), "operationId": "queues"}}}
    ),
    "an optional parameter is added": lambda doc: operation(doc, "job_logs")["parameters"].append(
        {"name": "tail", "in": "query", "schema": {"type": "integer"}}
    ),
    "an optional field is added to a request": lambda doc: fields(doc, "RunRequest").update(key={"type": "string"}),
    "a field is added to an answer": lambda doc: fields(doc, "Program").update(size={"type": "integer"}),
    "a request takes more types": lambda doc: fields(doc, "JobRequest")["job_id"].update(type=["string", "integer"]),
    "a request takes more values": lambda doc: schemas(doc)["IsPublic"]["anyOf"].append({"type": "string"}),
    "a field of a request is no longer required": lambda doc: schemas(doc)["JobRequest"].pop("required"),
    "a field of an answer becomes required": lambda doc: schemas(doc)["JobState"]["required"].append("result"),
    "an answer is of fewer types": lambda doc: fields(doc, "JobState")["result"].update(type="string"),
    "an answer is limited more": lambda doc: fields(doc, "ProgramsPage")["count"].update(maximum=1000),
    "a choice of bare types is written as a list of types": lambda doc: fields(doc, "JobLogs")["logs"].update(
        type=["string"]
    ),
}


@pytest.mark.parametrize("kind", BREAKING)
def test_a_breaking_change_is_named(released: dict[str, Any], kind: str) -> None:
    change, name = BREAKING[kind]
    document = deepcopy(released)
    change(document)
    assert name in breaking_changes(released, document)


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_change_that_breaks_nothing_passes(released: dict[str, Any], kind: str) -> None:
    document = deepcopy(released)
    HARMLESS[kind](document)
    assert breaking_changes(released, document) == []


def test_each_pair_of_schemas_is_compared_once_even_where_they_hold_themselves() -> None:
    tree: dict[str, Any] = {"type": "object", "properties": {"left": {"$ref": "#/components/schemas/Tree"}}}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Tree"}}}}
    document = {
        "paths": {"/grow": {"post": {"operationId": "grow", "requestBody": body, "responses": {}}}},
        "components": {"schemas": {"Tree": tree}},
    }
    changed = deepcopy(document)
    changed["components"]["schemas"]["Tree"]["required"] = ["left"]
    assert breaking_changes(document, changed) == ["Tree in requests: field left is now required"]


@pytest.fixture
def releases(tmp_path: Path, released: dict[str, Any]) -> Path:
    """A folder with two released versions, of which the newest is not the last by the alphabet."""
    for version in ("1.9.0", "1.10.0"):
        document = deepcopy(released)
        document["info"]["version"] = version
        if version == "1.9.0":
            fields(document, "Program")["size"] = {"type": "integer", "description": "Was given up."}
        (tmp_path / f"{version}.yaml").write_text(yaml.safe_dump(document), "utf-8")
    return tmp_path


def at(version: str, released: dict[str, Any]) -> dict[str, Any]:
    document = deepcopy(released)
    document["info"]["version"] = version
    return document


def test_a_breaking_change_without_a_new_major_version_fails(released: dict[str, Any], releases: Path) -> None:
    document = at("1.11.0", released)
    fields(document, "SubmittedJob").pop("creation_time")
    name = "breaks 1.10.0 without a new major version: SubmittedJob in answers: field creation_time is removed"
    assert problems(document, releases) == [
        "operation programs_run_deploy: answer: the deployed service has the field creation_time, the document not",
        name,
    ]


def test_a_breaking_change_with_a_new_major_version_passes(released: dict[str, Any], releases: Path) -> None:
    document = at("2.0.0", released)
    fields(document, "JobLogs")["logs"]["type"] = ["string", "null"]
    assert problems(document, releases) == []


def test_a_change_that_breaks_nothing_needs_a_new_version_only(released: dict[str, Any], releases: Path) -> None:
    fields(same := at("1.10.0", released), "Program")["size"] = {"type": "integer", "description": "In bytes."}
    same["info"]["description"] = "Better."
    assert problems(same, releases) == [
        "operation program_update: answer: field size: the deployed service has it, or else `x-extension: true`",
        "operation program: answer: field size: the deployed service has it, or else `x-extension: true`",
        "version 1.10.0 is released, and the document differs from it: raise the version",
        "  /components/schemas/Program/properties/size",
        "  /info/description",
    ]
    assert problems(at("1.10.1", released), releases) == []


def test_a_version_older_than_the_newest_release_fails(released: dict[str, Any], releases: Path) -> None:
    assert problems(at("1.9.1", released), releases) == ["version 1.9.1 is older than the released 1.10.0"]


@pytest.mark.parametrize("version", ["1.10", "1.10.0-rc1", "v1", "01.0.0"])
def test_a_version_that_is_no_version_fails(released: dict[str, Any], releases: Path, version: str) -> None:
    assert problems(at(version, released), releases) == [f"version {version!r} is not MAJOR.MINOR.PATCH"]


def test_a_folder_without_a_release_fails(released: dict[str, Any], tmp_path: Path) -> None:
    assert problems(released, tmp_path) == [f"{tmp_path} holds no released version to compare with"]


def test_a_release_under_another_name_than_its_version_fails(released: dict[str, Any], releases: Path) -> None:
    (releases / "1.9.0.yaml").rename(releases / "1.9.5.yaml")
    found = problems(at("1.10.0", released), releases)
    assert found == ["1.9.5.yaml: the file is not named after its version, 1.9.0"]
