"""Jobs that are cancelled when a block is left, through both clients, against a fake of the deployed service."""

from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from tests.fakes.answers import envelope, http
from tests.fakes.deployed import CANCELLED, DONE, RUNNING, FakeService
from tests.fakes.faces import FACES, call


def leave(face: str, account: Account, job_id: str, inside: Any = None) -> Any:
    """Enter the block of a job, do something there, and leave it."""

    def sync(client: Any) -> Any:
        with client.job(job_id).cancel_on_exit() as job:
            return inside and inside(job)

    async def awaited(client: Any) -> Any:
        async with client.job(job_id).cancel_on_exit() as job:
            return inside and inside(job)

    return call(face, account, sync if face == "sync" else awaited)


def fail(_job: Any) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("face", FACES)
def test_leaving_the_block_cancels_the_job(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()

    assert leave(face, account, job.job_id, lambda job: job.job_id()) == job.job_id

    assert job.status == CANCELLED


@pytest.mark.parametrize("face", FACES)
def test_an_exception_cancels_the_job_and_goes_on(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()

    with pytest.raises(KeyboardInterrupt):
        leave(face, account, job.job_id, fail)

    assert job.status == CANCELLED


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_has_ended_is_left_as_it_is(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()

    leave(face, account, job.job_id, lambda _: service.end(job))

    assert job.status == DONE


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_is_gone_is_no_error(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()

    leave(face, account, job.job_id, lambda _: service.jobs.clear())


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_cannot_be_cancelled_is_said_to_go_on(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job(status=RUNNING)
    service.always("job_cancel", envelope(200, "ok", {"status": -1}))

    with pytest.raises(errors.JobStateError, match="could not be cancelled"):
        leave(face, account, job.job_id)


@pytest.mark.parametrize("face", FACES)
def test_a_cancellation_that_fails_is_noted_on_the_exception(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    service.always("job_cancel", http(500, "out of order"))

    with pytest.raises(KeyboardInterrupt) as caught:
        leave(face, account, job.job_id, fail)

    (note,) = caught.value.__notes__
    assert f"Job {job.job_id} was to be cancelled here" in note
