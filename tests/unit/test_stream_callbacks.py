"""Callbacks for interim results, against a fake of the deployed service: for both clients."""

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.service import RuntimeService
from tests.fakes.deployed import DONE, TOKEN
from tests.fakes.faces import FACES, call
from tests.fakes.world import Strict, World, meanwhile, one_running_job


def _nothing() -> None: ...


def _three(first: Any, second: Any, third: Any) -> None: ...


def _keyword(*, data: Any) -> None: ...


@pytest.fixture
def world() -> Iterator[World]:
    with one_running_job() as made:
        yield made


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("form", ["data", "job_id and data", "built-in"])
def test_a_callback_of_one_or_two_arguments_gets_everything_before_the_result_returns(
    world: World, face: str, form: str
) -> None:
    got: list[Any] = []

    def one(data: Any) -> None:
        got.append(data)

    def two(job_id: str, data: Any) -> None:
        assert job_id == world.job.job_id
        got.append(data)

    callbacks: dict[str, Callable[..., Any]] = {"data": one, "job_id and data": two, "built-in": got.append}

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, *[f"b'{number}'" for number in range(100)])
        world.end()

    thread = meanwhile(script)
    assert _with_callback(world, face, callbacks[form]) == "the result"
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
@pytest.mark.parametrize("callback", [None, "print", _nothing, _three, _keyword])
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
        for one in streaming:
            one.interim_results(note)
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
