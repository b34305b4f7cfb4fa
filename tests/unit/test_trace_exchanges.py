"""What a trace and the log tell of calls and streams, for the sync and the async client; and what they never tell."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from quafu_runtime_api.api.programs import programs

from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.errors import ConnectionFailedError, QuafuRuntimeError
from quafu_runtime.service import RuntimeService
from tests.fakes.answers import envelope, hang_up, http, page, text
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, QUICK, call
from tests.fakes.world import World, everything, meanwhile, one_running_job

SOURCE = "def run(task, userpub, params):\n    return 'the-private-source'\n"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "trace.jsonl"
    monkeypatch.setenv("QUAFU_RUNTIME_TRACE", str(path))
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert TOKEN not in path.read_text()
    return [line for line in lines if line["event"] != "trace"]


@pytest.mark.parametrize("face", FACES)
def test_a_call_is_a_request_and_an_answer_with_sizes_times_and_codes(
    service: FakeService, account: Account, path: Path, face: str
) -> None:
    service.add_program("hello")
    call(face, account, lambda client: client.program("hello"))

    request, answer = (line for line in lines_of(path) if line["operation"] == "program")
    assert request["event"] == "request"
    assert request["method"] == "GET"
    assert request["url"].startswith(f"{service.url}runtime/program?")
    assert request["headers"]["api_token"] == "[token]"
    assert request["exchange"] == answer["exchange"]
    assert (answer["event"], answer["status"], answer["code"], answer["whole"]) == ("answer", 200, 200, True)
    assert answer["size"] > 0
    assert answer["seconds"] >= 0
    assert answer["body"]["data"]["name"] == "hello"


@pytest.mark.parametrize("face", FACES)
def test_neither_source_nor_params_nor_results_are_told(
    service: FakeService, account: Account, path: Path, tmp_path: Path, face: str
) -> None:
    program = tmp_path / "p.py"
    program.write_text(SOURCE)

    def upload(client: Any) -> Any:
        return client.upload_program(str(program), {"name": "mine"})

    call(face, account, upload)
    job = service.add_job()
    job.logs = "the-private-log"
    service.end(job, result='"the-private-result"')
    call(face, account, lambda client: client.run("mine", params={"key": "the-private-params"}))
    assert call(face, account, lambda client: client.job(job.job_id).result()) == "the-private-result"
    call(face, account, lambda client: client.job(job.job_id).logs())

    written = path.read_text()
    assert "the-private" not in written
    assert "[source: " in written
    assert {"programs_upload", "programs_run_deploy", "get_result_wait", "job_logs"} <= {
        line["operation"] for line in lines_of(path)
    }


@pytest.mark.parametrize("face", FACES)
def test_a_token_that_a_service_repeats_is_taken_out(
    service: FakeService, account: Account, path: Path, face: str
) -> None:
    service.script("programs", text(f"<p>Bad token {TOKEN}</p>", 500, X_Request_Id="request-7", Via=TOKEN))
    with pytest.raises(QuafuRuntimeError):
        call(face, account, lambda client: client.programs())
    answer = lines_of(path)[-1]
    assert answer["body"] == "<p>Bad token [token]</p>"
    assert answer["headers"]["x-request-id"] == "request-7"
    assert answer["headers"]["via"] == "[token]"


@pytest.mark.parametrize("face", FACES)
def test_each_try_and_the_pauses_between_them_are_told(
    service: FakeService, account: Account, path: Path, face: str
) -> None:
    service.script("programs", http(503, "busy"), hang_up)
    call(face, account, lambda client: client.programs(), policy=QUICK)

    lines = lines_of(path)
    events = ["request", "answer", "pause", "request", "lost", "pause", "request", "answer"]
    assert [line["event"] for line in lines] == events
    assert {line["operation"] for line in lines} == {"programs"}
    assert lines[1]["status"] == 503
    assert lines[2]["seconds"] >= 0
    assert lines[4]["reason"]
    assert len({line["exchange"] for line in lines if line["event"] == "request"}) == 3


@pytest.mark.parametrize("face", FACES)
def test_a_business_failure_is_told_by_its_code(service: FakeService, account: Account, path: Path, face: str) -> None:
    service.script("programs", envelope(405, "bad limit", code_key="code", text_key="message"))
    with pytest.raises(QuafuRuntimeError):
        call(face, account, lambda client: client.programs())
    answer = lines_of(path)[-1]
    assert (answer["code"], answer["body"]["message"]) == (405, "bad limit")


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_cannot_be_reached_is_told_as_lost(path: Path, face: str) -> None:
    with pytest.raises(ConnectionFailedError):
        call(face, Account(TOKEN, url="http://127.0.0.1:1"), lambda client: client.programs())
    request, lost = lines_of(path)
    assert (request["event"], lost["event"]) == ("request", "lost")
    assert lost["reason"]


@pytest.mark.parametrize("face", FACES)
def test_a_stream_is_told_by_its_handshake_its_frames_and_its_end_without_what_was_published(
    path: Path, face: str
) -> None:
    with one_running_job() as world:
        publishing = meanwhile(lambda: publish_and_end(world))
        came = call(face, world.account, lambda client: everything(client.job(world.job.job_id).stream()))
        publishing.join()
        url = world.streams.url
    assert came == [b"the-private-message"]

    lines = [line for line in lines_of(path) if line["operation"] == "interim_results"]
    assert [line["event"] for line in lines] == ["handshake", "opened", "frame", "frame", "frame", "closed"]
    assert len({line["exchange"] for line in lines}) == 1
    handshake, opened, _, frame, *_ = lines
    assert handshake["url"] == url
    assert handshake["headers"]["job_id"] == world.job.job_id
    assert handshake["headers"]["api_token"] == "[token]"
    assert opened["subprotocol"] is None
    assert frame["events"] == [{"kind": "interim", "seq": 1, "at": None, "characters": len("b'the-private-message'")}]
    assert frame["size"] == len("b'the-private-message'")
    assert "the-private-message" not in path.read_text()


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_is_refused_is_told_with_the_status(path: Path, face: str) -> None:
    with one_running_job() as world:
        world.streams.refuse(403, f'{{"code": 403, "message": "not yours, {TOKEN}"}}'.encode())
        with pytest.raises(QuafuRuntimeError):
            call(face, world.account, lambda client: everything(client.job(world.job.job_id).stream()))
    refused = lines_of(path)[-1]
    assert (refused["event"], refused["status"]) == ("refused", 403)
    assert refused["body"]["message"] == "not yours, [token]"


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_is_taken_up_again_is_told_with_its_pause(
    path: Path, face: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "quafu_runtime")
    with one_running_job() as world:
        job_id = world.job.job_id

        def break_and_end() -> None:
            world.streams.wait_for_reader(job_id)
            world.streams.cut(job_id)
            world.streams.wait_for_reader(job_id, 2)
            world.end()

        publishing = meanwhile(break_and_end)
        with pytest.warns(UserWarning, match="does not replay"):
            call(
                face,
                world.account,
                lambda client: everything(client.job(job_id).stream()),
                policy=RetryPolicy(first_window=0.01),
            )
        publishing.join()
    events = [line["event"] for line in lines_of(path) if line["operation"] == "interim_results"]
    assert events.count("handshake") == 2
    assert "pause" in events
    assert [r for r in caplog.records if "taking up the stream again" in r.getMessage() and job_id in r.getMessage()]


async def _list_awaited(account: Account, trace: str) -> None:
    async with AsyncRuntimeService(account, trace=trace) as client:
        await client.programs()


def test_the_argument_wins_over_the_variable(account: Account, path: Path, tmp_path: Path) -> None:
    given = tmp_path / "given.jsonl"
    with RuntimeService(account, trace=given) as client:
        client.programs()
    asyncio.run(_list_awaited(account, str(given)))
    assert [line["event"] for line in lines_of(given)] == ["request", "answer"] * 2
    assert not path.exists()


def test_low_level_endpoints_are_told_too(service: FakeService, account: Account, path: Path) -> None:
    service.add_program("hello")
    with RuntimeService(account) as client:
        answer: Any = programs.sync(client=client.api)
        assert [one.name for one in answer.data.programs] == ["hello"]

        async def awaited() -> Any:
            async with client.api as low_level:
                return await programs.asyncio(client=low_level)

        assert [one.name for one in asyncio.run(awaited()).data.programs] == ["hello"]
    lines = lines_of(path)
    assert [line["event"] for line in lines] == ["request", "answer"] * 2
    assert lines[1]["body"]["data"]["count"] == 1


def test_a_low_level_call_that_is_lost_is_told(path: Path) -> None:
    with RuntimeService(Account(TOKEN, url="http://127.0.0.1:1")) as client, pytest.raises(Exception, match="refused"):
        programs.sync(client=client.api)
    assert [line["event"] for line in lines_of(path)] == ["request", "lost"]


@pytest.mark.parametrize("face", FACES)
def test_the_log_tells_of_submissions_and_ends_once_and_of_each_call_at_debug(
    service: FakeService, account: Account, face: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "quafu_runtime")
    program_id = service.add_program("hello")

    def act(client: Any) -> Any:
        if face == "sync":
            job = client.run("hello", params={"p": "the-private-params"})
            service.end(service.jobs[job.job_id()], result='"the-private-result"')
            return job.job_id(), job.result(), job.status()
        return _act_awaited(client)

    async def _act_awaited(client: Any) -> Any:
        job = await client.run("hello", params={"p": "the-private-params"})
        service.end(service.jobs[job.job_id()], result='"the-private-result"')
        return job.job_id(), await job.result(), await job.status()

    job_id, *_ = call(face, account, act)

    told = [record.getMessage() for record in caplog.records if record.name == "quafu_runtime.jobs"]
    assert told == [f"job {job_id} submitted: program {program_id}", f"job {job_id} ended: done"]
    calls = [record for record in caplog.records if record.name == "quafu_runtime.http"]
    assert {record.levelno for record in calls} == {logging.DEBUG}
    assert any(record.getMessage().startswith("programs_run_deploy: HTTP status 200, code 200, ") for record in calls)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("quafu_runtime")]
    assert not [text for text in ours if TOKEN in text or "the-private" in text]


def test_nothing_is_logged_where_nobody_asks(
    service: FakeService, account: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    service.script("programs", page("Log in"))
    with pytest.raises(QuafuRuntimeError):
        call("sync", account, lambda client: client.programs())
    assert capfd.readouterr() == ("", "")
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("quafu_runtime").handlers)


def publish_and_end(world: World) -> None:
    world.streams.wait_for_reader(world.job.job_id)
    world.streams.publish(world.job.job_id, "b'the-private-message'")
    world.end()
