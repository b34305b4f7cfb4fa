"""Running programs through both clients, against a fake of the deployed service, which has no extension."""

import base64
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.programs import RuntimeProgram
from quafu_runtime.service import RuntimeService
from tests.fakes.answers import Answer, envelope, http, page
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, ONCE, call

SOURCE = "def run(task, userpub, params):\n    return params\n"
ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("face", FACES)
def test_a_program_is_run_as_the_deployed_clients_documentation_writes_it(
    service: FakeService, account: Account, face: str
) -> None:
    program_id = service.add_program("hello")

    job = call(face, account, lambda client: client.run(program_id=program_id, params={"TestParam1": "xxxxxx"}))

    assert service.sent("programs_run_deploy")[0].json == {
        "program_id": program_id,
        "program_name": None,
        "params": {"TestParam1": "xxxxxx"},
    }
    assert job.job_id() in service.jobs
    assert (job.program_id(), job.backend, job.params) == (program_id, "testbackend", {"TestParam1": "xxxxxx"})


@pytest.mark.parametrize("face", FACES)
def test_a_program_is_named_by_id_by_name_or_by_itself(service: FakeService, account: Account, face: str) -> None:
    program_id = service.add_program("hello")
    known = RuntimeProgram(program_id=program_id, name="hello")

    for act in (
        lambda client: client.run(program_id),
        lambda client: client.run("hello"),
        lambda client: client.run(name="hello", backend="py_simu"),
        lambda client: client.run(known, [1, 2]),
    ):
        call(face, account, act)

    assert [request.json for request in service.sent("programs_run_deploy")] == [
        {"program_id": program_id, "program_name": None},
        {"program_id": None, "program_name": "hello"},
        {"program_id": None, "program_name": "hello", "backend": "py_simu"},
        {"program_id": program_id, "program_name": None, "params": [1, 2]},
    ]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("as_path", [True, False])
def test_a_file_is_uploaded_under_its_stem_and_hash_and_reused(
    service: FakeService, account: Account, face: str, as_path: bool, tmp_path: Path
) -> None:
    path = tmp_path / "hello.py"
    path.write_text(SOURCE)
    given = path if as_path else str(path)

    for _ in range(2):
        call(face, account, lambda client: client.run(given))
    path.write_text(SOURCE + "# changed\n")
    call(face, account, lambda client: client.run(given))

    names = sorted(one["name"] for one in service.programs.values())
    assert len(names) == 2
    assert all(name.startswith("hello-") and len(name) == len("hello-") + 12 for name in names)
    assert len(service.jobs) == 3
    assert base64.b64decode(service.sent("programs_upload")[0].json["data"]).decode() == SOURCE


def test_a_name_that_looks_like_a_file_and_is_none_is_a_name(service: FakeService, account: Account) -> None:
    service.add_program("somebody/hello.py")

    call("sync", account, lambda client: client.run("somebody/hello.py"))

    assert len(service.jobs) == 1


def test_params_that_json_cannot_hold_are_an_error_that_names_the_key(service: FakeService, account: Account) -> None:
    for params, key in (({"a": [1, b"x"]}, r'params\["a"\]\[1\]'), ({"z": 1j}, r'params\["z"\]')):
        with pytest.raises(errors.InvalidParamsError, match=key):
            call("sync", account, methodcaller("run", ID, params))

    assert service.requests == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("argument", [{"seed": 7}, {"max_execution_time": 10.0}])
@pytest.mark.parametrize("absence", [None, envelope(404, "no such operation"), page("Welcome"), http(405, "no")])
def test_what_a_service_cannot_honour_is_an_error_and_nothing_is_run(
    service: FakeService, account: Account, face: str, argument: dict[str, Any], absence: Answer | None
) -> None:
    service.always("capabilities", absence)

    with pytest.raises(errors.ArgumentError, match=f"cannot honour {next(iter(argument))}="):
        call(face, account, lambda client: client.run(ID, **argument))

    assert service.sent("programs_run_deploy") == []


def test_what_a_service_can_do_is_asked_once(service: FakeService, account: Account) -> None:
    program_id = service.add_program("hello")
    features = ["seed", "max_execution_time", "something new"]
    service.always("capabilities", envelope(200, "ok", {"version": "1.0.0", "features": features}))
    with RuntimeService(account) as client:
        for seed in (0, 2**63 - 1):
            client.run(program_id, seed=seed, max_execution_time=1)
        client.run(program_id)

    assert len(service.sent("capabilities")) == 1
    assert [request.json.get("seed") for request in service.sent("programs_run_deploy")] == [0, 2**63 - 1, None]
    assert service.sent("programs_run_deploy")[0].json["max_execution_time"] == 1.0


def test_an_unsure_answer_about_what_a_service_can_do_is_not_kept(service: FakeService, account: Account) -> None:
    program_id = service.add_program("hello")
    with RuntimeService(account) as client:
        client._client.policy = ONCE
        service.script("capabilities", http(503, "restarting"))
        with pytest.raises(errors.ServiceError, match="restarting"):
            client.run(program_id, seed=1)
        service.script("capabilities", envelope(200, "ok", {"version": "1.0.0", "features": ["seed"]}))
        client.run(program_id, seed=1)

    assert len(service.jobs) == 1


@pytest.mark.parametrize(
    "argument",
    [{"seed": -1}, {"seed": 2**63}, {"seed": 1.0}, {"seed": True}, {"max_execution_time": 0}, {"seed": "1"}],
)
def test_an_ill_formed_option_is_an_argument_error(account: Account, argument: dict[str, Any]) -> None:
    with pytest.raises(errors.ArgumentError, match=next(iter(argument))):
        call("sync", account, lambda client: client.run(ID, **argument))


def test_a_service_takes_an_account_or_a_profile_and_nothing_else() -> None:
    with pytest.raises(errors.ArgumentError, match="not both"):
        RuntimeService(Account("t"), profile="local")
    with pytest.raises(errors.ArgumentError, match="Account"):
        RuntimeService("a token")  # type: ignore[arg-type]
    for timeout in (0, -1, float("inf"), "30", None):
        with pytest.raises(errors.ArgumentError, match="request_timeout"):
            RuntimeService(Account("t"), request_timeout=timeout)  # type: ignore[arg-type]


def test_a_service_uses_the_profile_that_it_is_given(service: FakeService) -> None:
    Account(TOKEN, url=service.url, profile="mine").save()

    with RuntimeService(profile="mine") as client:
        assert client.programs() == []
        assert client.account.profile == "mine"


def test_a_service_without_an_account_says_how_to_give_one_when_it_is_used() -> None:
    client = RuntimeService()

    with pytest.raises(errors.AccountError, match="api_token"):
        client.programs()


def test_no_repr_of_the_client_shows_the_token(service: FakeService, account: Account) -> None:
    program_id = service.add_program("hello")
    with RuntimeService(account) as client:
        job = client.run(program_id)
        for thing in (client, job, client._client, client.account, job.stream):
            assert TOKEN not in repr(thing)
