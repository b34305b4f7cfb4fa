"""A service that goes away and comes back while somebody waits for a job."""

import threading

import pytest

from quafu_runtime import errors
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.account import Account
from tests.fakes.answers import hang_up
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, QUICK, call

PATIENT = RetryPolicy(first_window=0.05, longest_window=0.2, waiting_tries=200, alive_after=0.02)


@pytest.mark.parametrize("face", FACES)
def test_waiting_bears_a_restart_of_the_service(face: str) -> None:
    before = FakeService()
    job = before.add_job()
    restarted: list[FakeService] = []

    def restart() -> None:
        before.wait_for("get_result_wait", 1)
        port = before.port
        threading.Event().wait(2 * PATIENT.alive_after)  # as long as a wait that had been going well
        before.close()
        after = FakeService(port)
        after.jobs[job.job_id] = job
        after.end(job, result='"after the restart"')
        restarted.append(after)

    thread = threading.Thread(target=restart)
    thread.start()
    try:
        account = Account(TOKEN, url=before.url)
        result = call(face, account, lambda client: client.job(job.job_id).result(timeout=30.0), policy=PATIENT)
    finally:
        thread.join(20.0)
        for service in restarted:
            service.close()

    assert result == "after the restart"


@pytest.mark.parametrize("face", FACES)
def test_waiting_for_a_service_that_was_never_there_ends_soon(face: str) -> None:
    gone = FakeService()
    url = gone.url
    gone.close()

    with pytest.raises(errors.ConnectionFailedError, match="cannot be reached"):
        call(face, Account(TOKEN, url=url), lambda client: client.job("j").result(), policy=QUICK)


@pytest.mark.parametrize("face", FACES)
def test_waiting_for_a_service_that_hangs_up_at_once_is_not_for_ever(face: str) -> None:
    service = FakeService()
    service.always("get_result_wait", hang_up)
    try:
        with pytest.raises(errors.ConnectionFailedError, match="closed the connection"):
            call(face, Account(TOKEN, url=service.url), lambda client: client.job("j").result(), policy=QUICK)
    finally:
        service.close()

    assert len(service.sent("get_result_wait")) == QUICK.tries
