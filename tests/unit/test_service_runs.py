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
from tests.fakes.answers import Answer, envelope, hang_up, http, page
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, ONCE, QUICK, call

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


@pytest.mark.parametrize("face", FACES)
def test_a_file_is_found_in_another_folder_from_home_and_in_the_working_directory(
    service: FakeService, account: Account, face: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "programs").mkdir()
    path = home / "programs" / "hello.py"
    path.write_text(SOURCE)
    (home / "programs" / "no_suffix").write_text(SOURCE)
    monkeypatch.chdir(home / "programs")

    texts = ("hello.py", "./hello.py", "../programs/hello.py", str(path), "~/programs/hello.py")
    for given in (*texts, path, Path("hello.py"), Path("~/programs/hello.py")):
        call(face, account, methodcaller("run", given))
    call(face, account, lambda client: client.run("./no_suffix"))

    names = sorted(one["name"].rpartition("-")[0] for one in service.programs.values())
    assert names == ["hello", "no_suffix"]
    assert len(service.jobs) == 9


@pytest.mark.parametrize("face", FACES)
def test_a_name_that_is_a_file_too_is_the_file_and_with_name_the_program(
    service: FakeService, account: Account, face: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = service.add_program("hello.py")
    plain = service.add_program("hello")
    (tmp_path / "hello.py").write_text(SOURCE)
    (tmp_path / "hello").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)

    ran = [
        call(face, account, act).program_id()
        for act in (
            lambda client: client.run("hello.py"),
            lambda client: client.run(name="hello.py"),
            lambda client: client.run("hello"),
        )
    ]

    assert ran[0] not in {both, plain}
    assert ran[1:] == [both, plain]


@pytest.mark.parametrize("face", FACES)
def test_neither_a_program_nor_a_file_is_an_error_that_says_both(
    service: FakeService, account: Account, face: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.add_program("hello")
    monkeypatch.chdir(tmp_path)

    with pytest.raises(errors.ProgramNotFoundError) as raised:
        call(face, account, lambda client: client.run("helo.py"))

    assert "Programs of yours and public ones: hello." in str(raised.value)
    assert f"There is no file {tmp_path / 'helo.py'} either." in str(raised.value)
    with pytest.raises(errors.ProgramNotFoundError) as raised:
        call(face, account, lambda client: client.run("helo"))
    assert "file" not in str(raised.value)


@pytest.mark.parametrize("face", FACES)
def test_a_path_that_cannot_be_read_is_an_argument_error_and_nothing_is_sent(
    service: FakeService, account: Account, face: str, tmp_path: Path
) -> None:
    (tmp_path / "latin.py").write_bytes(b"# \xe9\n")
    for given in (tmp_path / "absent.py", tmp_path, tmp_path / "latin.py", str(tmp_path / "latin.py")):
        with pytest.raises(errors.ArgumentError, match="The program"):
            call(face, account, methodcaller("run", given))
    assert service.requests == []


@pytest.mark.parametrize("name", ["x" * 5000 + ".py", "a\0b.py", "~nobody-has-this-name/a.py", "a/" + "b" * 300])
def test_what_can_be_no_path_is_a_name(service: FakeService, account: Account, name: str) -> None:
    service.add_program(name)

    call("sync", account, lambda client: client.run(name))

    assert len(service.jobs) == 1


def test_a_file_is_uploaded_once_however_often_it_is_run(
    service: FakeService, account: Account, tmp_path: Path
) -> None:
    path = tmp_path / "hello.py"
    path.write_text(SOURCE)
    with RuntimeService(account) as client:
        for _ in range(3):
            client.run(path)
        assert len(service.sent("programs_upload")) == 1
        service.programs.clear()
        job = client.run(path)
    assert len(service.sent("programs_upload")) == 2
    assert job.program_id() in service.programs


@pytest.mark.parametrize("face", FACES)
def test_every_run_and_upload_has_a_key_of_its_own_or_the_one_that_is_given(
    service: FakeService, account: Account, face: str
) -> None:
    call(face, account, lambda client: client.upload_program(SOURCE, name="hello"))
    for _ in range(2):
        call(face, account, lambda client: client.run("hello"))
    call(face, account, lambda client: client.run("hello", idempotency_key="mine-1"))

    runs = [request.headers["idempotency-key"] for request in service.sent("programs_run_deploy")]
    keys = [service.sent("programs_upload")[0].headers["idempotency-key"], *runs]
    assert len(set(keys)) == 4
    assert all(len(key) == 32 for key in keys[:3])
    assert keys[3] == "mine-1"


@pytest.mark.parametrize("face", FACES)
def test_a_lost_answer_is_no_uncertain_submission_where_the_service_takes_keys(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("hello")
    offered = {"version": "1.1.0", "features": ["idempotency_key"]}
    service.always("capabilities", envelope(200, "ok", offered))
    service.script("programs_run_deploy", hang_up)

    call(face, account, lambda client: client.run("hello"), policy=QUICK)

    sent = service.sent("programs_run_deploy")
    assert len(sent) == 2
    assert len({request.headers["idempotency-key"] for request in sent}) == 1
    assert sent[0].json == sent[1].json


@pytest.mark.parametrize("face", FACES)
def test_a_lost_answer_is_an_uncertain_submission_elsewhere_and_says_where_to_look(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("hello")
    service.script("programs_run_deploy", hang_up)

    with pytest.raises(errors.SubmitUncertain, match=r"service\.jobs\(\).*idempotency_key=\"k\""):
        call(face, account, lambda client: client.run("hello", idempotency_key="k"), policy=QUICK)

    assert len(service.sent("programs_run_deploy")) == 1


@pytest.mark.parametrize("face", FACES)
def test_label_and_tags_are_sent_to_a_service_that_has_them_and_to_no_other(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("hello")
    call(face, account, lambda client: client.run("hello", label="mine", tags=["a"]))
    service.always("capabilities", envelope(200, "ok", {"version": "1.1.0", "features": ["tags"]}))
    call(face, account, lambda client: client.run("hello", label="mine", tags=["a", "b", "a"]))
    call(face, account, lambda client: client.run("hello", tags=("b",)))
    call(face, account, lambda client: client.run("hello"))

    sent = [request.json for request in service.sent("programs_run_deploy")]
    assert [(one.get("label"), one.get("tags")) for one in sent] == [
        (None, None),
        ("mine", ["a", "b"]),
        (None, ["b"]),
        (None, None),
    ]
    assert "label" not in sent[3]


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
@pytest.mark.parametrize("argument", [{"seed": 7}, {"max_execution_time": 10.0}, {"max_attempts": 2}])
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
    features = ["seed", "max_execution_time", "max_attempts", "something new"]
    service.always("capabilities", envelope(200, "ok", {"version": "1.0.0", "features": features}))
    with RuntimeService(account) as client:
        for seed in (0, 2**63 - 1):
            client.run(program_id, seed=seed, max_execution_time=1, max_attempts=3)
        client.run(program_id)

    assert len(service.sent("capabilities")) == 1
    assert [request.json.get("seed") for request in service.sent("programs_run_deploy")] == [0, 2**63 - 1, None]
    assert service.sent("programs_run_deploy")[0].json["max_execution_time"] == 1.0
    assert [request.json.get("max_attempts") for request in service.sent("programs_run_deploy")] == [3, 3, None]


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
    [
        *[{"seed": value} for value in (-1, 2**63, 1.0, True, "1")],
        {"max_execution_time": 0},
        *[{"max_attempts": value} for value in (0, -1, 101, 1.0, True, "2")],
        *[{"label": value} for value in ("", " ", 7, "x" * 201, "\ud800", ["a"])],
        *[{"tags": value} for value in ("a", 7, [""], ["x" * 101], [7], [str(n) for n in range(21)], ["\udfff"])],
        *[{"idempotency_key": value} for value in ("", "a b", "é", "x" * 201, 7, "a\nb")],
    ],
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
