"""The other calls of a job through both clients, against a fake of the deployed service."""

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeJob
from quafu_runtime.job import JobExit, RuntimeJob
from quafu_runtime.status import JobStatus
from tests.fakes.answers import envelope, hang_up
from tests.fakes.deployed import CANCELLED, DONE, ERROR, QUEUED, RUNNING, TOKEN, FakeService
from tests.fakes.faces import FACES, QUICK, call, of_job

SOURCE = "def run(task, userpub, params):\n    return params\n"
ID = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("face", FACES)
def test_a_status_is_one_with_the_deployed_clients_text(service: FakeService, account: Account, face: str) -> None:
    texts = {}
    for code in (QUEUED, RUNNING, DONE, CANCELLED, ERROR):
        job = service.add_job(status=code)
        status = call(face, account, of_job(job.job_id, "status"))
        done = call(face, account, of_job(job.job_id, "done"))
        texts[status.value] = done

    assert texts == {
        "In queue": False,
        "Actively running": False,
        "Done": True,
        "Cancelled": True,
        "Error": True,
    }


@pytest.mark.parametrize("face", FACES)
def test_logs_are_what_the_program_printed(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    job.logs = "Hello World! {'TestParam1': 'xxxxxx'}\nSleep 10...\n"

    assert call(face, account, lambda client: client.job(job.job_id).logs()) == job.logs


@pytest.mark.parametrize("face", FACES)
def test_cancelling_returns_the_status_after_it(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()

    assert call(face, account, lambda client: client.job(job.job_id).cancel()) is JobStatus.CANCELLED


@pytest.mark.parametrize("face", FACES)
def test_cancelling_a_job_that_has_ended_says_so(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    service.end(job)

    with pytest.raises(errors.JobStateError, match=r"Job already finished\.") as caught:
        call(face, account, lambda client: client.job(job.job_id).cancel())

    assert caught.value.job_id == job.job_id


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_goes_on_although_it_was_cancelled_is_another_error(
    service: FakeService, account: Account, face: str
) -> None:
    job = service.add_job()
    service.script("job_cancel", envelope(200, "ok", {"status": -1}))

    with pytest.raises(errors.JobStateError, match="could not be cancelled"):
        call(face, account, lambda client: client.job(job.job_id).cancel())


@pytest.mark.parametrize("face", FACES)
def test_a_cancellation_whose_answer_was_lost_is_understood(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()

    def cancelled_and_hung_up(handler: Any) -> None:
        service.end(job, CANCELLED, None)
        hang_up(handler)

    service.script("job_cancel", cancelled_and_hung_up)

    cancelled = call(face, account, lambda client: client.job(job.job_id).cancel(), policy=QUICK)
    assert cancelled is JobStatus.CANCELLED


@pytest.mark.parametrize("face", FACES)
def test_deleting_is_judged_by_the_services_answer(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()

    assert call(face, account, lambda client: client.job(job.job_id).delete()) is False
    service.end(job)
    assert call(face, account, lambda client: client.job(job.job_id).delete()) is True
    with pytest.raises(errors.JobNotFoundError, match=job.job_id):
        call(face, account, lambda client: client.job(job.job_id).delete())


@pytest.mark.parametrize("face", FACES)
def test_a_deletion_whose_answer_was_lost_is_no_missing_job(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()

    def deleted_and_hung_up(handler: Any) -> None:
        service.jobs.clear()
        hang_up(handler)

    service.script("job_delete", deleted_and_hung_up)

    assert call(face, account, lambda client: client.job(job.job_id).delete(), policy=QUICK) is True


@pytest.mark.parametrize("face", FACES)
def test_info_of_a_service_that_says_little_has_the_rest_from_the_run(
    service: FakeService, account: Account, face: str
) -> None:
    program_id = service.add_program("hello")

    def act(client: Any) -> Any:
        job = client.run(program_id)
        if not inspect.isawaitable(job):
            return job.info()

        async def awaited() -> Any:
            return await (await job).info()

        return awaited()

    info = call(face, account, act)

    assert (info.status, info.program_id, info.backend) == (JobStatus.QUEUED, program_id, "testbackend")
    assert (info.seed, info.engine, info.versions, info.created_at, info.finished_at) == (None, None, {}, None, None)


@pytest.mark.parametrize("face", FACES)
def test_info_of_a_service_that_says_more_has_it_all(service: FakeService, account: Account, face: str) -> None:
    service.always("capabilities", envelope(200, "ok", {"version": "1.0.0", "features": ["job_info"]}))
    described = {
        "job_id": ID,
        "program_id": "p",
        "program_name": "hello",
        "backend": "local",
        "status": 2,
        "seed": 7,
        "engine": "statevector",
        "versions": {"python": "3.11.7", "pyquafu": "0.4.5", "numpy": None},
        "max_execution_time": 3600,
        "attempt": 1,
        "runs": 2,
        "max_attempts": 3,
        "creation_time": "2026-05-10T19:20:40.000001Z",
        "start_time": "2026-05-10T21:20:41.5+02:00",
        "finish_time": None,
        "assigned_time": "2026-05-10T19:20:41Z",
        "label": "first",
        "tags": ["a", "b"],
        "exit": {"kind": "killed", "code": None, "signal": 9},
    }
    service.script("job_info", envelope(200, "ok", described), envelope(200, "ok", {**described, "seed": "7"}))

    info = call(face, account, lambda client: client.job(ID).info())

    assert (info.program_name, info.seed, info.engine, info.attempt) == ("hello", 7, "statevector", 1)
    assert (info.runs, info.max_attempts) == (2, 3)
    assert info.versions == {"python": "3.11.7", "pyquafu": "0.4.5"}
    assert info.created_at == datetime(2026, 5, 10, 19, 20, 40, 1, UTC)
    assert info.started_at == datetime(2026, 5, 10, 19, 20, 41, 500_000, UTC)
    assert info.finished_at is None
    assert info.assigned_at == datetime(2026, 5, 10, 19, 20, 41, tzinfo=UTC)
    assert (info.label, info.tags, info.exit) == ("first", ("a", "b"), JobExit("killed", None, 9))
    with pytest.raises(errors.MalformedAnswerError, match="seed"):
        call(face, account, lambda client: client.job(ID).info())


@pytest.mark.parametrize(
    ("field", "value"),
    [("tags", "a"), ("tags", [1]), ("label", 5), ("exit", {"kind": 5}), ("exit", {"kind": "killed", "signal": "9"})],
)
def test_a_field_of_info_that_is_none_of_its_kind_is_malformed(
    service: FakeService, account: Account, field: str, value: Any
) -> None:
    service.always("capabilities", envelope(200, "ok", {"version": "1.1.0", "features": ["job_info"]}))
    service.script("job_info", envelope(200, "ok", {"job_id": ID, "status": 2, field: value}))

    with pytest.raises(errors.MalformedAnswerError, match=field):
        call("sync", account, of_job(ID, "info"))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Wed, 10 May 2023 19:20:51 GMT", datetime(2023, 5, 10, 19, 20, 51, tzinfo=UTC)),
        ("2023-05-10T19:20:51Z", datetime(2023, 5, 10, 19, 20, 51, tzinfo=UTC)),
        ("2023-05-10T21:20:51.25+02:00", datetime(2023, 5, 10, 19, 20, 51, 250_000, tzinfo=UTC)),
        ("2023-05-10 19:20:51", datetime(2023, 5, 10, 19, 20, 51, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_read_from_either_form_and_is_utc(
    service: FakeService, account: Account, written: str | None, moment: datetime | None
) -> None:
    service.script("job_status", envelope(200, "ok", {"status": 2, "finished_time": written}))

    assert call("sync", account, lambda client: client.job(ID).info()).finished_at == moment


def test_a_moment_that_is_none_is_malformed(service: FakeService, account: Account) -> None:
    service.script("job_status", envelope(200, "ok", {"status": 2, "finished_time": "yesterday"}))

    with pytest.raises(errors.MalformedAnswerError, match="yesterday"):
        call("sync", account, lambda client: client.job(ID).info())


@pytest.mark.parametrize("job_id", ["", " ", "a b", "a\nb", "ä", None, 5])
@pytest.mark.parametrize("kind", [RuntimeJob, AsyncRuntimeJob])
def test_a_job_id_that_is_none_is_an_argument_error(account: Account, job_id: Any, kind: type) -> None:
    with pytest.raises(errors.ArgumentError, match="job_id"):
        kind(job_id, account)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("echo", [TOKEN, f"{'x' * 40}{TOKEN}{'x' * 40}", [TOKEN], {"a": TOKEN}])
def test_a_token_in_an_ill_formed_field_is_not_shown(
    service: FakeService, account: Account, face: str, echo: object
) -> None:
    service.script("job_status", envelope(200, "ok", {"status": 2, "finished_time": echo}))

    with pytest.raises(errors.MalformedAnswerError, match="finished_time") as caught:
        call(face, account, of_job(ID, "info"))

    assert TOKEN not in f"{caught.value!r} {caught.value} {caught.value.args}"
