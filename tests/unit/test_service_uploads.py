"""Uploads and updates through both clients, against a fake of the deployed service."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.errors import NothingToUpdateWarning, ProgramWarning
from quafu_runtime.programs import RuntimeProgram
from quafu_runtime.service import RuntimeService
from tests.fakes.answers import envelope
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, call

SOURCE = "def run(task, userpub, params):\n    return params\n"


def source_of(request_json: dict[str, Any]) -> str:
    return base64.b64decode(request_json["data"]).decode()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("form", ["text", "str", "Path"])
def test_a_program_is_uploaded_from_its_text_or_from_a_path(
    service: FakeService, face: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account(TOKEN, url=service.url)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "program.py"
    path.write_text(SOURCE)
    data: Any = {"text": SOURCE, "str": str(path), "Path": path}[form]

    program_id = call(face, account, lambda client: client.upload_program(data=data, metadata={"name": "hello"}))

    (request,) = service.sent("programs_upload")
    assert source_of(request.json) == SOURCE
    assert service.programs[program_id]["name"] == "hello"
    assert [one.name for one in tmp_path.iterdir()] == ["program.py"]


@pytest.mark.parametrize("face", FACES)
def test_every_key_of_the_metadata_is_sent(service: FakeService, account: Account, face: str) -> None:
    metadata = {
        "name": "hello",
        "backend": "testbackend",
        "group": "examples",
        "description": "Says hello.",
        "max_execution_time": 600,
        "is_public": True,
    }

    call(face, account, lambda client: client.upload_program(SOURCE, metadata))

    sent = service.sent("programs_upload")[0].json
    del sent["data"]
    assert sent == {
        "name": "hello",
        "backend": "testbackend",
        "group": "examples",
        "description": "Says hello.",
        "cost": 600,
        "is_public": 1,
    }


@pytest.mark.parametrize(("given", "sent"), [({}, 0), ({"is_public": False}, 0), ({"is_public": True}, 1)])
def test_a_program_is_private_unless_it_is_said_to_be_public(
    service: FakeService, account: Account, given: dict[str, Any], sent: int
) -> None:
    call("sync", account, lambda client: client.upload_program(SOURCE, {"name": "hello", **given}))

    assert service.sent("programs_upload")[0].json["is_public"] is sent or (
        service.sent("programs_upload")[0].json["is_public"] == sent
    )


def test_metadata_may_be_a_json_file_and_an_argument_wins_over_it(
    service: FakeService, account: Account, tmp_path: Path
) -> None:
    path = tmp_path / "metadata.json"
    path.write_text(json.dumps({"name": "from the file", "description": "from the file"}))

    call("sync", account, lambda client: client.upload_program(SOURCE, path, name="from the argument"))

    sent = service.sent("programs_upload")[0].json
    assert (sent["name"], sent["description"]) == ("from the argument", "from the file")


def test_nothing_is_sent_where_the_check_finds_errors(service: FakeService, account: Account) -> None:
    with pytest.raises(errors.ProgramNotValidError, match="line 2"):
        call("sync", account, lambda client: client.upload_program("import math\ndef run(:\n    pass\n", {"name": "x"}))

    assert service.requests == []


def test_a_doubtful_program_is_uploaded_with_a_warning_at_the_users_line(
    service: FakeService, account: Account
) -> None:
    source = "import math\ndef run(task, userpub, params):\n    return 1\n"

    with RuntimeService(account) as client, pytest.warns(ProgramWarning, match="math") as caught:
        client.upload_program(source, {"name": "hello"})

    assert caught[0].filename == __file__
    assert len(service.sent("programs_upload")) == 1


@pytest.mark.parametrize(
    ("data", "metadata", "message"),
    [
        (SOURCE, None, "needs a name"),
        (SOURCE, {"nam": "x"}, "did you mean 'name'"),
        ("nowhere.py", {"name": "x"}, "not an existing file"),
        (SOURCE, "nowhere.json", r"nowhere\.json"),
    ],
)
def test_what_cannot_be_uploaded_is_an_argument_error_and_nothing_is_sent(
    service: FakeService, account: Account, data: str, metadata: Any, message: str
) -> None:
    with pytest.raises(errors.ArgumentError, match=message):
        call("sync", account, lambda client: client.upload_program(data, metadata))

    assert service.requests == []


@pytest.mark.parametrize("face", FACES)
def test_an_update_returns_the_whole_program(service: FakeService, account: Account, face: str) -> None:
    program_id = service.add_program("hello")

    updated = call(face, account, lambda client: client.update_program(program_id, description="New."))

    assert isinstance(updated, RuntimeProgram)
    assert (updated.name, updated.description) == ("hello", "New.")
    assert updated["data"] == SOURCE
    assert service.sent("program_update")[0].json == {"program_id": program_id, "description": "New."}


@pytest.mark.parametrize("face", FACES)
def test_an_update_of_the_source_alone_is_sent(service: FakeService, account: Account, face: str) -> None:
    program_id = service.add_program("hello")
    source = SOURCE.replace("params\n", "5\n")

    updated = call(face, account, lambda client: client.update_program(program_id=program_id, data=source))

    assert source_of(service.sent("program_update")[0].json) == source
    assert updated.data == source


def test_a_single_argument_wins_over_the_same_key_of_the_metadata(service: FakeService, account: Account) -> None:
    program_id = service.add_program("hello")
    metadata = {"description": "from the metadata", "group": "from the metadata"}

    call(
        "sync",
        account,
        lambda client: client.update_program(program_id, metadata=metadata, description="from the argument"),
    )

    sent = service.sent("program_update")[0].json
    assert (sent["description"], sent["group"]) == ("from the argument", "from the metadata")


@pytest.mark.parametrize("public", [True, False])
def test_an_update_of_is_public_is_sent_as_a_number(service: FakeService, account: Account, public: bool) -> None:
    program_id = service.add_program("hello", is_public=int(not public))

    updated = call("sync", account, lambda client: client.update_program(program_id, is_public=public))

    assert service.sent("program_update")[0].json["is_public"] == int(public)
    assert updated.is_public is public


@pytest.mark.parametrize("face", FACES)
def test_nothing_to_update_is_a_warning_and_no_request(service: FakeService, account: Account, face: str) -> None:
    program_id = service.add_program("hello")

    with pytest.warns(NothingToUpdateWarning, match=program_id):
        known = call(face, account, lambda client: client.update_program(program_id, metadata={}))

    assert known.program_id == program_id
    assert service.requests == []


OTHER = "def run(task, userpub, params):\n    return 2\n"


@pytest.mark.parametrize("face", FACES)
def test_an_upload_reuses_a_program_with_the_same_source(service: FakeService, account: Account, face: str) -> None:
    first = call(face, account, lambda client: client.upload_program(SOURCE, name="hello", if_exists="reuse"))
    again = call(face, account, lambda client: client.upload_program(SOURCE, name="hello", if_exists="reuse"))

    assert again == first
    assert len(service.programs) == 1
    assert service.sent("program_update") == []


@pytest.mark.parametrize("face", FACES)
def test_an_upload_reuses_no_program_with_another_source_and_says_what_to_do(
    service: FakeService, account: Account, face: str
) -> None:
    call(face, account, lambda client: client.upload_program(SOURCE, name="hello"))

    with pytest.raises(errors.DuplicateProgramError, match='if_exists="update"') as caught:
        call(face, account, lambda client: client.upload_program(OTHER, name="hello", if_exists="reuse"))

    assert caught.value.code == 409
    assert source_of(next(iter(service.programs.values()))) == SOURCE


@pytest.mark.parametrize("face", FACES)
def test_an_upload_updates_the_source_and_the_metadata_that_is_given(
    service: FakeService, account: Account, face: str
) -> None:
    first = call(face, account, lambda client: client.upload_program(SOURCE, name="hello", group="g"))

    def upload(client: Any) -> Any:
        return client.upload_program(OTHER, name="hello", description="New.", if_exists="update")

    assert call(face, account, upload) == first
    program = service.programs[first]
    assert (source_of(program), program["group"], program["description"]) == (OTHER, "g", "New.")


def test_whether_a_program_exists_is_what_the_service_says_to_the_upload(
    service: FakeService, account: Account
) -> None:
    call("sync", account, lambda client: client.upload_program(SOURCE, name="hello", if_exists="update"))

    assert [request.operation for request in service.requests] == ["programs_upload"]


def test_a_program_that_is_deleted_in_between_is_uploaded_after_all(service: FakeService, account: Account) -> None:
    service.script("programs_upload", envelope(409, "hello exists"))

    program_id = call("sync", account, lambda client: client.upload_program(SOURCE, name="hello", if_exists="reuse"))

    assert service.programs[program_id]["name"] == "hello"
    assert len(service.sent("programs_upload")) == 2


def test_an_unknown_word_for_if_exists_is_refused_before_anything_is_sent(
    service: FakeService, account: Account
) -> None:
    with pytest.raises(errors.ArgumentError, match="if_exists"):
        call("sync", account, lambda client: client.upload_program(SOURCE, name="hello", if_exists="replace"))
    assert service.requests == []


@pytest.mark.parametrize("face", FACES)
def test_a_program_of_the_service_is_checked_and_dry_run_by_its_name(
    service: FakeService, account: Account, face: str
) -> None:
    program_id = call(face, account, lambda client: client.upload_program(SOURCE, name="hello"))

    assert call(face, account, lambda client: client.check_program("hello")).name == "hello"
    assert call(face, account, lambda client: client.check_program(SOURCE, target="cloud")).ok
    assert call(face, account, lambda client: client.dry_run(program_id, {"a": 1})).result == {"a": 1}
    assert len(service.sent("program")) == 2
    with pytest.raises(errors.ProgramNotFoundError):
        call(face, account, lambda client: client.check_program("nothing"))


@pytest.mark.parametrize("face", FACES)
def test_what_is_here_is_checked_and_dry_run_without_an_account(face: str) -> None:
    assert call(face, Account(), lambda client: client.check_program(SOURCE)).ok
    assert call(face, Account(), lambda client: client.dry_run(SOURCE, {"a": 1})).result == {"a": 1}
