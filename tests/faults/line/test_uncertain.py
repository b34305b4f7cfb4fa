"""A submission whose answer is lost at a service without idempotency keys: never sent twice, and what to look for."""

import copy
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from quafu_runtime.account import Account
from quafu_runtime.errors import SubmitUncertain
from tests.fakes.answers import Answer, cut_off, hang_up, http
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import FACES, QUICK, call

SOURCE = "def run(task, userpub, params):\n    return 1\n"
A_SECOND = timedelta(seconds=1)


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as fake:
        fake.add_program("hello")
        yield fake


@pytest.fixture
def account(service: FakeService) -> Account:
    return Account(TOKEN, url=service.url)


@pytest.mark.parametrize(
    "answer", [hang_up, cut_off('{"status": 200, "da', 500), http(502, "bad gateway"), http(504, "late")]
)
@pytest.mark.parametrize("face", FACES)
def test_a_run_says_which_job_to_look_for(service: FakeService, account: Account, face: str, answer: Answer) -> None:
    service.script("programs_run_deploy", answer)
    before = datetime.now(UTC)

    with pytest.raises(SubmitUncertain) as caught:
        call(face, account, lambda client: client.run("hello", backend="ScQ-P10", idempotency_key="k"), policy=QUICK)

    error = caught.value
    assert len(service.sent("programs_run_deploy")) == 1
    assert (error.program, error.backend, error.idempotency_key) == ("hello", "ScQ-P10", "k")
    assert error.submitted_at is not None
    assert before - A_SECOND <= error.submitted_at <= datetime.now(UTC)
    for said in ('"hello"', '"ScQ-P10"', f"{error.submitted_at:%Y-%m-%d %H:%M:%S} UTC", "service.jobs()", "web site"):
        assert said in error.message


def test_a_run_on_the_programs_own_backend_says_so(service: FakeService, account: Account) -> None:
    service.script("programs_run_deploy", hang_up)

    with pytest.raises(SubmitUncertain, match="on the program's own backend") as caught:
        call("sync", account, lambda client: client.run("hello"), policy=QUICK)

    assert caught.value.backend is None
    assert caught.value.idempotency_key


@pytest.mark.parametrize("face", FACES)
def test_an_upload_says_how_to_look_for_the_program(service: FakeService, account: Account, face: str) -> None:
    service.script("programs_upload", hang_up)

    with pytest.raises(SubmitUncertain, match=r'service\.program\(name="new"\)') as caught:
        call(face, account, lambda client: client.upload_program(SOURCE, name="new"), policy=QUICK)

    assert len(service.sent("programs_upload")) == 1
    assert caught.value.program == "new"


def test_the_error_travels_between_processes(service: FakeService, account: Account) -> None:
    service.script("programs_run_deploy", hang_up)
    with pytest.raises(SubmitUncertain) as caught:
        call("sync", account, lambda client: client.run("hello"), policy=QUICK)

    for again in (_pickled(caught.value), copy.copy(caught.value)):
        assert str(again) == str(caught.value)
        assert again.submitted_at == caught.value.submitted_at
        assert again.idempotency_key == caught.value.idempotency_key


def _pickled(error: SubmitUncertain) -> SubmitUncertain:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - what was pickled here
    assert isinstance(again, SubmitUncertain)
    return again
