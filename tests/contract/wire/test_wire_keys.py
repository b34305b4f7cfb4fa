"""Idempotency keys: what is sent twice is done once."""

import base64
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.contract.wire.keyed import call_keyed
from tests.service_speaker import ECHO, Speaker

DATA = base64.b64encode(ECHO.encode()).decode()
RUN = "programs_run_deploy"
UPLOAD = "programs_upload"

_keys = (f"key-{number}" for number in itertools.count())


def test_a_run_that_is_asked_for_twice_makes_one_job(user: Speaker) -> None:
    program_id, key = user.upload("echo", ECHO), next(_keys)
    first = call_keyed(user, RUN, key, program_id=program_id, params={"a": 1, "b": 2}, seed=4)
    again = call_keyed(user, RUN, key, seed=4, params={"b": 2, "a": 1}, program_id=program_id)
    assert again == first
    assert user.data("jobs")["count"] == 1


def test_an_upload_that_is_asked_for_twice_stores_one_program(user: Speaker) -> None:
    key = next(_keys)
    first = call_keyed(user, UPLOAD, key, name="once", data=DATA)
    assert call_keyed(user, UPLOAD, key, name="once", data=DATA) == first
    assert call_keyed(user, UPLOAD, next(_keys), name="once", data=DATA)["status"] == 409
    assert [program["name"] for program in user.data("programs")["programs"]].count("once") == 1


@pytest.mark.parametrize(
    "other", [{"params": 2}, {"params": 1, "seed": 1}, {"params": True}, {"params": 1, "label": "x"}, {"params": "1"}]
)
def test_a_key_that_came_with_another_request_is_refused(user: Speaker, other: dict[str, Any]) -> None:
    program_id, key = user.upload("echo", ECHO), next(_keys)
    made = call_keyed(user, RUN, key, program_id=program_id, params=1)
    refused = call_keyed(user, RUN, key, program_id=program_id, **other)
    assert refused["status"] == 409
    assert "key" in refused["msg"]
    assert call_keyed(user, RUN, key, program_id=program_id, params=1) == made


def test_a_key_of_an_upload_is_none_of_a_run(user: Speaker) -> None:
    program_id, key = user.upload("echo", ECHO), next(_keys)
    both = {"name": "other", "data": DATA, "program_id": program_id}
    assert call_keyed(user, UPLOAD, key, **both)["status"] == 200
    assert call_keyed(user, RUN, key, **both)["status"] == 409
    assert user.data("jobs")["count"] == 0


def test_two_users_may_have_the_same_key(user: Speaker, new_user: Callable[[], tuple[str, Speaker]]) -> None:
    key, other = next(_keys), new_user()[1]
    first = call_keyed(user, UPLOAD, key, name="same", data=DATA)["data"]["id"]
    assert call_keyed(other, UPLOAD, key, name="same", data=DATA)["data"]["id"] != first


def test_what_was_refused_uses_no_key_up(user: Speaker) -> None:
    key = next(_keys)
    assert call_keyed(user, RUN, key, program_name="later")["status"] == 404
    user.upload("later", ECHO)
    assert call_keyed(user, RUN, key, program_name="later")["status"] == 200


def test_a_run_is_told_of_again_although_its_program_and_its_job_are_gone(user: Speaker) -> None:
    program_id, key = user.upload("gone", ECHO), next(_keys)
    first = call_keyed(user, RUN, key, program_id=program_id)
    job_id = first["data"]["job_id"]
    user.result(job_id)
    assert user.data("job_delete", job_id=job_id)["deleted"]
    assert user.code("program_delete", program_id=program_id) == 200
    assert call_keyed(user, RUN, key, program_id=program_id) == first
    assert user.data("jobs")["count"] == 0


@pytest.mark.parametrize(("operation", "code"), [(RUN, 401), (UPLOAD, 406)])
@pytest.mark.parametrize("key", ["", "two words", "k" * 201, "schlüssel"])
def test_a_key_that_is_none_is_refused(user: Speaker, operation: str, code: int, key: str) -> None:
    assert call_keyed(user, operation, key, name="n", data=DATA, program_name="n")["status"] == code


@pytest.mark.parametrize("operation", [RUN, UPLOAD])
def test_one_key_makes_one_thing_however_many_ask_at_once(user: Speaker, operation: str) -> None:
    program_id, askers = user.upload("echo", ECHO), 8
    for round_number in range(5):
        key, together = next(_keys), threading.Barrier(askers)

        def ask(_number: int, key: str = key, together: threading.Barrier = together, n: int = round_number) -> str:
            together.wait()
            arguments = {"program_id": program_id} if operation == RUN else {"name": f"at once {n}", "data": DATA}
            data = call_keyed(user, operation, key, **arguments)["data"]
            return str(data.get("job_id", data.get("id")))

        with ThreadPoolExecutor(askers) as pool:
            assert len(set(pool.map(ask, range(askers)))) == 1
    made = user.data("jobs")["count"] if operation == RUN else len(user.data("programs")["programs"]) - 1
    assert made >= 5
    assert user.data("jobs")["count"] == (5 if operation == RUN else 0)
