"""What the error of a job that failed tells, through both clients, against a fake of the deployed service."""

import pickle
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from tests.fakes.answers import envelope, http
from tests.fakes.deployed import CANCELLED, ERROR, RUNNING, TOKEN, FakeService, Job
from tests.fakes.faces import FACES, call

TRACEBACK = (
    'Traceback (most recent call last):\n  File "vqe.py", line 3, in run\n    return 1 / params["zero"]\n'
    "ZeroDivisionError: division by zero\n"
)


def run_and_fail(service: FakeService, account: Account, face: str, params: Any = None, **ended: Any) -> Exception:
    """Run a program, have it fail, and wait for its result."""
    program_id = service.add_program("vqe")

    def end() -> None:
        (job,) = service.jobs.values()
        job.logs = ended.get("logs", "")
        service.end(job, ended.get("status", ERROR), ended.get("traceback", TRACEBACK))

    def sync(client: Any) -> Any:
        client.program("vqe")
        job = client.run(program_id, params=params, allow_secrets=True)
        end()
        return job.result()

    async def awaited(client: Any) -> Any:
        await client.program("vqe")
        job = await client.run(program_id, params=params, allow_secrets=True)
        end()
        return await job.result()

    with pytest.raises(errors.JobError) as caught:
        call(face, account, sync if face == "sync" else awaited)
    return caught.value


@pytest.mark.parametrize("face", FACES)
def test_the_message_has_the_program_its_params_its_last_lines_and_its_traceback(
    service: FakeService, account: Account, face: str
) -> None:
    logs = "".join(f"step {number}\n" for number in range(20))
    error = run_and_fail(service, account, face, {"zero": 0}, logs=logs)

    assert isinstance(error, errors.JobFailedError)
    lines = str(error).splitlines()
    assert lines[0] == f'Job {error.job_id} of program "vqe" failed.'
    assert lines[1] == 'Params: {"zero": 0}'
    assert lines[2] == "The last lines of its log:"
    assert lines[3:13] == [f"    step {number}" for number in range(10, 20)]
    assert lines[13:] == TRACEBACK.splitlines()
    assert (error.traceback, error.logs) == (TRACEBACK, logs.rstrip())
    assert (error.program_name, error.params) == ("vqe", {"zero": 0})
    (job_id,) = service.jobs
    assert error.job_id == job_id
    assert len(service.sent("job_logs")) == 1


@pytest.mark.parametrize("face", FACES)
def test_everything_that_the_error_tells_is_pickled(service: FakeService, account: Account, face: str) -> None:
    error = run_and_fail(service, account, face, {"zero": 0}, logs="before\n")

    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here

    assert vars(twin) == vars(error)
    assert str(twin) == str(error)


@pytest.mark.parametrize("face", FACES)
def test_long_params_and_long_lines_are_shortened_in_the_message_alone(
    service: FakeService, account: Account, face: str
) -> None:
    params = {"angles": list(range(1000))}
    error = run_and_fail(service, account, face, params, logs=f"{'x' * 5000}\n")

    assert isinstance(error, errors.JobFailedError)
    assert max(map(len, str(error).splitlines())) < 400
    assert error.params == params
    assert error.logs == "x" * 5000


@pytest.mark.parametrize("face", FACES)
def test_a_traceback_at_the_end_of_the_log_is_not_told_twice(service: FakeService, account: Account, face: str) -> None:
    error = run_and_fail(service, account, face, logs=f"before\n{TRACEBACK}")

    assert str(error).count("ZeroDivisionError") == 1
    assert "    before" in str(error)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("answer", [http(500, "no logs"), envelope(403, "no", {})], ids=["500", "403"])
def test_a_log_that_cannot_be_had_does_not_hide_the_error(
    service: FakeService, account: Account, face: str, answer: Any
) -> None:
    service.always("job_logs", answer)

    error = run_and_fail(service, account, face, logs="before\n")

    assert isinstance(error, errors.JobFailedError)
    assert "ZeroDivisionError" in str(error)
    assert error.logs == ""


@pytest.mark.parametrize("face", FACES)
def test_a_token_that_a_program_prints_is_not_shown(service: FakeService, account: Account, face: str) -> None:
    error = run_and_fail(
        service, account, face, {"token": TOKEN}, logs=f"{TOKEN}\n", traceback=f"ValueError: {TOKEN}\n"
    )

    assert isinstance(error, errors.JobFailedError)
    assert TOKEN not in f"{error} {error!r} {error.logs} {error.traceback}"


@pytest.mark.parametrize("face", FACES)
def test_params_of_a_job_that_was_run_elsewhere_are_not_made_up(
    service: FakeService, account: Account, face: str
) -> None:
    job = service.add_job()
    service.end(job, ERROR, TRACEBACK)

    with pytest.raises(errors.JobFailedError) as caught:
        call(face, account, lambda client: client.job(job.job_id).result())

    assert "Params" not in str(caught.value)
    assert str(caught.value).startswith(f"Job {job.job_id} failed.\n")


@pytest.mark.parametrize("face", FACES)
def test_a_cancelled_job_shows_what_it_printed_last(service: FakeService, account: Account, face: str) -> None:
    error = run_and_fail(service, account, face, logs="almost there\n", status=CANCELLED, traceback=None)

    assert isinstance(error, errors.JobCancelledError)
    assert "    almost there" in str(error)
    assert error.logs == "almost there\n"


def running(service: FakeService) -> Job:
    job = service.add_job(status=RUNNING)
    job.logs = "still at it\n"
    service.always("get_result_wait", envelope(200, "ok", {"status": RUNNING, "result": None}))
    return job


@pytest.mark.parametrize("face", FACES)
def test_a_time_out_shows_what_the_job_printed_last(service: FakeService, account: Account, face: str) -> None:
    job = running(service)

    with pytest.raises(errors.JobTimeoutError, match="still at it") as caught:
        call(face, account, lambda client: client.job(job.job_id).wait(timeout=1.0))

    assert caught.value.logs == "still at it\n"


@pytest.mark.parametrize("face", FACES)
def test_a_short_time_out_asks_for_no_log(service: FakeService, account: Account, face: str) -> None:
    job = running(service)

    with pytest.raises(errors.JobTimeoutError):
        call(face, account, lambda client: client.job(job.job_id).wait(timeout=0.2))

    assert service.sent("job_logs") == []
