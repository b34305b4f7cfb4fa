"""Live logs through both clients, at a service that does not stream them."""

import threading
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime._client.log_pieces import LogPieces
from quafu_runtime.account import Account
from tests.fakes.deployed import DONE, FakeService
from tests.fakes.faces import FACES, call, of_job
from tests.fakes.world import everything


def pieces_of(*texts: str) -> list[str]:
    pieces = LogPieces()
    return [arrived.text for text in texts for arrived in pieces.new(text, ended=False)]


def test_only_what_is_new_is_a_piece() -> None:
    assert pieces_of("", "a\n", "a\n", "a\nb\n") == ["a\n", "b\n"]


def test_a_log_whose_beginning_was_cut_off_goes_on_where_it_was() -> None:
    long = "".join(f"line {number}\n" for number in range(1_000))
    assert pieces_of(long, f"{long[500:]}more\n") == [long, "more\n"]


def test_a_log_that_is_another_one_is_new_as_a_whole() -> None:
    assert pieces_of("a\nb\n", "c\n") == ["a\nb\n", "c\n"]


@pytest.mark.parametrize("face", FACES)
def test_a_log_is_followed_to_the_jobs_end(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    job.logs = "one\n"

    def go_on() -> None:
        service.wait_for("job_logs", 1)
        job.logs += "two\n"
        service.wait_for("job_logs", 2)
        job.logs += "three\n"
        service.end(job, DONE)

    thread = threading.Thread(target=go_on)
    thread.start()
    pieces = call(face, account, lambda client: everything(client.job(job.job_id).stream_logs()))
    thread.join()

    assert pieces == ["one\n", "two\n", "three\n"]


@pytest.mark.parametrize("face", FACES)
def test_the_log_of_a_job_that_has_ended_comes_at_once(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    job.logs = "all of it\n"
    service.end(job)

    assert call(face, account, lambda client: everything(client.job(job.job_id).stream_logs())) == ["all of it\n"]
    assert len(service.sent("job_logs")) == 1


@pytest.mark.parametrize("face", FACES)
def test_an_empty_log_is_no_piece(service: FakeService, account: Account, face: str) -> None:
    job = service.add_job()
    service.end(job)

    assert call(face, account, lambda client: everything(client.job(job.job_id).stream_logs())) == []


@pytest.mark.parametrize("face", FACES)
def test_the_log_of_no_job_is_an_error(account: Account, face: str) -> None:
    with pytest.raises(errors.JobNotFoundError):
        call(face, account, lambda client: everything(client.job("none").stream_logs()))


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("method", ["stream", "events"])
def test_after_is_refused_where_nothing_is_numbered(
    service: FakeService, account: Account, face: str, method: str
) -> None:
    job = service.add_job()

    def act(client: Any) -> Any:
        return everything(of_job(job.job_id, method, after=3)(client))

    with pytest.raises(errors.ArgumentError, match="after="):
        call(face, account, act)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("after", [-1, 1.5, "3", True])
def test_after_is_the_number_of_an_event(service: FakeService, account: Account, face: str, after: Any) -> None:
    job = service.add_job()

    with pytest.raises(errors.ArgumentError, match="after is an integer"):
        call(face, account, lambda client: everything(client.job(job.job_id).stream(after=after)))
