"""The real service goes away and comes back while clients wait, read streams and follow logs: none of them notices."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.service import RuntimeService
from quafu_runtime.status import JobStatus
from tests.service_speaker import DEADLINE, ServiceProcess

PROGRAM = """
import pathlib
import time


def run(task, userpub, params):
    number = 0
    while not pathlib.Path(params).exists():
        print("line", number)
        userpub.publish(number)
        number += 1
        time.sleep(0.05)
    return number
"""
SECONDS_AWAY = 1.5
"""Longer than three tries with their pauses, and than what a try takes that shows that somebody is there."""

PATIENT = RetryPolicy(longest_window=0.5, waiting_tries=100)
"""Tries a call as often as the default; comes back soon after the service does."""

Act = Callable[[Any, Any], Any]


class Followers:
    """Everything that a user can wait for: of one running job and of one that waits, by both clients."""

    def __init__(self, account: Account, running: str, waiting: str) -> None:
        self._came = threading.Condition()
        self._messages = [0, 0]
        self._pool = ThreadPoolExecutor(8)
        self._account = account
        self.sync = [self._pool.submit(self._follow, act, running, waiting) for act in (_result, self._stream, _logs)]
        self.waited = self._pool.submit(self._follow, _wait, running, waiting)
        self.awaited = self._pool.submit(asyncio.run, self._follow_all(running, waiting))

    def wait_until_something_comes(self) -> None:
        """Wait until both clients have read something more of the stream."""
        with self._came:
            before = list(self._messages)
            came = self._came.wait_for(lambda: all(map(int.__gt__, self._messages, before)), DEADLINE)
        assert came

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _follow(self, act: Act, running: str, waiting: str) -> Any:
        with RuntimeService(self._account, registry=False) as service:
            service._client.policy = PATIENT
            return act(service.job(running), service.job(waiting))

    def _stream(self, running: Any, _waiting: Any) -> list[int]:
        return [self._took(0, number) for number in running.stream()]

    def _took(self, reader: int, number: int) -> int:
        with self._came:
            self._messages[reader] += 1
            self._came.notify_all()
        return number

    async def _follow_all(self, running: str, waiting: str) -> list[Any]:
        async with AsyncRuntimeService(self._account, registry=False) as service:
            service._client.policy = PATIENT
            job, other = service.job(running), service.job(waiting)

            async def numbers() -> list[int]:
                return [self._took(1, number) async for number in job.stream()]

            async def pieces() -> str:
                return "".join([piece async for piece in job.stream_logs()])

            all_of_it: list[Coroutine[Any, Any, Any]] = [job.result(), numbers(), pieces(), other.wait()]
            return list(await asyncio.gather(*all_of_it))


def _result(running: Any, _waiting: Any) -> Any:
    return running.result()


def _logs(running: Any, _waiting: Any) -> str:
    return "".join(running.stream_logs())


def _wait(_running: Any, waiting: Any) -> JobStatus:
    status: JobStatus = waiting.wait()
    return status


def test_whoever_waits_or_reads_bears_two_restarts_of_the_service(tmp_path: Path) -> None:
    data_dir, finish = tmp_path / "data", tmp_path / "finish"
    with ServiceProcess(data_dir, "--max-jobs=1") as service:
        account = Account(service.speaker.token, url=service.speaker.url)
        with RuntimeService(account, registry=False) as client:
            client.upload_program(PROGRAM, name="ticks")
            running, waiting = (client.run("ticks", str(finish)).job_id() for _ in range(2))
        followers = Followers(account, running, waiting)
        _go_away(service, signal.SIGKILL, followers)
    again = (data_dir, "--max-jobs=1", f"--port={urlsplit(account.get_url()).port}")
    with ServiceProcess(*again) as service:
        _go_away(service, signal.SIGTERM, followers)
    with ServiceProcess(*again):
        finish.touch()
        result, numbers, logs = (future.result(DEADLINE) for future in followers.sync)
        status, awaited = followers.waited.result(DEADLINE), followers.awaited.result(DEADLINE)
        followers.close()

    assert numbers == list(range(result))
    assert logs == "".join(f"line {number}\n" for number in range(result))
    assert status is JobStatus.DONE
    assert awaited == [result, numbers, logs, status]


def _go_away(service: ServiceProcess, by: int, followers: Followers) -> None:
    followers.wait_until_something_comes()
    service.end(by)
    threading.Event().wait(SECONDS_AWAY)
