"""Which business code each operation answers, for each way of asking wrongly."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.service_speaker import ECHO, OPERATIONS, SLEEP, Speaker

NOBODY = "0" * 32
DATA = "ZGVmIHJ1bih0YXNrLCB1c2VycHViLCBwYXJhbXMpOgogICAgcGFzcwo="

BAD_ARGUMENTS: list[tuple[str, dict[str, Any], int]] = [
    ("programs_upload", {}, 406),
    ("programs_upload", {"name": "a"}, 406),
    ("programs_upload", {"data": DATA}, 406),
    ("programs_upload", {"name": "", "data": DATA}, 406),
    ("programs_upload", {"name": 1, "data": DATA}, 406),
    ("programs_upload", {"name": "a", "data": "not base64!"}, 406),
    ("programs_upload", {"name": "a", "data": "//79"}, 406),
    ("programs_upload", {"name": "a", "data": DATA, "cost": 0}, 406),
    ("programs_upload", {"name": "a", "data": DATA, "cost": "long"}, 406),
    ("programs_upload", {"name": "a", "data": DATA, "is_public": 2}, 406),
    ("programs_upload", {"name": "\ud800", "data": DATA}, 406),
    ("program_update", {}, 406),
    ("program_update", {"program_id": NOBODY, "cost": -1}, 406),
    ("program_update", {"program_id": NOBODY, "data": "not base64!"}, 406),
    ("program_update", {"program_id": NOBODY}, 404),
    ("program_delete", {}, 404),
    ("program_delete", {"program_id": NOBODY}, 404),
    ("programs", {"limit": "many"}, 405),
    ("programs", {"limit": -1}, 405),
    ("programs", {"limit": 1.5}, 405),
    ("programs", {"offset": -1}, 405),
    ("programs", {"offset": "9" * 30}, 405),
    ("program", {}, 405),
    ("program", {"program_id": "", "name": ""}, 405),
    ("program", {"program_id": NOBODY}, 404),
    ("program", {"name": "nobody's"}, 404),
    ("programs_run_deploy", {}, 404),
    ("programs_run_deploy", {"program_id": None, "program_name": None, "params": 1}, 404),
    ("programs_run_deploy", {"program_id": 7}, 404),
    ("programs_run_deploy", {"program_id": NOBODY}, 404),
    ("programs_run_deploy", {"program_name": "nobody's"}, 404),
    ("programs_run_deploy", {"program_id": NOBODY, "seed": -1}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "seed": 2**63}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "seed": 1.5}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "max_execution_time": 0}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "max_attempts": 0}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "max_attempts": 101}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "label": "x" * 201}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "tags": "x"}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "tags": [""]}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "tags": ["x" * 101]}, 401),
    ("programs_run_deploy", {"program_id": NOBODY, "tags": ["x"] * 21}, 401),
    *[("jobs", {"limit": limit}, 405) for limit in (0, 1001, -1, "many")],
    *[("jobs", {"offset": offset}, 405) for offset in (-1, 1.5)],
    *[("jobs", {"status": status}, 405) for status in (-1, 5, "done")],
    *[("jobs", {"since": since}, 405) for since in ("", "yesterday", "1684000000", "0001-01-01T00:00:00+14:00")],
    *[("job_ledger", {"job_id": NOBODY, "limit": limit}, 404) for limit in (-1, 10_001, "many")],
    *[(operation, {}, 404) for operation in ("job_status", "job_logs", "job_delete", "job_info")],
    *[(operation, {}, 404) for operation in ("job_ledger", "job_inputs")],
    *[(operation, {}, 404) for operation in ("get_result_nowait", "get_result_wait", "job_cancel")],
    *[(operation, {"job_id": 7}, 404) for operation in ("get_result_nowait", "get_result_wait", "job_cancel")],
    *[(operation, {"job_id": NOBODY}, 404) for operation in OPERATIONS if "job_" in operation or "result" in operation],
]

NO_JSON = [b"", b"{", b"\xff", b"[]", b"null", b'{"a": NaN}', b'{"a": Infinity}', b'{"a": 1e999}', b"[" * 100_000]

BAD_BODY = {
    "programs_upload": 406,
    "program_update": 406,
    "programs_run_deploy": 401,
    "get_result_nowait": 404,
    "get_result_wait": 404,
    "job_cancel": 404,
}


@pytest.mark.parametrize(("operation", "arguments", "code"), BAD_ARGUMENTS)
def test_an_argument_that_is_wrong_has_the_code_of_its_operation(
    user: Speaker, operation: str, arguments: dict[str, Any], code: int
) -> None:
    answer = user.call(operation, **arguments)
    assert answer["status"] == code
    assert answer["msg"]


@pytest.mark.parametrize("body", NO_JSON)
@pytest.mark.parametrize(("operation", "code"), BAD_BODY.items())
def test_a_body_that_is_no_strict_json_object_has_the_code_of_its_operation(
    owner: Speaker, operation: str, code: int, body: bytes
) -> None:
    answer = owner.raw("POST", OPERATIONS[operation][0], body)
    assert answer.status == 200
    assert owner.held_against_document(operation, answer.body)["status"] == code


@pytest.mark.parametrize("token", ["", "nobody's", "\xe9"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_bad_token_is_code_201_on_every_operation(owner: Speaker, operation: str, token: str) -> None:
    path, method = OPERATIONS[operation]
    answer = owner.raw(method.upper(), path, b"{}", api_token=token)
    assert answer.status == 200
    assert owner.held_against_document(operation, answer.body)["status"] == 201


def test_the_reason_names_the_argument_and_does_not_repeat_a_large_value(owner: Speaker) -> None:
    answer = owner.call("programs_upload", name=["x" * 100_000], data=DATA)
    assert answer["msg"].startswith("The argument name is not valid")
    assert len(answer["msg"]) < 400


def test_a_name_is_taken_once_for_each_user(user: Speaker, new_user: Callable[..., Any]) -> None:
    user.upload("taken", ECHO)
    assert user.code("programs_upload", name="taken", data=DATA) == 409
    other = user.upload("free", ECHO)
    assert user.code("program_update", program_id=other, name="taken") == 409
    assert user.data("program_update", program_id=other, name="free")["name"] == "free"
    new_user()[1].upload("taken", ECHO)


SOURCES = [
    ("def run(task, userpub, params:\n", "line 1"),
    ("def walk(task, userpub, params):\n    pass\n", "run"),
    ("def run(task, userpub):\n    pass\n", "run"),
    ("async def run(task, userpub, params):\n    pass\n", "async"),
    ("", "run"),
]


@pytest.mark.parametrize(("source", "word"), SOURCES)
def test_a_source_that_cannot_be_run_is_stored_and_refused_when_it_is_to_run(
    user: Speaker, source: str, word: str
) -> None:
    program_id = user.upload("broken", source)
    answer = user.call("programs_run_deploy", program_id=program_id, params=None)
    assert answer["status"] == 405
    assert word in answer["msg"]
    user.call("program_update", program_id=program_id, data=DATA)
    assert user.code("programs_run_deploy", program_id=program_id, params=None) == 200


def test_another_users_job_is_nobody_elses(owner: Speaker, user: Speaker) -> None:
    job_id = user.run(user.upload("mine", ECHO, is_public=1), 1)
    for operation in OPERATIONS:
        if "job_" in operation or "result" in operation:
            changes = operation in {"job_cancel", "job_delete"}
            expected = 403 if changes or operation in {"job_info", "job_ledger", "job_inputs"} else 404
            assert owner.code(operation, job_id=job_id) == expected, operation
    assert user.result(job_id)["status"] == 2


def test_a_private_program_can_be_seen_run_and_changed_by_its_owner_alone(owner: Speaker, user: Speaker) -> None:
    program_id = user.upload("private", ECHO)
    assert owner.code("program", program_id=program_id) == 403
    assert owner.code("program", name="private") == 404
    assert owner.code("programs_run_deploy", program_id=program_id) == 404
    assert owner.code("program_update", program_id=program_id, description="x") == 404
    assert owner.code("program_delete", program_id=program_id) == 404
    assert user.code("program", program_id=program_id) == 200


def test_a_public_program_can_be_seen_and_run_by_all_and_changed_by_its_owner_alone(
    user: Speaker, new_user: Callable[[], tuple[str, Speaker]]
) -> None:
    name, author = new_user()
    program_id = author.upload("shared", ECHO, is_public=True)
    seen = user.data("program", program_id=program_id)
    assert (seen["owner"], seen["is_public"]) == (name, 1)
    assert program_id in [program["program_id"] for program in user.data("programs")["programs"]]
    assert user.result(user.run(program_id, 5))["status"] == 2
    assert user.code("program_update", program_id=program_id, description="x") == 404
    assert user.code("program_delete", program_id=program_id) == 404
    author.call("program_update", program_id=program_id, is_public=[0])
    assert user.code("program", program_id=program_id) == 403
    assert user.code("programs_run_deploy", program_id=program_id) == 404


def test_a_name_means_ones_own_program_first_then_a_public_one(
    user: Speaker, new_user: Callable[[], tuple[str, Speaker]]
) -> None:
    (first_name, first), (second_name, second) = new_user(), new_user()
    theirs = first.upload("common", ECHO, is_public=1)
    assert user.data("program", name="common")["program_id"] == theirs
    others = second.upload("common", ECHO, is_public=1)
    ambiguous = user.call("program", name="common")
    assert ambiguous["status"] == 404
    assert f"{first_name}/common, {second_name}/common" in ambiguous["msg"]
    assert user.code("programs_run_deploy", program_name="common") == 404
    assert user.data("program", name=f"{second_name}/common")["program_id"] == others
    mine = user.upload("common", ECHO)
    assert user.data("program", name="common")["program_id"] == mine
    assert first.data("program", name="common")["program_id"] == theirs
    assert user.data("programs_run_deploy", program_name=f"{first_name}/common")["program_id"] == theirs


def test_an_id_and_a_name_must_agree(user: Speaker) -> None:
    program_id = user.upload("agreed", ECHO)
    user.upload("other", ECHO)
    assert user.data("program", program_id=program_id, name="agreed")["name"] == "agreed"
    assert user.code("program", program_id=program_id, name="other") == 404
    assert user.code("programs_run_deploy", program_id=program_id, program_name="other") == 404


def test_only_a_job_that_has_ended_can_be_deleted_and_only_one_that_has_not_cancelled(user: Speaker) -> None:
    job_id = user.run(user.upload("sleep", SLEEP))
    user.wait_until_asleep(job_id)
    assert user.data("job_delete", job_id=job_id) == {"deleted": False, "status": 1}
    assert user.data("job_cancel", job_id=job_id) == {"status": 3}
    assert user.data("job_cancel", job_id=job_id) == {"status": -1}
    assert user.result(job_id)["status"] == 3
    assert user.data("job_delete", job_id=job_id) == {"deleted": True, "status": 3}
    assert user.code("job_delete", job_id=job_id) == 404


def test_of_those_who_delete_a_job_at_once_one_does_and_the_others_find_none(user: Speaker) -> None:
    program_id = user.upload("short", ECHO)
    for _ in range(3):
        job_id = user.run(program_id)
        user.result(job_id)
        with ThreadPoolExecutor(12) as pool:
            deleting = [pool.submit(user.call, "job_delete", job_id=job_id) for _ in range(12)]
            answers = [call.result() for call in deleting]
        assert sorted(answer["status"] for answer in answers) == [200] + 11 * [404]
        assert [answer["data"]["deleted"] for answer in answers if answer["status"] == 200] == [True]


def test_unknown_arguments_are_passed_over(user: Speaker) -> None:
    program_id = user.upload("extra", ECHO, colour="blue")
    assert user.data("program", program_id=program_id, colour="blue")["name"] == "extra"


def test_params_arrive_as_the_json_value_that_was_sent(user: Speaker) -> None:
    program_id = user.upload("echo", ECHO)
    values: list[Any] = [None, 0, False, "", [], {}, {"a": [1, 2.5, None, "ü\U0001f600"]}, 2**70]
    jobs = [(value, user.run(program_id, value)) for value in values]
    for value, job_id in jobs:
        result = user.result(job_id)
        assert (result["status"], json.loads(result["result"])) == (2, {"result": value})
    half = user.call("programs_run_deploy", program_id=program_id, params="half a surrogate pair: \ud800")
    assert (half["status"], "UTF-8" in half["msg"]) == (401, True)
    absent = str(user.data("programs_run_deploy", program_id=program_id)["job_id"])
    assert json.loads(user.result(absent)["result"]) == {"result": None}


def test_a_page_of_programs_is_the_newest_first_and_counts_all(user: Speaker) -> None:
    before = user.data("programs")["count"]
    ids = [user.upload(f"p{number}", ECHO) for number in range(4)]
    page = user.data("programs", limit=2, offset=1)
    assert [program["program_id"] for program in page["programs"]] == [ids[2], ids[1]]
    assert page["count"] == before + 4
    assert user.data("programs", limit=0)["programs"] == []
    assert all("data" not in program for program in user.data("programs")["programs"])


def test_an_update_changes_what_is_given_and_nothing_else(user: Speaker) -> None:
    program_id = user.upload("changing", ECHO, backend="ScQ-P18", group="g", cost=12, description="d", is_public=1)
    before = user.data("program", program_id=program_id)
    assert user.data("program_update", program_id=program_id) == before
    nothing = user.data("program_update", program_id=program_id, name=None, description=None, cost=None, data=None)
    assert nothing == before
    after = user.data("program_update", program_id=program_id, is_public=False, cost=2.5, name="changed", data=DATA)
    assert after == {**before, "is_public": 0, "cost": 2.5, "name": "changed", "data": DATA}
