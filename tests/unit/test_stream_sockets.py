"""Streams and callbacks over real WebSockets, against a fake of the deployed service: for both clients."""

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import frozen

from quafu_runtime import errors
from quafu_runtime._client.cautions import StreamGapWarning
from quafu_runtime._client.records import JobEvent
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.codec import ResultDecoder
from quafu_runtime.job import RuntimeJob
from quafu_runtime.service import RuntimeService
from tests.fakes.deployed import DONE, TOKEN, FakeService, Job, fake_service
from tests.fakes.faces import FACES, QUICK, call
from tests.fakes.streams import FakeStreams, fake_streams


@frozen
class World:
    """A fake service with one running job."""

    service: FakeService
    streams: FakeStreams
    job: Job
    account: Account

    def end(self) -> None:
        self.service.end(self.job, DONE, '"the result"')
        self.streams.end(self.job.job_id)


@pytest.fixture
def world() -> Iterator[World]:
    with fake_service() as service, fake_streams() as streams:
        yield World(service, streams, service.add_job(), Account(TOKEN, url=service.url, ws_url=streams.url))


def meanwhile(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def read(world: World, face: str, open_stream: Callable[[Any], Any], script: Callable[[], object]) -> list[Any]:
    """Everything that a stream brings while the fake does what a script says."""
    thread = meanwhile(script)
    try:
        return call(face, world.account, lambda client: _all(open_stream(client.job(world.job.job_id))), policy=QUICK)
    finally:
        thread.join(20.0)


@pytest.mark.parametrize("face", FACES)
def test_a_stream_brings_what_was_published_in_order_and_ends_with_the_job(world: World, face: str) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'publish from job 10'", '{"energy": -1.5}', "plain text", "b'a\\xff'")
        world.end()

    got = read(world, face, lambda job: job.stream(), script)

    assert got == [b"publish from job 10", {"energy": -1.5}, "plain text", b"a\xff"]
    assert world.streams.handshakes[0]["api_token"] == TOKEN
    assert world.streams.handshakes[0]["job_id"] == world.job.job_id


@pytest.mark.parametrize("face", FACES)
def test_events_bring_the_logs_after_the_last_result_where_the_service_streams_none(world: World, face: str) -> None:
    def script() -> None:
        world.job.logs = "printed\n"
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'")
        world.end()

    got = read(world, face, lambda job: job.events(), script)

    assert got == [JobEvent("interim", 1, b"1", None), JobEvent("log", 2, "printed\n", None)]


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_breaks_is_taken_up_again_and_its_gap_is_said(world: World, face: str) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'before'")
        world.streams.cut(world.job.job_id)
        world.streams.wait_for_reader(world.job.job_id, 2)
        world.streams.publish(world.job.job_id, "b'after'")
        world.end()

    with pytest.warns(StreamGapWarning, match=world.job.job_id):
        got = read(world, face, lambda job: job.stream(), script)

    assert got == [b"before", b"after"]


@pytest.mark.parametrize("face", FACES)
def test_a_stream_whose_job_ended_while_it_was_broken_ends_too(world: World, face: str) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'before'")
        world.service.end(world.job)
        world.streams.cut(world.job.job_id)

    with pytest.warns(StreamGapWarning):
        got = read(world, face, lambda job: job.stream(), script)

    assert got == [b"before"]


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_has_ended_has_no_stream_at_a_service_that_does_not_replay(world: World, face: str) -> None:
    world.service.end(world.job)

    with pytest.raises(errors.JobStateError, match=r"Job already finished\.") as caught:
        call(face, world.account, lambda client: _all(client.job(world.job.job_id).stream()))

    assert caught.value.job_id == world.job.job_id


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_the_service_refuses_is_its_error(world: World, face: str) -> None:
    world.streams.refuse(403, b'{"status": 403, "msg": "not yours"}')

    with pytest.raises(errors.PermissionDeniedError, match="not yours"):
        call(face, world.account, lambda client: _all(client.job(world.job.job_id).stream()))


@pytest.mark.parametrize("face", FACES)
def test_a_redirect_of_a_stream_is_never_followed_with_the_token(world: World, face: str) -> None:
    with fake_streams() as elsewhere:
        for target in (elsewhere.url, f"{world.streams.url}/other"):
            world.streams.refuse(302, Location=target.replace("ws:", "http:"))
            with pytest.raises(errors.StreamError, match="not followed"):
                call(face, world.account, lambda client: _all(client.job(world.job.job_id).stream()))

        assert elsewhere.handshakes == []
    assert len(world.streams.handshakes) == 2


@pytest.mark.parametrize("face", FACES)
def test_a_stream_where_nobody_listens_is_a_stream_error_that_says_so(world: World, face: str) -> None:
    account = Account(TOKEN, url=world.service.url, ws_url=world.service.url.replace("http:", "ws:"))

    with pytest.raises(errors.StreamError, match="404"):
        call(face, account, lambda client: _all(client.job(world.job.job_id).stream()))


@pytest.mark.parametrize("face", FACES)
def test_no_proxy_is_used_for_a_stream_of_this_machine(
    world: World, face: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "socks_proxy"):
        monkeypatch.setenv(name, world.service.url)

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.end()

    assert read(world, face, lambda job: job.stream(), script) == []


@pytest.mark.parametrize("face", FACES)
def test_a_decoder_gets_the_text_of_each_message(world: World, face: str) -> None:
    class Length(ResultDecoder):
        @classmethod
        def decode(cls, data: str) -> int:
            return len(data)

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'12345'", "ab")
        world.end()

    assert read(world, face, lambda job: job.stream(decoder=Length), script) == [8, 2]


def test_an_iterator_goes_on_behind_a_message_that_cannot_be_decoded(world: World) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "1", "broken", "3")
        world.end()

    thread = meanwhile(script)
    with RuntimeService(world.account) as client, client.job(world.job.job_id).stream(decoder=Strict) as stream:
        assert next(stream) == 1
        with pytest.raises(ValueError, match="invalid literal"):
            next(stream)
        assert list(stream) == [3]
    thread.join(20.0)


def test_breaking_out_of_a_loop_closes_the_connection(world: World) -> None:
    closed = threading.Event()

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'", "b'2'")
        world.streams.wait_until_closed(world.job.job_id)
        closed.set()

    meanwhile(script)
    with RuntimeService(world.account) as client:
        for data in client.job(world.job.job_id).stream():
            assert data == b"1"
            break
        assert closed.wait(20.0)


def test_another_thread_may_close_a_stream_that_waits(world: World) -> None:
    with RuntimeService(world.account) as client:
        stream = client.job(world.job.job_id).stream()
        got: list[Any] = []
        reader = meanwhile(lambda: got.extend(stream))
        world.streams.wait_for_reader(world.job.job_id)
        stream.close()
        reader.join(20.0)

        assert not reader.is_alive()
        assert got == []


# Callbacks.


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("form", ["data", "job_id and data", "method of a built-in"])
def test_a_callback_of_one_or_two_arguments_gets_everything_before_the_result_returns(
    world: World, face: str, form: str
) -> None:
    got: list[Any] = []

    def one(data: Any) -> None:
        got.append(data)

    def two(job_id: str, data: Any) -> None:
        assert job_id == world.job.job_id
        got.append(data)

    callback: Callable[..., Any] = {"data": one, "job_id and data": two, "method of a built-in": got.append}[form]

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, *[f"b'{number}'" for number in range(100)])
        world.end()

    thread = meanwhile(script)
    assert _with_callback(world, face, callback) == "the result"
    thread.join(20.0)
    assert got == [str(number).encode() for number in range(100)]


def test_a_coroutine_function_is_awaited_as_a_callback(world: World) -> None:
    got: list[Any] = []

    async def callback(data: Any) -> None:
        await asyncio.sleep(0)
        got.append(data)

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'")
        world.end()

    meanwhile(script)
    assert _with_callback(world, "async", callback) == "the result"
    assert got == [b"1"]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("callback", [None, "print", lambda: None, lambda a, b, c: None, lambda *, data: None])
def test_a_callback_of_other_arguments_is_refused_at_once(world: World, face: str, callback: Any) -> None:
    with pytest.raises(errors.ArgumentError, match=r"\(data\) or \(job_id, data\)"):
        call(face, world.account, lambda client: client.job(world.job.job_id).interim_results(callback))

    assert world.streams.handshakes == []


def test_a_second_callback_is_refused_while_one_is_served(world: World) -> None:
    with RuntimeService(world.account) as client:
        job = client.job(world.job.job_id)
        job.interim_results(lambda _: None)

        with pytest.raises(errors.JobStateError, match=r"A callback function is already streaming results\."):
            job.interim_results(lambda _: None)

        job.interim_result_cancel()
        job.interim_results(lambda _: None)
        job.interim_result_cancel()


def test_a_second_awaited_callback_is_refused_while_one_is_served(world: World) -> None:
    async def main() -> None:
        async with AsyncRuntimeService(world.account) as client:
            job = client.job(world.job.job_id)
            await job.interim_results(lambda _: None)
            with pytest.raises(errors.JobStateError, match=r"A callback function is already streaming results\."):
                await job.interim_results(lambda _: None)
            await job.interim_result_cancel()
            await job.interim_results(lambda _: None)
            await job.interim_result_cancel()

    asyncio.run(main())


@pytest.mark.parametrize("face", FACES)
def test_a_callback_that_raises_ends_its_stream_and_is_reported(
    world: World, face: str, caplog: pytest.LogCaptureFixture
) -> None:
    called: list[Any] = []

    def callback(data: Any) -> None:
        called.append(data)
        message = "a slip in the callback"
        raise KeyError(message)

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'", "b'2'")
        world.streams.wait_until_closed(world.job.job_id)
        world.service.end(world.job, DONE, '"the result"')

    thread = meanwhile(script)
    seen: list[Any] = []
    assert _with_callback(world, face, callback, seen) == "the result"
    thread.join(20.0)

    assert called == [b"1"]
    assert isinstance(seen[0].interim_error, KeyError)
    (record,) = [record for record in caplog.records if record.name == "quafu_runtime"]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], KeyError)


@pytest.mark.parametrize("face", FACES)
def test_a_message_that_cannot_be_decoded_is_logged_and_the_others_come(
    world: World, face: str, caplog: pytest.LogCaptureFixture
) -> None:
    got: list[Any] = []

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "1", "broken", "3")
        world.end()

    thread = meanwhile(script)
    seen: list[Any] = []
    _with_callback(world, face, got.append, seen, decoder=Strict)
    thread.join(20.0)

    assert got == [1, 3]
    assert seen[0].interim_error is None
    assert [record.message for record in caplog.records if record.name == "quafu_runtime"] == [
        f"Interim result 2 of job {world.job.job_id} cannot be decoded, and is passed over."
    ]


def test_a_cancelled_callback_is_called_no_more(world: World) -> None:
    got: list[Any] = []
    first = threading.Event()

    def callback(data: Any) -> None:
        got.append(data)
        first.set()

    with RuntimeService(world.account) as client:
        job = client.job(world.job.job_id)
        job.interim_results(callback)
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'")
        assert first.wait(20.0)
        job.interim_result_cancel()
        world.streams.wait_until_closed(world.job.job_id)

    assert got == [b"1"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("interim results")]


def test_a_callback_may_cancel_itself_and_ask_for_the_result(world: World) -> None:
    got: list[Any] = []
    done = threading.Event()

    with RuntimeService(world.account) as client:
        job = client.job(world.job.job_id)

        def callback(_: Any) -> None:
            got.append(job.result())
            job.interim_result_cancel()
            done.set()

        job.interim_results(callback)
        world.streams.wait_for_reader(world.job.job_id)
        world.service.end(world.job, DONE, "5")
        world.streams.publish(world.job.job_id, "b'1'", "b'2'")
        assert done.wait(20.0)
        world.streams.wait_until_closed(world.job.job_id)

    assert got == [5]


def test_a_callback_whose_job_has_ended_is_refused_where_nothing_is_replayed(world: World) -> None:
    world.service.end(world.job)
    with RuntimeService(world.account) as client, pytest.raises(errors.JobStateError, match=r"Job already finished\."):
        client.job(world.job.job_id).interim_results(print)


def test_many_streams_run_at_once(world: World) -> None:
    jobs = [world.service.add_job() for _ in range(12)]
    got: dict[str, list[Any]] = {job.job_id: [] for job in jobs}

    def note(job_id: str, data: Any) -> None:
        got[job_id].append(data)

    with RuntimeService(world.account) as client:
        streaming = [client.job(job.job_id) for job in jobs]
        for job in streaming:
            job.interim_results(note)
        for job in jobs:
            world.streams.wait_for_reader(job.job_id)
            world.streams.publish(job.job_id, "b'x'")
            world.service.end(job)
            world.streams.end(job.job_id)
        for one in streaming:
            one.result(timeout=20.0)

    assert got == {job.job_id: [b"x"] for job in jobs}


def test_a_callback_never_keeps_the_interpreter_alive(world: World) -> None:
    script = f"""
from quafu_runtime.account import Account
from quafu_runtime.job import RuntimeJob
account = Account({TOKEN!r}, url={world.service.url!r}, ws_url={world.streams.url!r})
RuntimeJob({world.job.job_id!r}, account).interim_results(print)
print("the end of the script")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "the end of the script\n", "")


def test_a_job_that_is_made_by_its_id_streams_by_itself(world: World) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'")
        world.end()

    meanwhile(script)
    assert list(RuntimeJob(world.job.job_id, world.account).stream()) == [b"1"]


class Strict(ResultDecoder):
    @classmethod
    def decode(cls, data: str) -> int:
        return int(data)


def _all(stream: Any) -> Any:
    if hasattr(stream, "__next__"):
        return list(stream)

    async def collect() -> list[Any]:
        return [data async for data in stream]

    return collect()


def _with_callback(world: World, face: str, callback: Any, seen: list[Any] | None = None, decoder: Any = None) -> Any:
    """The result of the job, with a callback served meanwhile; the job itself is put into `seen`."""

    def act(client: Any) -> Any:
        job = client.job(world.job.job_id)
        if seen is not None:
            seen.append(job)
        begun = job.interim_results(callback, decoder=decoder)
        if begun is None:
            return job.result(timeout=20.0)

        async def awaited() -> Any:
            await begun
            return await job.result(timeout=20.0)

        return awaited()

    return call(face, world.account, act)
