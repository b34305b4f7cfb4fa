"""map, gather and as_completed through both clients, against a fake of the deployed service."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import FailedRun, aio, as_completed, gather
from quafu_runtime.account import Account
from quafu_runtime.errors import (
    ArgumentError,
    InvalidParamsError,
    JobFailedError,
    JobNotFoundError,
    JobTimeoutError,
    ProgramNotFoundError,
    SubmitUncertain,
)
from tests.fakes.answers import hang_up, http, page
from tests.fakes.deployed import DONE, ERROR, FakeService, Job
from tests.fakes.faces import FACES, call

SOURCE = "def run(task, userpub, params):\n    return params\n"


def gathered(face: str, account: Account, jobs: Callable[[Any], Any], **arguments: Any) -> list[Any]:
    """What gather gives of the jobs that a function makes with a service."""
    gathers: Any = gather if face == "sync" else aio.gather
    found: list[Any] = call(face, account, lambda service: gathers(jobs(service), **arguments))
    return found


def in_order_of_ends(face: str, account: Account, jobs: Callable[[Any], Any], **arguments: Any) -> list[Any]:
    """What as_completed gives of them."""
    if face == "sync":
        return list(call(face, account, lambda service: list(as_completed(jobs(service), **arguments))))

    async def collect(service: Any) -> list[Any]:
        return [job async for job in aio.as_completed(jobs(service), **arguments)]

    return list(call(face, account, collect))


def of_map(face: str, account: Account, jobs: Callable[[Any], Any], take: int | None = None) -> list[Any]:
    """What iterating over a map gives."""

    async def collect(service: Any) -> list[Any]:
        found: list[Any] = []
        async for job in jobs(service):
            found.append(job)
            if len(found) == take:
                break
        return found

    def loop(service: Any) -> list[Any]:
        found: list[Any] = []
        for job in jobs(service):
            found.append(job)
            if len(found) == take:
                break
        return found

    return list(call(face, account, loop if face == "sync" else collect))


def ends_at_once(service: FakeService, failing: object = None) -> None:
    """Have each job end when it is submitted, with its params as its result."""

    def run(given: dict[str, Any]) -> dict[str, Any]:
        answer = service.programs_run_deploy(given)
        if answer["status"] == 200:
            job = service.jobs[answer["data"]["job_id"]]
            failed = failing is not None and job.params == failing
            service.end(job, ERROR if failed else DONE, "ValueError: bad" if failed else json.dumps(job.params))
        return answer

    service._operations["programs_run_deploy"] = run


@contextmanager
def ending_in_order(service: FakeService, *, reverse: bool = False) -> Iterator[list[int]]:
    """Have the unfinished jobs end one by one, each once the client waits; gives how many were unfinished each time."""
    seen: list[int] = []
    over = threading.Event()

    def unfinished() -> list[Job]:
        return [job for job in list(service.jobs.values()) if not job.ended.is_set()]

    def work() -> None:
        while not over.wait(0.02):
            jobs = unfinished()
            if jobs:
                seen.append(len(jobs))
                job = jobs[-1 if reverse else 0]
                service.end(job, result=json.dumps(job.params))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


@contextmanager
def counting(service: FakeService, operation: str) -> Iterator[list[int]]:
    """Count how many requests of an operation are under way at once: the one number in the list is the most."""
    lock, inner, now, most = threading.Lock(), service._operations[operation], [0], [0]

    def counted(given: dict[str, Any]) -> dict[str, Any]:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        try:
            return inner(given)
        finally:
            with lock:
                now[0] -= 1

    service._operations[operation] = counted
    yield most


@pytest.mark.parametrize("face", FACES)
def test_results_come_in_the_order_of_the_params_whatever_ends_first(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("p")
    with ending_in_order(service, reverse=True):
        assert gathered(face, account, lambda client: client.map("p", range(12), max_pending=4)) == list(range(12))


@pytest.mark.parametrize("face", FACES)
def test_never_more_jobs_than_max_pending_are_unfinished_and_any_end_frees_a_place(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("p")
    with ending_in_order(service, reverse=True) as seen:
        jobs = of_map(face, account, lambda client: client.map("p", range(9), max_pending=3))
    assert [job.params for job in jobs] == list(range(9))
    assert max(seen) <= 3


@pytest.mark.parametrize("face", FACES)
def test_a_map_submits_no_more_than_what_is_asked_for(service: FakeService, account: Account, face: str) -> None:
    service.add_program("p")
    taken: list[int] = []

    def params() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    assert len(of_map(face, account, lambda client: client.map("p", params()), take=3)) == 3
    assert (taken, len(service.jobs)) == ([0, 1, 2], 3)
    assert service.sent("get_result_wait") == []


@pytest.mark.parametrize("face", FACES)
def test_jobs_come_as_they_end(service: FakeService, account: Account, face: str) -> None:
    jobs = [service.add_job(params=number) for number in range(3)]
    order = [2, 0, 1]

    def end_one_by_one() -> None:
        for done, number in enumerate(order):
            service.wait_for("get_result_wait", 3)
            del done
            service.end(jobs[number])
            seen[number].wait(30.0)

    seen = [threading.Event() for _ in jobs]
    ender = threading.Thread(target=end_one_by_one)

    def handles(client: Any) -> list[Any]:
        ender.start()
        return [client.job(job.job_id) for job in jobs]

    places = {job.job_id: number for number, job in enumerate(jobs)}
    found = []

    def note(job: Any) -> None:
        number = places[job.job_id()]
        found.append(number)
        seen[number].set()

    async def awaited(client: Any) -> None:
        async for job in aio.as_completed(handles(client)):
            note(job)

    def blocking(client: Any) -> None:
        for job in as_completed(handles(client)):
            note(job)

    call(face, account, blocking if face == "sync" else awaited)
    ender.join()
    assert found == order


@pytest.mark.parametrize("face", FACES)
def test_a_failed_job_and_a_failed_submission_come_back_as_values(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("p")
    ends_at_once(service, failing=1)
    values = gathered(face, account, lambda client: client.map("p", [0, 1, {2, 3}, 4]))
    assert [value for value in values if not isinstance(value, FailedRun)] == [0, 4]
    failed, refused = values[1], values[2]
    assert (failed.index, failed.params, type(failed.error)) == (1, 1, JobFailedError)
    assert failed.job.job_id() in service.jobs
    assert (refused.index, refused.params, refused.job) == (2, {2, 3}, None)
    assert not failed
    assert "ValueError: bad" in repr(failed)
    assert "not submitted" in repr(refused)
    with pytest.raises(InvalidParamsError, match="JSON cannot hold"):
        refused.reraise()


@pytest.mark.parametrize("face", FACES)
def test_failures_come_in_as_completed_too_and_in_a_list_of_jobs(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("p")
    ends_at_once(service)
    found = in_order_of_ends(face, account, lambda client: client.map("p", [0, {1}, 2]))
    assert sorted(job.params for job in found if not isinstance(job, FailedRun)) == [0, 2]
    (failure,) = [job for job in found if isinstance(job, FailedRun)]
    done = service.add_job()
    service.end(done, result="5")
    values = gathered(face, account, lambda client: [failure, client.job(done.job_id), client.job("gone")])
    assert values[0] is failure
    assert values[1] == 5
    assert isinstance(values[2].error, JobNotFoundError)


@pytest.mark.parametrize("face", FACES)
def test_a_file_is_read_and_uploaded_once(service: FakeService, account: Account, face: str, tmp_path: Path) -> None:
    path = tmp_path / "hello.py"
    path.write_text(SOURCE)
    ends_at_once(service)

    def params() -> Iterator[int]:
        for number in range(5):
            yield number
            path.write_text("changed\n")

    assert gathered(face, account, lambda client: client.map(path, params())) == list(range(5))
    assert len(service.sent("programs_upload")) == 1
    assert len({request.json["program_id"] for request in service.sent("programs_run_deploy")}) == 1


@pytest.mark.parametrize("face", FACES)
def test_a_program_that_is_not_there_fails_each_point_and_a_file_that_is_none_the_map(
    service: FakeService, account: Account, face: str, tmp_path: Path
) -> None:
    values = gathered(face, account, lambda client: client.map("p", range(2)))
    assert [type(value.error) for value in values] == [ProgramNotFoundError] * 2
    with pytest.raises(ArgumentError, match="does not exist"):
        call(face, account, lambda client: client.map(tmp_path / "none.py", range(2)))
    assert service.sent("programs_run_deploy") != []


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_asks_for_fewer_requests_or_fails_for_a_moment_ends_nothing(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("p")
    ends_at_once(service)
    service.script("programs_run_deploy", http(429, "slower"), http(503, "busy"))
    service.script("get_result_wait", http(429, "slower"), page("Bad gateway", 502), hang_up, page("Sorry"))
    assert gathered(face, account, lambda client: client.map("p", range(6))) == list(range(6))
    assert len(service.jobs) == 6


@pytest.mark.parametrize("face", FACES)
def test_a_submission_whose_answer_is_lost_is_not_sent_again(service: FakeService, account: Account, face: str) -> None:
    service.add_program("p")
    ends_at_once(service)
    service.script("programs_run_deploy", hang_up)
    values = gathered(face, account, lambda client: client.map("p", range(3)))
    assert isinstance(values[0].error, SubmitUncertain)
    assert values[1:] == [1, 2]
    assert len(service.sent("programs_run_deploy")) == 3


@pytest.mark.parametrize("face", FACES)
def test_what_is_not_there_in_time_is_a_failure_in_gather_and_an_error_in_as_completed(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("p")
    values = gathered(face, account, lambda client: client.map("p", range(3), max_pending=2), timeout=0.3)
    assert [type(value.error) for value in values] == [JobTimeoutError] * 3
    assert [value.job is None for value in values] == [False, False, True]
    with pytest.raises(JobTimeoutError, match=r"1 of the jobs did not end within 0\.2 seconds"):
        in_order_of_ends(face, account, lambda client: [client.job(next(iter(service.jobs)))], timeout=0.2)
    assert service.sent("job_cancel") == []


@pytest.mark.parametrize("face", FACES)
def test_a_thousand_jobs_are_waited_for_with_a_bounded_number_of_calls(
    service: FakeService, account: Account, face: str
) -> None:
    jobs = [service.add_job() for _ in range(1000)]
    for number, job in enumerate(jobs[100:]):
        service.end(job, result=str(number + 100))
    threads = [0]
    over = threading.Event()

    def end_the_first() -> None:
        service.wait_for("get_result_wait", 16)
        threads[0] = sum("quafu-runtime-many" in thread.name for thread in threading.enumerate())
        for number, job in enumerate(jobs[:100]):
            service.end(job, result=str(number))
        over.set()

    ender = threading.Thread(target=end_the_first)
    ender.start()
    with counting(service, "get_result_wait") as waiting, counting(service, "job_status") as looking:
        values = gathered(face, account, lambda client: [client.job(job.job_id) for job in jobs])
    ender.join()
    assert values == list(range(1000))
    assert waiting[0] <= 16
    assert looking[0] <= 4
    assert threads[0] <= 20


@pytest.mark.parametrize("face", FACES)
def test_an_interruption_leaves_the_jobs_running_and_says_so(service: FakeService, account: Account, face: str) -> None:
    jobs = [service.add_job() for _ in range(2)]

    def interrupt() -> None:
        service.wait_for("get_result_wait", 2)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt) as caught:
        gathered(face, account, lambda client: [client.job(job.job_id) for job in jobs])
    told = caught.value if face == "sync" else caught.value.__context__
    assert told is not None
    assert "Nothing is lost" in "".join(told.__notes__)
    assert service.sent("job_cancel") == []


def test_leaving_an_asynchronous_gather_leaves_no_task(service: FakeService, account: Account) -> None:
    job = service.add_job()

    async def act(client: Any) -> int:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(aio.gather([client.job(job.job_id)]), 0.2)
        async for _ in aio.as_completed([FailedRun(0, None, ValueError()), client.job(job.job_id)]):
            break
        return len(asyncio.all_tasks())

    assert call("async", account, act) <= 2  # this one, and the end of the generator that was left


@pytest.mark.parametrize("face", FACES)
def test_a_map_that_was_begun_may_be_gathered_and_gives_the_rest(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("p")
    ends_at_once(service)

    async def awaited(client: Any) -> tuple[Any, list[Any]]:
        jobs = client.map("p", range(5), max_pending=2)
        first = await anext(jobs)
        return first, await aio.gather(jobs)

    def blocking(client: Any) -> tuple[Any, list[Any]]:
        jobs = client.map("p", range(5), max_pending=2)
        return next(jobs), gather(jobs)

    first, rest = call(face, account, blocking if face == "sync" else awaited)
    assert (first.params, rest) == (0, [1, 2, 3, 4])


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "wrong", [{"max_pending": 0}, {"max_pending": 1.5}, {"seed": -1}, {"seed": "7"}, {"tags": "one"}]
)
def test_an_argument_that_is_none_is_refused_before_anything_is_sent(
    service: FakeService, account: Account, face: str, wrong: dict[str, Any]
) -> None:
    with pytest.raises(ArgumentError, match=next(iter(wrong))):
        call(face, account, lambda client: client.map("p", [1], **wrong))
    assert service.requests == []
