"""Every operation of the document, and the WebSocket, for everybody who may come: a new operation needs a row here."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import frozen
from websockets.exceptions import InvalidStatus

from quafu_runtime.server.auth import revoke_user
from quafu_runtime.server.settings import Settings
from tests.service_speaker import ECHO, OPERATIONS, ServiceProcess, Speaker

DATA = base64.b64encode(ECHO.encode()).decode()
NOBODYS_ID = "0" * 32
EVENTS = "quafu-runtime.events.v1"


@frozen
class Things:
    """What one user has: a private and a public program, and a job of each that has ended."""

    private: str
    public: str
    private_job: str
    public_job: str


def _nothing(_thing: str) -> dict[str, Any]:
    return {}


def _job(job_id: str) -> dict[str, Any]:
    return {"job_id": job_id}


def _program(program_id: str) -> dict[str, Any]:
    return {"program_id": program_id}


@frozen
class Row:
    """What an operation answers.

    Attributes:
        arguments: Its arguments, made of the id of the thing that it is about.
        kind: What that is: a program, a job, or nothing of anybody's.
        others: The code for everybody else, where the thing is private.
        readers: The code for everybody else, where the program is public.
    """

    arguments: Callable[[str], dict[str, Any]]
    kind: str
    others: int
    readers: int


TABLE = {
    "programs_upload": Row(lambda _: {"name": "mine", "data": DATA}, "nothing", 200, 200),
    "program_update": Row(lambda id_: {"program_id": id_, "description": "changed"}, "program", 404, 404),
    "program_delete": Row(_program, "program", 404, 404),
    "programs": Row(_nothing, "nothing", 200, 200),
    "program": Row(_program, "program", 403, 200),
    "capabilities": Row(_nothing, "nothing", 200, 200),
    "programs_run_deploy": Row(_program, "program", 404, 200),
    "get_result_nowait": Row(_job, "job", 404, 404),
    "get_result_wait": Row(_job, "job", 404, 404),
    "job_status": Row(_job, "job", 404, 404),
    "job_logs": Row(_job, "job", 404, 404),
    "job_cancel": Row(_job, "job", 403, 403),
    "job_delete": Row(_job, "job", 403, 403),
    "job_info": Row(_job, "job", 403, 403),
    "jobs": Row(_nothing, "nothing", 200, 200),
    "job_ledger": Row(_job, "job", 403, 403),
    "job_inputs": Row(_job, "job", 403, 403),
}


@pytest.fixture
def author(user: Speaker) -> Speaker:
    return user


@pytest.fixture
def things(author: Speaker) -> Things:
    private, public = author.upload("private", ECHO), author.upload("public", ECHO, is_public=1)
    jobs = [author.run(program, "secret") for program in (private, public)]
    for job_id in jobs:
        author.result(job_id)
    return Things(private, public, *jobs)


@pytest.fixture
def without_a_token(service: ServiceProcess, new_user: Callable[[], tuple[str, Speaker]]) -> dict[str, Speaker]:
    """Those whom nobody knows, or knows no more."""
    name, revoked = new_user()
    revoke_user(Settings(data_dir=service.data_dir), name)
    token = revoked.token
    tokens = {"none": "", "revoked": token, "wrong": "f" * 64, "cut": token[:-1], "longer": token + "0"}
    return {whose: Speaker(revoked.url, revoked.ws_url, token) for whose, token in tokens.items()}


def _of(things: Things, kind: str, *, public: bool) -> str:
    return {
        "program": things.public if public else things.private,
        "job": things.public_job if public else things.private_job,
    }.get(kind, "")


def test_every_operation_of_the_document_has_its_row() -> None:
    assert set(TABLE) == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_sees_and_touches_what_is_ones_own_and_what_is_public(
    operation: str, owner: Speaker, author: Speaker, things: Things, without_a_token: dict[str, Speaker]
) -> None:
    row = TABLE[operation]
    for public, expected in ((False, row.others), (True, row.readers)):
        arguments = row.arguments(_of(things, row.kind, public=public))
        for stranger in without_a_token.values():
            assert stranger.code(operation, **arguments) == 201
        assert owner.code(operation, **{**arguments, **({"name": f"mine{public}"} if "name" in arguments else {})}) == (
            expected
        )
    assert author.data("program", program_id=things.private)["description"] == ""
    assert author.status(things.private_job) == 2
    for public in (False, True):
        arguments = row.arguments(_of(things, row.kind, public=public))
        if "name" in arguments:
            arguments["name"] = f"mine{public}"
        assert author.code(operation, **arguments) == 200


@pytest.mark.parametrize("operation", [name for name, row in TABLE.items() if row.others == 404])
def test_what_is_somebody_elses_is_not_told_from_what_is_not_there(
    operation: str, owner: Speaker, things: Things
) -> None:
    row = TABLE[operation]
    theirs, nobodys = (
        owner.call(operation, **row.arguments(id_)) for id_ in (_of(things, row.kind, public=False), NOBODYS_ID)
    )
    assert json.loads(json.dumps(theirs).replace(_of(things, row.kind, public=False), NOBODYS_ID)) == nobodys


def test_the_name_of_somebody_elses_program_cannot_be_guessed(owner: Speaker, things: Things) -> None:
    for operation in ("program", "programs_run_deploy"):
        named = "name" if operation == "program" else "program_name"
        right, wrong = (
            owner.call(operation, program_id=things.private, **{named: name}) for name in ("private", "another")
        )
        assert right == wrong


@pytest.mark.parametrize("subprotocol", [None, EVENTS])
def test_a_stream_is_its_owners(
    subprotocol: str | None, owner: Speaker, author: Speaker, things: Things, without_a_token: dict[str, Speaker]
) -> None:
    def status(speaker: Speaker, job_id: str) -> int:
        try:
            with speaker.listen(job_id, subprotocol=subprotocol):
                return 101
        except InvalidStatus as refused:
            return int(json.loads(refused.response.body)["status"])

    for job_id in (things.private_job, things.public_job):
        assert status(author, job_id) == 101
        assert status(owner, job_id) == 403
        assert [status(stranger, job_id) for stranger in without_a_token.values()] == [401] * 5
    assert status(owner, NOBODYS_ID) == 404


def test_lists_have_ones_own_and_what_is_public(owner: Speaker, author: Speaker, things: Things) -> None:
    def programs(speaker: Speaker) -> set[str]:
        return {program["program_id"] for program in speaker.data("programs")["programs"]}

    def jobs(speaker: Speaker) -> set[str]:
        return {job["job_id"] for job in speaker.data("jobs")["jobs"]}

    assert programs(author) >= {things.private, things.public}
    assert programs(owner) & {things.private, things.public} == {things.public}
    assert jobs(author) == {things.private_job, things.public_job}
    assert not jobs(owner) & jobs(author)


def test_an_idempotency_key_is_its_users_alone(owner: Speaker, author: Speaker) -> None:
    path, _ = OPERATIONS["programs_upload"]
    body = json.dumps({"name": "keyed", "data": DATA}).encode()
    ids = {
        json.loads(speaker.raw("POST", path, body, **{"Idempotency-Key": "one"}).body)["data"]["id"]
        for speaker in (owner, author, owner, author)
    }
    assert len(ids) == 2


def test_ids_tell_nothing(author: Speaker, things: Things) -> None:
    more = [author.run(things.private) for _ in range(8)]
    ids = [things.private, things.public, things.private_job, things.public_job, *more]
    assert all(len(id_) == 32 and int(id_, 16) >= 0 for id_ in ids)
    # Each of 31 free digits has its own value in nearly each of the twelve, as only chance has it.
    assert all(len({id_[place] for id_ in ids}) > 2 for place in range(32) if place not in {12, 16})
