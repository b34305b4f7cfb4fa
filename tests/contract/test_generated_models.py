"""The generated models: every body gets the right class or is refused, and no field is lost."""

import copy
import pickle
import subprocess
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quafu_runtime_api import models
from quafu_runtime_api.api.jobs import job_logs, programs_run_deploy
from quafu_runtime_api.api.programs import program, program_delete, program_update, programs, programs_upload
from quafu_runtime_api.errors import MalformedBody
from quafu_runtime_api.models import (
    DeleteSuccess,
    Failure,
    JobRequest,
    Program,
    RunRequest,
    RunSuccess,
    SubmittedJob,
    UpdateRequest,
    UploadRequest,
)
from quafu_runtime_api.types import UNSET

from openapi.document import DOCUMENT, load, operations, resolve, whole

CONTRACT = load(DOCUMENT)
OPERATIONS = {each.name: each for each in operations(CONTRACT)}
SCHEMAS = CONTRACT["components"]["schemas"]
OBJECTS = [name for name, schema in SCHEMAS.items() if schema.get("type") == "object" or "allOf" in schema]


def module(name: str) -> ModuleType:
    return import_module(f"quafu_runtime_api.api.{OPERATIONS[name].body['tags'][0]}.{name}")


def answers() -> list[tuple[str, str, dict[str, Any]]]:
    """Every example of an answer: its operation, its name, its body."""
    return [
        (name, example, resolve(CONTRACT, node)["value"])
        for name, operation in OPERATIONS.items()
        for example, node in operation.body["responses"]["200"]["content"]["application/json"]["examples"].items()
    ]


@pytest.mark.parametrize(("name", "example", "body"), answers())
def test_every_example_of_an_answer_gets_the_right_class_and_comes_back(
    name: str, example: str, body: dict[str, Any]
) -> None:
    answer = module(name).parse(body)
    succeeded = 200 in (body.get("status"), body.get("code"))
    assert isinstance(answer, Failure) is not succeeded, example
    assert answer.to_dict() == body
    assert answer.additional_properties == {}


def requests() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for operation in OPERATIONS.values():
        if "requestBody" in operation.body:
            content = resolve(CONTRACT, operation.body["requestBody"])["content"]["application/json"]
            schema = content["schema"]["$ref"].rpartition("/")[2]
            found += [(schema, each["value"]) for each in content["examples"].values()]
    return found


@pytest.mark.parametrize(("schema", "body"), requests())
def test_every_example_of_a_request_comes_back(schema: str, body: dict[str, Any]) -> None:
    model = getattr(models, schema).from_dict(body)
    assert model.to_dict() == body
    assert model.additional_properties == {}


@pytest.mark.parametrize("name", OBJECTS)
def test_every_field_of_the_contract_is_a_field_of_its_class(name: str) -> None:
    merged = whole(CONTRACT, SCHEMAS[name])
    # A name that Python has already gets an underscore behind it.
    fields = {each.name.rstrip("_"): each.default for each in attrs.fields(getattr(models, name))}
    assert set(fields) == {*merged["properties"], "additional_properties"}
    assert {each for each, default in fields.items() if default is attrs.NOTHING} == set(merged["required"])


JOB = {"job_id": "j"}
MALFORMED: dict[str, object] = {
    "no code": {"msg": "success", "data": JOB},
    "nothing": {},
    "null codes": {"status": None, "code": None, "data": JOB},
    "one null code": {"status": None, "code": 404},
    "success without data": {"status": 200, "msg": "success"},
    "success without data, newer": {"code": 200},
    "success with null data": {"status": 200, "data": None},
    "success with a list of pairs as data": {"status": 200, "data": [["job_id", "j"]]},
    "success with text as data": {"status": 200, "data": "j"},
    "success without the one field that counts": {"status": 200, "data": {"status": 0}},
    "codes differ, success first": {"status": 200, "code": 404, "data": JOB},
    "codes differ, failure first": {"status": 404, "code": 200, "data": JOB},
    "codes differ, both failures": {"status": 404, "code": 405},
    "a list": [{"status": 200, "data": JOB}],
    "a text": "success",
    "null": None,
    "a number": 200,
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_body_is_refused(kind: str) -> None:
    with pytest.raises(MalformedBody, match=r"^The body is no "):
        programs_run_deploy.parse(MALFORMED[kind])


def test_a_malformed_body_says_why_it_is_none_of_the_classes() -> None:
    with pytest.raises(MalformedBody) as caught:
        programs_run_deploy.parse({"status": 200, "msg": "success"})
    assert str(caught.value) == (
        "The body is no RunSuccess, since 'data' is missing, and no Failure, since status is 200."
    )


@pytest.mark.parametrize(
    "body",
    [
        {"status": 200, "data": JOB},
        {"code": 200, "data": JOB},
        {"status": 200, "code": 200, "data": JOB, "msg": "a", "message": "b"},
    ],
)
def test_success_is_told_by_either_code(body: dict[str, Any]) -> None:
    answer = programs_run_deploy.parse(body)
    assert isinstance(answer, RunSuccess)
    assert answer.data == SubmittedJob(job_id="j")


@given(code=st.integers().filter(lambda code: code != 200), data=st.sampled_from([{}, {"data": JOB}]))
def test_every_other_code_is_a_failure_with_data_or_without(code: int, data: dict[str, Any]) -> None:
    for codes in ({"status": code}, {"code": code}, {"status": code, "code": code}):
        answer = programs_run_deploy.parse({**codes, **data})
        assert isinstance(answer, Failure)
        assert code in (answer.status, answer.code)


def test_201_is_a_failure_and_200_as_text_is_one_too() -> None:
    assert isinstance(programs_upload.parse({"status": 201, "data": {"id": "p"}}), Failure)
    assert isinstance(programs_upload.parse({"status": "200", "data": {"id": "p"}}), Failure)


def test_only_the_deletion_of_a_program_succeeds_without_data() -> None:
    assert isinstance(program_delete.parse({"code": 200}), DeleteSuccess)
    for name in OPERATIONS.keys() - {"program_delete"}:
        with pytest.raises(MalformedBody, match="'data' is missing"):
            module(name).parse({"code": 200})


def test_fields_that_the_contract_does_not_know_are_kept() -> None:
    body = {"status": 200, "data": {**JOB, "queue": 7}, "trace": "t"}
    answer = programs_run_deploy.parse(body)
    assert isinstance(answer, RunSuccess)
    assert answer.additional_properties == {"trace": "t"}
    assert answer.data.additional_properties == {"queue": 7}
    assert answer.to_dict() == body


@pytest.mark.parametrize("time", [{}, {"finish_time": None}, {"finish_time": "Wed, 10 May 2023 19:21:02 GMT"}])
def test_the_moment_of_the_end_may_be_absent_null_or_text(time: dict[str, str | None]) -> None:
    result = models.JobResult.from_dict({"status": 1, "result": None, **time})
    assert result.finish_time == time.get("finish_time", UNSET)


@pytest.mark.parametrize("status", [0, 4, 5, -1])
def test_a_status_that_nobody_knows_is_handed_on(status: int) -> None:
    answer = job_logs.parse({"status": 200, "data": {"status": status, "logs": ""}})
    assert answer.to_dict()["data"] == {"status": status, "logs": ""}


@pytest.mark.parametrize("is_public", [0, 1, True, False, [1], [False], None])
def test_is_public_goes_out_as_it_was_given(is_public: int | list[bool | int] | None) -> None:
    sent = UpdateRequest(program_id="p", is_public=is_public).to_dict()["is_public"]
    assert sent == is_public
    assert type(sent) is type(is_public)


@pytest.mark.parametrize("params", [None, 1, "a", [1, {"b": None}], {"a": [True]}])
def test_params_may_be_any_json_and_null_is_not_absent(params: object) -> None:
    assert RunRequest(program_id=None, params=params).to_dict() == {"program_id": None, "params": params}
    assert RunRequest(program_name="p").to_dict() == {"program_name": "p"}


def test_unset_survives_pickling_and_copying() -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(UNSET, protocol)) is UNSET  # noqa: S301 - our own bytes
    assert copy.copy(UNSET) is UNSET
    assert copy.deepcopy(UNSET) is UNSET
    request = pickle.loads(pickle.dumps(RunRequest(program_id="p")))  # noqa: S301 - our own bytes
    assert request.to_dict() == {"program_id": "p"}
    assert repr(UNSET) == "UNSET"
    assert not UNSET


def test_a_malformed_body_and_an_unexpected_status_survive_pickling() -> None:
    from quafu_runtime_api.errors import UnexpectedStatus

    for error in (MalformedBody("The body is no JSON."), UnexpectedStatus(520, b"<html>")):
        assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes


def test_the_models_are_there_without_httpx() -> None:
    code = "import sys, quafu_runtime_api.models; print('httpx' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_package_has_the_names_that_it_lists_and_no_others() -> None:
    import quafu_runtime_api

    assert all(hasattr(quafu_runtime_api, name) for name in quafu_runtime_api.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Clients'"):
        _ = quafu_runtime_api.Clients  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]


def test_what_is_built_is_what_the_deployed_client_sends() -> None:
    headers = {"Content-Type": "application/json;charset=UTF-8"}
    assert programs.build(limit=20, offset=0) == {
        "method": "get",
        "url": "/runtime/programs",
        "params": {"limit": 20, "offset": 0},
        "headers": headers,
    }
    assert program.build(name="hello")["params"] == {"name": "hello"}
    assert program_delete.build(program_id="p") == {
        "method": "delete",
        "url": "/runtime/program_delete",
        "params": {"program_id": "p"},
        "headers": headers,
    }
    assert program_update.build(body=UpdateRequest(program_id="p", cost=60)) == {
        "method": "post",
        "url": "/runtime/program_update",
        "json": {"program_id": "p", "cost": 60},
        "headers": headers,
    }


def test_an_idempotency_key_goes_out_as_a_header() -> None:
    request = RunRequest(program_id="p")
    assert programs_run_deploy.build(body=request, idempotency_key="k")["headers"]["Idempotency-Key"] == "k"
    assert "Idempotency-Key" not in programs_run_deploy.build(body=request)["headers"]


def test_every_operation_builds_its_own_path_and_method() -> None:
    arguments: dict[str, dict[str, Any]] = {
        "programs_upload": {"body": UploadRequest(name="n", data="")},
        "program_update": {"body": UpdateRequest(program_id="p")},
        "program_delete": {"program_id": "p"},
        "programs_run_deploy": {"body": RunRequest()},
        **{name: {"body": JobRequest(job_id="j")} for name in ("get_result_nowait", "get_result_wait", "job_cancel")},
        **{name: {"job_id": "j"} for name in ("job_status", "job_logs", "job_delete", "job_info")},
        **{name: {"job_id": "j"} for name in ("job_ledger", "job_inputs")},
    }
    for name, operation in OPERATIONS.items():
        built = module(name).build(**arguments.get(name, {}))
        assert (built["url"], built["method"]) == (operation.path, operation.method)


def test_a_program_may_have_little_and_nulls() -> None:
    body = {"program_id": "p", "name": "n", "description": None, "backend": None, "cost": None, "owner": None}
    assert Program.from_dict(body).to_dict() == body
