"""A service that goes away and comes back while somebody waits for a job."""

import threading

import pytest
from attrs import evolve

from quafu_runtime import errors
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.account import Account
from tests.fakes.answers import hang_up
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import FACES, QUICK, call
from tests.fakes.world import everything, meanwhile, one_running_job

PATIENT = RetryPolicy(first_window=0.05, longest_window=0.2, waiting_tries=200, alive_after=0.02)
AWAY = [hang_up] * (2 * QUICK.tries)
"""What comes in place of answers, for longer than a call bears that waits for no job."""

BEARS_IT = evolve(QUICK, waiting_tries=3 * QUICK.tries)


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
        after = FakeService(port, job)
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
def test_following_a_log_bears_a_service_that_is_away(face: str) -> None:
    with fake_service() as service:
        job = service.add_job()
        job.logs = "before\n"

        def go_away() -> None:
            service.wait_for("job_logs", 1)
            service.script("job_status", *AWAY)
            service.script("job_logs", *AWAY)
            job.logs += "after\n"
            service.end(job)

        thread = meanwhile(go_away)
        account = Account(TOKEN, url=service.url)
        pieces = call(face, account, lambda client: everything(client.job(job.job_id).stream_logs()), policy=BEARS_IT)
        thread.join(20.0)

        assert "".join(pieces) == "before\nafter\n"
        assert len(service.sent("job_logs")) == len(AWAY) + 2


@pytest.mark.parametrize("face", FACES)
def test_the_log_that_ends_the_events_bears_a_service_that_is_away(face: str) -> None:
    with one_running_job() as world:
        world.job.logs = "all of it\n"
        world.service.script("job_logs", *AWAY)

        def end() -> None:
            world.streams.wait_for_reader(world.job.job_id)
            world.end()

        thread = meanwhile(end)
        job_id = world.job.job_id
        events = call(face, world.account, lambda client: everything(client.job(job_id).events()), policy=BEARS_IT)
        thread.join(20.0)

        assert [event.data for event in events] == ["all of it\n"]


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
