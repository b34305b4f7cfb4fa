"""Live logs, events and blocks that cancel, of jobs on the real local runtime, through both clients."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import AsyncRuntimeService, JobStatus, LocalRuntime, RuntimeService

GATED = """\
import pathlib
import time


def run(task, userpub, params):
    for number in range(3):
        print("line", number, flush=True)
        userpub.publish({"number": number})
        while not pathlib.Path(params, str(number)).exists():
            time.sleep(0.01)
    return "done"
"""
"""Goes on only when a test lets it."""


@pytest.fixture(scope="module")
def service() -> Iterator[RuntimeService]:
    with LocalRuntime(max_jobs=2) as runtime, RuntimeService(runtime.account) as service:
        service.upload_program(GATED, name="gated")
        yield service


@pytest.fixture
def gates(tmp_path: Path) -> Path:
    return tmp_path


def open_all(gates: Path) -> None:
    for number in range(3):
        (gates / str(number)).touch()


def test_logs_come_while_the_job_runs(service: RuntimeService, gates: Path) -> None:
    job = service.run("gated", params=str(gates))
    pieces: list[str] = []
    for piece in job.stream_logs():
        assert not job.done() or len(pieces) == 2
        pieces.append(piece)
        (gates / str(len(pieces) - 1)).touch()
    assert pieces == ["line 0\n", "line 1\n", "line 2\n"]
    assert list(job.stream_logs()) == pieces


def test_logs_come_while_the_job_runs_awaited(service: RuntimeService, gates: Path) -> None:
    async def main() -> list[str]:
        async with AsyncRuntimeService(service.account) as awaited:
            job = await awaited.run("gated", params=str(gates))
            pieces = []
            async for piece in job.stream_logs():
                pieces.append(piece)
                (gates / str(len(pieces) - 1)).touch()
            return pieces

    assert asyncio.run(main()) == ["line 0\n", "line 1\n", "line 2\n"]


def test_a_stream_is_taken_up_behind_what_was_seen(service: RuntimeService, gates: Path) -> None:
    open_all(gates)
    job = service.run("gated", params=str(gates))
    job.wait(timeout=60)
    events = list(job.events())
    assert [(event.kind, event.data) for event in events] == [
        part for number in range(3) for part in (("log", f"line {number}\n"), ("interim", {"number": number}))
    ]
    assert list(job.events(after=events[2].seq)) == events[3:]
    with job.stream() as stream:
        first = next(stream)
    assert [first, *job.stream(after=stream.last)] == [{"number": number} for number in range(3)]
    assert list(job.stream(after=events[-1].seq)) == []


def test_a_stream_is_taken_up_behind_what_was_seen_awaited(service: RuntimeService, gates: Path) -> None:
    open_all(gates)

    async def main() -> tuple[list[Any], list[Any]]:
        async with AsyncRuntimeService(service.account) as awaited:
            job = await awaited.run("gated", params=str(gates))
            async with job.stream() as stream:
                first = await anext(stream)
            rest = [data async for data in job.stream(after=stream.last)]
            return [first, *rest], [data async for data in job.stream()]

    parts, whole = asyncio.run(main())
    assert parts == whole == [{"number": number} for number in range(3)]


def test_closing_a_log_from_another_thread_ends_it(service: RuntimeService, gates: Path) -> None:
    with service.run("gated", params=str(gates)).cancel_on_exit() as job:
        stream = job.stream_logs()
        assert next(stream) == "line 0\n"
        thread = threading.Timer(0.1, stream.close)
        thread.start()
        assert list(stream) == []
        thread.join()


def test_a_block_that_is_left_by_an_exception_cancels_its_job(service: RuntimeService, gates: Path) -> None:
    job = service.run("gated", params=str(gates))
    with pytest.raises(KeyboardInterrupt), job.cancel_on_exit():
        raise KeyboardInterrupt
    assert job.status() is JobStatus.CANCELLED


def test_a_task_that_is_cancelled_cancels_its_job(service: RuntimeService, gates: Path) -> None:
    async def main() -> JobStatus:
        async with AsyncRuntimeService(service.account) as awaited:
            job = await awaited.run("gated", params=str(gates))
            inside = asyncio.Event()

            async def follow() -> None:
                async with job.cancel_on_exit():
                    inside.set()
                    await job.wait()

            task = asyncio.create_task(follow())
            await inside.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return await job.status()

    assert asyncio.run(main()) is JobStatus.CANCELLED
