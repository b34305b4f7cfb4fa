"""Lookups, lists and deletions of programs through both clients, against a fake of the deployed service."""

import base64
import warnings
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.programs import ProgramList
from quafu_runtime.service import RuntimeService
from tests.fakes.answers import envelope, hang_up, http
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import FACES, QUICK, call

SOURCE = "def run(task, userpub, params):\n    return params\n"


def source_of(request_json: dict[str, Any]) -> str:
    return base64.b64decode(request_json["data"]).decode()


@pytest.mark.parametrize("face", FACES)
def test_a_program_is_looked_up_by_its_id_or_by_its_name(service: FakeService, account: Account, face: str) -> None:
    program_id = service.add_program("hello")
    for act in (
        lambda client: client.program(program_id),
        lambda client: client.program("hello"),
        lambda client: client.program(program_id=program_id),
        lambda client: client.program(name="hello", refresh=False),
    ):
        found = call(face, account, act)
        assert (found.program_id, found.name, found.data) == (program_id, "hello", SOURCE)

    assert [request.query for request in service.requests] == [
        {"program_id": program_id},
        {"name": "hello"},
        {"program_id": program_id},
        {"name": "hello"},
    ]


def test_a_program_that_was_found_by_its_name_is_not_found_by_another(service: FakeService, account: Account) -> None:
    first, second = service.add_program("first"), service.add_program("second")
    with RuntimeService(account) as client:
        assert client.program(name="first").program_id == first
        assert client.program(name="second").program_id == second
        assert client.program(name="first").program_id == first
        with pytest.raises(errors.ProgramNotFoundError):
            client.program(name="third")

    assert len(service.sent("program")) == 3


def test_a_program_is_asked_for_again_after_a_change_or_where_that_is_wanted(
    service: FakeService, account: Account
) -> None:
    program_id = service.add_program("hello")
    with RuntimeService(account) as client:
        client.program("hello")
        client.program("hello")
        assert len(service.sent("program")) == 1
        client.program("hello", refresh=True)
        assert len(service.sent("program")) == 2
        client.update_program(program_id, description="New.")
        assert client.program("hello").description == "New."
        client.delete_program(program_id)
        with pytest.raises(errors.ProgramNotFoundError):
            client.program("hello")
        client.upload_program(SOURCE, {"name": "hello"})
        assert client.program("hello").program_id != program_id


def test_another_account_in_the_same_object_sees_nothing_of_the_first(
    service: FakeService,
) -> None:
    with fake_service() as other:
        first, second = service.add_program("hello"), other.add_program("hello")
        Account(TOKEN, url=other.url).save()
        account = Account(TOKEN, url=service.url)
        with RuntimeService(account) as client:
            assert client.program("hello").program_id == first
            account.load_account()
            assert client.program("hello").program_id == second


@pytest.mark.parametrize("face", FACES)
def test_a_program_that_is_not_found_names_those_that_there_are(
    service: FakeService, account: Account, face: str
) -> None:
    for name in ("hello", "bell", "vqe-h2"):
        service.add_program(name)

    for act in (
        lambda client: client.program("vqe-h3"),
        lambda client: client.run("vqe-h3"),
        lambda client: client.update_program("vqe-h3", description="x"),
        lambda client: client.delete_program("vqe-h3"),
    ):
        with pytest.raises(errors.ProgramNotFoundError, match=r"Programs of yours .*: vqe-h2, hello, bell\."):
            call(face, account, act)


def test_a_list_of_many_names_is_cut(service: FakeService, account: Account) -> None:
    for number in range(30):
        service.add_program(f"program-{number}")

    with pytest.raises(errors.ProgramNotFoundError, match="and 22 more"):
        call("sync", account, lambda client: client.program("nothing-like-it"))


def test_the_names_are_left_out_where_they_cannot_be_had(service: FakeService, account: Account) -> None:
    service.always("programs", http(500, "out of order"))

    with pytest.raises(errors.ProgramNotFoundError, match=r'^Program "x" not found'):
        call("sync", account, lambda client: client.program("x"))


@pytest.mark.parametrize(
    "arguments",
    [{}, {"program": "a", "name": "b"}, {"program": "a", "program_id": "b"}, {"name": ""}, {"program": 5}],
)
def test_a_program_that_is_not_named_or_twice_is_an_argument_error(account: Account, arguments: dict[str, Any]) -> None:
    with pytest.raises(errors.ArgumentError):
        call("sync", account, lambda client: client.program(**arguments))
    with pytest.raises(errors.ArgumentError):
        call("sync", account, lambda client: client.run(**arguments))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    ("limit", "skip", "numbers"),
    [
        (None, 0, range(250)),
        (None, 240, range(240, 250)),
        (10, 0, range(10)),
        (150, 20, range(20, 170)),
        (500, 0, range(250)),
        (5, 400, range(0)),
    ],
)
def test_pages_are_put_together(service: FakeService, face: str, limit: int | None, skip: int, numbers: range) -> None:
    account = Account(TOKEN, url=service.url)
    for number in range(250):
        service.add_program(f"program-{number}")

    found = call(face, account, lambda client: client.programs(limit=limit, skip=skip))

    assert isinstance(found, ProgramList)
    assert [one.name for one in found] == [f"program-{number}" for number in numbers]
    assert found.total == 250


def test_a_limit_of_one_call_is_not_that_of_the_next(service: FakeService, account: Account) -> None:
    for number in range(5):
        service.add_program(f"program-{number}")
    with RuntimeService(account) as client:
        assert [len(client.programs(limit=limit)) for limit in (2, 4, None, 0)] == [2, 4, 5, 0]
        service.add_program("one more")
        assert len(client.programs(refresh=False)) == 6


@pytest.mark.parametrize("count", [None, 30])
def test_a_service_with_small_pages_or_without_a_count_is_read_to_its_end(
    service: FakeService, account: Account, count: int | None
) -> None:
    listed = [{"program_id": f"{number:032x}", "name": f"program-{number}"} for number in range(30)]

    def small_page(handler: Any) -> None:
        offset = int(handler.path.partition("offset=")[2])
        size = 7 if count is not None else 100
        envelope(200, "ok", {"programs": listed[offset : offset + size], **({"count": count} if count else {})})(
            handler
        )

    service.always("programs", small_page)

    assert len(call("sync", account, lambda client: client.programs())) == 30


def test_a_service_that_passes_over_nothing_is_not_asked_for_ever(service: FakeService, account: Account) -> None:
    full = [{"program_id": f"{number:032x}", "name": f"program-{number}"} for number in range(100)]
    service.always("programs", envelope(200, "ok", {"programs": full, "count": 100_000}))

    assert len(call("sync", account, lambda client: client.programs())) == 100
    assert len(service.sent("programs")) == 2


def test_a_service_that_gives_more_than_was_asked_for_is_cut_to_the_limit(
    service: FakeService, account: Account
) -> None:
    full = [{"program_id": f"{number:032x}", "name": f"program-{number}"} for number in range(100)]
    service.always("programs", envelope(200, "ok", {"programs": full, "count": 100}))

    assert len(call("sync", account, lambda client: client.programs(limit=5))) == 5


def test_ones_own_program_takes_the_place_of_a_public_one_of_the_same_name_once_it_is_uploaded(
    service: FakeService, account: Account
) -> None:
    public = {"program_id": "f" * 32, "name": "hello", "owner": "somebody else"}
    service.script("program", envelope(200, "ok", public))
    with RuntimeService(account) as client:
        assert client.program("hello").owner == "somebody else"
        own = client.upload_program(SOURCE, {"name": "hello"})
        assert client.program("hello").program_id == own


@pytest.mark.parametrize("arguments", [{"limit": -1}, {"limit": "5"}, {"skip": -1}, {"skip": None}, {"limit": True}])
def test_a_bad_limit_or_skip_is_an_argument_error(account: Account, arguments: dict[str, Any]) -> None:
    with pytest.raises(errors.ArgumentError):
        call("sync", account, lambda client: client.programs(**arguments))


@pytest.mark.parametrize("face", FACES)
def test_listing_prints_the_deployed_clients_format_and_returns_nothing(
    service: FakeService, account: Account, face: str, capsys: pytest.CaptureFixture[str]
) -> None:
    program_id = service.add_program("hello", description="Says hello.")

    assert call(face, account, lambda client: client.list_programs()) is None

    rule = "-" * 50
    assert capsys.readouterr().out == (f"{rule}\nprogram_id:{program_id}\n -Name: hello\n -Description: Says hello.\n")


def test_listing_prints_twenty_programs_unless_it_is_told_otherwise(
    service: FakeService, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(25):
        service.add_program(f"program-{number}")
    with RuntimeService(account) as client:
        client.list_programs()
        assert capsys.readouterr().out.count("program_id:") == 20
        client.list_programs(refresh=True, detailed=True, limit=None, skip=1)
        out = capsys.readouterr().out
        assert out.count("program_id:") == 24
        assert " -Backend: testbackend" in out


def test_an_empty_list_prints_nothing(account: Account, capsys: pytest.CaptureFixture[str]) -> None:
    call("sync", account, lambda client: client.list_programs())

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("face", FACES)
def test_a_program_is_deleted(service: FakeService, account: Account, face: str) -> None:
    program_id = service.add_program("hello")

    assert call(face, account, lambda client: client.delete_program(program_id)) is None

    assert service.programs == {}


@pytest.mark.parametrize("face", FACES)
def test_a_deletion_whose_answer_was_lost_is_no_missing_program(
    service: FakeService, account: Account, face: str
) -> None:
    program_id = service.add_program("hello")

    def deleted_and_hung_up(handler: Any) -> None:
        service.programs.clear()
        hang_up(handler)

    service.script("program_delete", deleted_and_hung_up)

    assert call(face, account, lambda client: client.delete_program(program_id), policy=QUICK) is None
    with pytest.raises(errors.ProgramNotFoundError):
        call(face, account, lambda client: client.delete_program(program_id), policy=QUICK)


def test_the_library_prints_nothing_else(
    service: FakeService, account: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with RuntimeService(account) as client:
            program_id = client.upload_program(SOURCE, {"name": "hello"})
            client.update_program(program_id, description="x")
            client.programs()
            job = client.run(program_id)
            service.end(service.jobs[job.job_id()], result='"x"')
            job.result()
            job.logs()
            job.delete()
            client.delete_program(program_id)

    assert capfd.readouterr() == ("", "")
