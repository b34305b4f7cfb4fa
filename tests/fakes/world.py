"""A fake service with one running job, and what tests of its streams share."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from quafu_runtime.account import Account
from quafu_runtime.codec import ResultDecoder
from tests.fakes.deployed import DONE, TOKEN, FakeService, Job, fake_service
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


@contextmanager
def one_running_job() -> Iterator[World]:
    with fake_service() as service, fake_streams() as streams:
        yield World(service, streams, service.add_job(), Account(TOKEN, url=service.url, ws_url=streams.url))


def meanwhile(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


class Strict(ResultDecoder):
    @classmethod
    def decode(cls, data: str) -> int:
        return int(data)


def everything(stream: Any) -> Any:
    if hasattr(stream, "__next__"):
        return list(stream)

    async def collect() -> list[Any]:
        return [data async for data in stream]

    return collect()
