"""What runners report, and what the service makes of those that are late, silent or gone."""

import asyncio
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from attrs import evolve
from websockets.exceptions import ConnectionClosedError

from quafu_runtime.server.clock import Clock
from quafu_runtime.server.settings import LEASE, MAX_REPORT_BYTES
from quafu_runtime.server.store.tables import jobs
from tests.contract.wire.runner_desk import Desk, event, open_desk
from tests.service_speaker import DEADLINE, ECHO, eventually, raw_connection


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with open_desk(tmp_path) as desk:
        yield desk
        desk.finish_all()


def _run(desk: Desk, params: Any = None, **more: Any) -> str:
    program_id = desk.speaker.upload(f"p{time.monotonic_ns()}", ECHO)
    return desk.speaker.run(program_id, params, **more)


def test_an_attempt_has_all_that_its_program_needs(desk: Desk) -> None:
    job_id = _run(desk, {"a": 1}, seed=7, max_execution_time=9, backend="ScQ-P10")
    attempt = desk.attempt()
    assert (attempt.job_id, attempt.number, attempt.service_url) == (job_id, 1, desk.url)
    assert (attempt.source, json.loads(attempt.params_json)) == (ECHO, {"a": 1})
    assert (attempt.seed, attempt.max_execution_time, attempt.backend) == (7, 9.0, "ScQ-P10")
    assert len(attempt.token) == 64


def test_a_job_is_queued_until_it_may_run_then_runs_then_is_done(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    assert desk.speaker.status(job_id) == 0
    assert desk.begin(attempt) == (200, {"go": True})
    assert desk.speaker.status(job_id) == 1
    assert desk.tell(attempt) == (200, {"cancel": False})
    assert desk.finish(attempt, result="[2]", types={"/0": "tuple"}, engine="stim") == (200, {})
    result = desk.speaker.result(job_id)
    assert (result["status"], result["result"], result["result_types"]) == (2, "[2]", {"/0": "tuple"})
    assert desk.speaker.data("job_info", job_id=job_id)["engine"] == "stim"


def test_the_source_is_that_of_the_moment_in_which_the_job_was_accepted(desk: Desk) -> None:
    first = _run(desk)
    program_id = desk.speaker.data("job_info", job_id=first)["program_id"]
    second = desk.speaker.run(program_id)
    changed = "ZGVmIHJ1bih0YXNrLCB1c2VycHViLCBwYXJhbXMpOgogICAgcGFzcwo="
    desk.speaker.data("program_update", program_id=program_id, data=changed)
    desk.speaker.call("program_delete", program_id=program_id)
    attempt = desk.attempt()
    desk.begin(attempt)
    desk.finish(attempt)
    assert (attempt.job_id, desk.attempt().source) == (first, ECHO)
    assert desk.speaker.data("job_info", job_id=second)["program_id"] == program_id


def test_a_question_whose_answer_was_lost_may_be_asked_again(desk: Desk) -> None:
    _run(desk)
    attempt = desk.attempt()
    assert desk.begin(attempt) == desk.begin(attempt) == (200, {"go": True})


def test_events_that_come_twice_are_kept_once(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    for batch in ([1, 2], [2, 3], [1, 2, 3], [3, 4]):
        assert desk.tell(attempt, *(event(seq, f"b'{seq}'") for seq in batch))[0] == 200
    desk.finish(attempt, events=[event(4, "b'4'"), event(5, "b'5'"), event(6, "the end\n", "log")])
    with desk.speaker.listen(job_id) as stream:
        assert list(stream)[1:-1] == [f"b'{number}'" for number in (1, 2, 3, 4, 5)]
    assert desk.speaker.data("job_logs", job_id=job_id)["logs"] == "the end\n"


def test_a_text_with_half_a_surrogate_pair_is_kept_as_an_escape(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    assert desk.tell(attempt, event(1, "\ud800\n", "log"))[0] == 200
    assert desk.finish(attempt, result='"\ud800"')[0] == 200
    assert desk.speaker.data("job_logs", job_id=job_id)["logs"] == "\\ud800\n"
    assert json.loads(desk.speaker.result(job_id)["result"]) == "\ud800"


@pytest.mark.parametrize("what", ["started", "events", "finished"])
def test_a_stranger_reports_nothing(desk: Desk, what: str) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    body = {"versions": {}, "pid": 1, "events": [event(1, "b'x'")], "outcome": "done", "result": "1"}
    for token in ("", "0" * 64, desk.speaker.token):
        assert desk.report(attempt, what, body, token=token)[0] == 403
    assert desk.speaker.status(job_id) == 0


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("started", {}),
        ("started", {"versions": 1}),
        ("events", {}),
        ("events", {"events": [1]}),
        ("events", {"events": [{"seq": 1}]}),
        ("events", {"events": [event(1, "x", "smell")]}),
        ("events", {"events": [{**event(1, "x"), "seq": "1"}]}),
        ("events", {"events": [{**event(1, "x"), "text": 1}]}),
        ("finished", {"events": [], "outcome": "fine"}),
        ("finished", {"events": [], "outcome": "done", "result": 1}),
        ("finished", {"events": [], "outcome": "done", "exit": {"kind": "fled", "code": None, "signal": None}}),
        ("finished", {"events": [], "outcome": "done", "exit": {"kind": "exited", "code": "1", "signal": None}}),
        ("finished", {"events": [], "outcome": "done", "exit": {"kind": "exited"}}),
    ],
)
def test_a_report_that_is_none_is_refused(desk: Desk, what: str, body: dict[str, Any]) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    assert desk.report(attempt, what, body)[0] == 400
    assert desk.speaker.status(job_id) == 1


def test_a_report_that_is_too_large_is_refused(desk: Desk) -> None:
    _run(desk)
    attempt = desk.attempt()
    with raw_connection(desk.url) as connection:
        head = f"POST /attempts/{attempt.job_id}/1/finished HTTP/1.1\r\nHost: localhost\r\n"
        connection.sendall(f"{head}Content-Length: {MAX_REPORT_BYTES + 1}\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 413"


def test_what_has_ended_is_fenced(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    desk.finish(attempt, result='"first"')
    assert desk.begin(attempt) == (409, {"go": False})
    assert desk.tell(attempt, event(1, "b'late'"))[0] == 409
    assert desk.finish(attempt, "error", result="second")[0] == 409
    assert desk.speaker.result(job_id)["result"] == '"first"'


def test_a_job_that_is_not_there_is_fenced(desk: Desk) -> None:
    _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    desk.finish(attempt)
    desk.speaker.data("job_delete", job_id=attempt.job_id)
    assert desk.tell(attempt)[0] == 409


def test_a_job_that_never_ran_has_not_ended(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    assert desk.finish(attempt, "done")[0] == 409
    assert desk.finish(attempt, "error", result="it cannot run")[0] == 409
    assert desk.speaker.status(job_id) == 0


def test_an_attempt_that_is_lost_before_it_ran_goes_back_to_the_queue_and_is_fenced(desk: Desk) -> None:
    job_id = _run(desk)
    first = desk.attempt()
    desk.executor.gone[first.handle] = "was killed by SIGKILL (Killed)"
    second = desk.attempt()
    assert (second.job_id, second.number) == (job_id, 2)
    assert second.token != first.token
    assert desk.begin(first) == (409, {"go": False})
    assert desk.begin(second) == (200, {"go": True})
    assert desk.tell(first, event(1, "b'stale'"))[0] == 409
    assert desk.finish(second, result='"second"')[0] == 200
    assert desk.speaker.result(job_id)["result"] == '"second"'
    assert desk.speaker.data("job_info", job_id=job_id)["attempt"] == 2


def test_a_job_whose_attempts_are_lost_again_and_again_is_given_up(desk: Desk) -> None:
    job_id = _run(desk)
    for _ in range(3):
        desk.executor.gone[desk.attempt().handle] = "was killed by SIGSEGV"
    result = desk.speaker.result(job_id)
    assert result["status"] == 4
    assert "SIGSEGV" in result["result"]
    assert "SIGSEGV" in desk.speaker.data("job_logs", job_id=job_id)["logs"]


def test_a_job_that_cannot_be_launched_is_tried_again_and_then_given_up(desk: Desk) -> None:
    desk.executor.failures += ["no memory", "no memory"]
    _run(desk)
    assert desk.attempt().number == 3
    desk.executor.failures += ["no memory", "no memory", "no memory"]
    desk.executor.slots = 2
    job_id = _run(desk)
    result = desk.speaker.result(job_id)
    assert result["status"] == 4
    assert "no memory" in result["result"]


def test_a_job_whose_runner_is_gone_while_it_ran_is_an_error_that_says_how(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    desk.tell(attempt, event(1, "printed\n", "log"))
    desk.executor.gone[attempt.handle] = "was killed by SIGKILL (Killed)"
    result = desk.speaker.result(job_id)
    assert result["status"] == 4
    assert "lost" in result["result"]
    assert "was killed by SIGKILL" in result["result"]
    logs = desk.speaker.data("job_logs", job_id=job_id)["logs"]
    assert logs.startswith("printed\n")
    assert result["result"] in logs
    assert desk.finish(attempt)[0] == 409


class _HastyClock(Clock):
    """A clock on which a lease takes a second."""

    def monotonic(self) -> float:
        return LEASE * super().monotonic()


def test_a_runner_that_was_silent_for_a_lease_has_lost_its_job_and_is_ended(tmp_path: Path) -> None:
    with open_desk(tmp_path, clock=_HastyClock()) as desk:
        job_id = _run(desk)
        attempt = desk.attempt()
        desk.begin(attempt)
        result = desk.speaker.result(job_id)
        assert result["status"] == 4
        assert "silent for 30 seconds" in result["result"]
        assert desk.executor.stopped.get(timeout=DEADLINE) == (attempt.handle, 0.0)
        assert desk.tell(attempt)[0] == 409


def test_runners_report_at_an_address_of_their_own_where_nobody_else_is_served(desk: Desk) -> None:
    _run(desk)
    attempt = desk.attempt()
    where = f"/attempts/{attempt.job_id}/{attempt.number}/started"
    assert desk.speaker.raw("POST", where, b'{"versions": {}}', attempt_token=attempt.token).status == 404
    assert desk.begin(attempt)[0] == 200
    assert evolve(desk.speaker, url=desk.url).raw("GET", "/healthz").status == 404


def test_a_heartbeat_renews_the_lease(desk: Desk) -> None:
    _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)

    def until() -> datetime:
        def read(connection: sa.Connection) -> datetime:
            found = connection.execute(sa.select(jobs.c.lease_until)).scalar_one()
            assert isinstance(found, datetime)
            return found

        return asyncio.run_coroutine_threadsafe(desk.store.read(read), desk.loop).result(DEADLINE)

    before = until()
    told_at = datetime.now(UTC)
    desk.tell(attempt)
    assert before < told_at + timedelta(seconds=LEASE) <= until() <= datetime.now(UTC) + timedelta(seconds=LEASE)


def test_a_queued_job_is_cancelled_at_once_and_never_handed_out(desk: Desk) -> None:
    _run(desk)
    waiting = _run(desk)
    attempt = desk.attempt()
    assert desk.speaker.data("job_cancel", job_id=waiting) == {"status": 3}
    desk.begin(attempt)
    desk.finish(attempt)
    last = _run(desk)
    assert desk.attempt().job_id == last


def test_an_assigned_job_is_cancelled_at_once_and_its_runner_ended(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    eventually(lambda: desk.speaker.data("job_info", job_id=job_id)["attempt"] == 1)
    assert desk.speaker.data("job_cancel", job_id=job_id) == {"status": 3}
    assert desk.begin(attempt) == (409, {"go": False})


def test_a_runner_that_obeys_reports_the_end_of_a_cancelled_job(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    with ThreadPoolExecutor(1) as pool:
        cancelled = pool.submit(desk.speaker.data, "job_cancel", job_id=job_id)
        assert desk.executor.stopped.get(timeout=DEADLINE) == (attempt.handle, 1.0)
        assert desk.tell(attempt) == (200, {"cancel": True})
        assert desk.finish(attempt, "cancelled", result="partial", events=[event(1, "b'last'")])[0] == 200
        assert cancelled.result() == {"status": 3}
    assert desk.speaker.result(job_id)["result"] is None
    with desk.speaker.listen(job_id) as stream:
        assert list(stream)[1] == "b'last'"


def test_a_runner_that_does_not_obey_is_fenced_after_a_second(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    began = time.monotonic()
    assert desk.speaker.data("job_cancel", job_id=job_id) == {"status": 3}
    assert 0.9 < time.monotonic() - began < 5
    assert desk.finish(attempt)[0] == 409
    assert desk.speaker.status(job_id) == 3


def test_a_job_that_is_done_before_the_runner_sees_the_wish_is_done(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    with ThreadPoolExecutor(1) as pool:
        cancelled = pool.submit(desk.speaker.data, "job_cancel", job_id=job_id)
        desk.executor.stopped.get(timeout=DEADLINE)
        assert desk.finish(attempt, "done")[0] == 200
        assert cancelled.result() == {"status": -1}
    assert desk.speaker.status(job_id) == 2


def test_a_runner_that_ended_its_program_unasked_has_been_stopped_with_the_service(desk: Desk) -> None:
    job_id = _run(desk)
    attempt = desk.attempt()
    desk.begin(attempt)
    desk.finish(attempt, "cancelled")
    result = desk.speaker.result(job_id)
    assert result["status"] == 4
    assert "stopped while the job ran" in result["result"]


def test_jobs_are_handed_out_in_order_as_places_become_free(tmp_path: Path) -> None:
    with open_desk(tmp_path, slots=2) as desk:
        asked = [_run(desk) for _ in range(5)]
        running = [desk.attempt(), desk.attempt()]
        order = [attempt.job_id for attempt in running]
        while len(order) < len(asked):
            assert desk.executor.handed.empty()
            attempt = running.pop(0)
            desk.begin(attempt)
            desk.finish(attempt)
            running.append(desk.attempt())
            order.append(running[-1].job_id)
        assert order == asked


def test_a_wait_ends_with_its_caller(desk: Desk) -> None:
    job_id = _run(desk)
    body = json.dumps({"job_id": job_id}).encode()
    with raw_connection(desk.speaker.url) as connection:
        head = f"POST /runtime/get_result_wait HTTP/1.1\r\nHost: localhost\r\napi_token: {desk.speaker.token}\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        assert connection.recv(12) == b"HTTP/1.1 200"
        eventually(lambda: job_id in desk.hub._listeners)
    began = time.monotonic()
    eventually(lambda: job_id not in desk.hub._listeners)
    assert time.monotonic() - began < 5  # and not only when the next space is due


def test_a_reader_who_has_gone_is_forgotten(desk: Desk) -> None:
    job_id = _run(desk)
    with desk.speaker.listen(job_id) as stream:
        stream.recv(DEADLINE)
        eventually(lambda: job_id in desk.hub._listeners)
    eventually(lambda: job_id not in desk.hub._listeners)


def test_waits_and_readers_are_ended_when_the_service_is(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, open_desk(tmp_path) as desk:
        job_id = _run(desk)
        stream = desk.speaker.listen(job_id)
        wait = pool.submit(desk.speaker.result, job_id)
        eventually(lambda: len(desk.hub._listeners.get(job_id, ())) == 2)
    # The job was handed out and did not run: it is in the queue again, and has no result.
    assert wait.result() == {"result": None, "status": 0, "finish_time": None}
    with stream, pytest.raises(ConnectionClosedError):
        list(stream)
    assert stream.close_code == 1012


def test_what_runs_when_the_service_ends_is_an_error_and_what_waits_is_run_by_the_next(tmp_path: Path) -> None:
    with open_desk(tmp_path) as desk:
        running, waiting = _run(desk), _run(desk)
        desk.begin(desk.attempt())
    with open_desk(tmp_path) as desk:
        result = desk.speaker.result(running)
        assert result["status"] == 4
        assert "stopped while the job ran" in result["result"]
        attempt = desk.attempt()
        assert (attempt.job_id, attempt.number) == (waiting, 1)
