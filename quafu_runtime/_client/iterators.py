"""The iterators that `stream()` and `events()` return.

They are objects, not generators: a message that cannot be decoded raises once, and the next call goes on behind it.
"""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

from quafu_runtime._client import jobs
from quafu_runtime._client.drivers import AsyncClient, SyncClient
from quafu_runtime._client.log_pieces import LogPieces
from quafu_runtime._client.sockets import AsyncReader, SyncReader, refuse_another_process
from quafu_runtime._client.stream import GAP, INTERIM, LOG, Arrived, StreamState

_EVERYTHING = (INTERIM, LOG)
"""The kinds of a stream whose reader gets events, a gap among them; to others it would look like a result."""

T_co = TypeVar("T_co", covariant=True)


class JobStream(Iterator[T_co], Generic[T_co]):
    """What a job publishes, one after the other; ends with the job.

    Breaking out of a loop over it closes the connection; so do `close`, and a `with` block.
    """

    def __init__(
        self,
        client: SyncClient,
        job_id: str,
        kinds: tuple[str, ...],
        convert: Callable[[Arrived], T_co],
        after: int = 0,
    ) -> None:
        self._reader = SyncReader(client, StreamState(job_id, kinds, client.policy, after, client.health))
        self._convert = convert
        self._gaps = 0
        self._tells_gaps = kinds == _EVERYTHING
        self._last = after
        self._arrivals = _arrivals(client, self._reader)
        self._process = os.getpid()

    def __next__(self) -> T_co:
        """The next one: waits for it.

        Raises:
            StopIteration: The job has ended, and everything has come.
            StreamError: The stream broke, and cannot be taken up again.
        """
        refuse_another_process(self._process, self._reader.state.job_id)
        arrived = next(self._arrivals)
        while arrived.kind == GAP:
            self._gaps += 1
            if self._tells_gaps:
                return self._convert(arrived)
            arrived = next(self._arrivals)
        self._last = arrived.seq
        return self._convert(arrived)

    @property
    def last(self) -> int:
        """The number of the last event that was handed out, for `after`; 0 before the first."""
        return self._last

    @property
    def gaps(self) -> int:
        """How often the stream broke so far at a service that does not replay, so that something may be missing."""
        return self._gaps

    def close(self) -> None:
        """Close the connection; may be called from any thread."""
        self._reader.stop()
        with suppress(ValueError):  # another thread is waiting for the next one, and finds the end
            self._arrivals.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncJobStream(AsyncIterator[T_co], Generic[T_co]):
    """What a job publishes, one after the other; ends with the job.

    After breaking out of a loop over it, `aclose` or an `async with` block closes the connection at once.
    """

    def __init__(
        self,
        client: AsyncClient,
        job_id: str,
        kinds: tuple[str, ...],
        convert: Callable[[Arrived], T_co],
        after: int | None = None,
    ) -> None:
        self._convert = convert
        self._gaps = 0
        self._tells_gaps = kinds == _EVERYTHING
        self._last = after or 0
        reader = AsyncReader(client, StreamState(job_id, kinds, client.policy, self._last, client.health))
        self._arrivals = _async_arrivals(client, reader, after)
        self._job_id = job_id
        self._process = os.getpid()

    async def __anext__(self) -> T_co:
        """The next one: waits for it.

        Raises:
            StopAsyncIteration: The job has ended, and everything has come.
            JobStateError: The job had ended before, and the service does not replay.
            StreamError: The stream broke, and cannot be taken up again.
        """
        refuse_another_process(self._process, self._job_id)
        arrived = await anext(self._arrivals)
        while arrived.kind == GAP:
            self._gaps += 1
            if self._tells_gaps:
                return self._convert(arrived)
            arrived = await anext(self._arrivals)
        self._last = arrived.seq
        return self._convert(arrived)

    @property
    def last(self) -> int:
        """The number of the last event that was handed out, for `after`; 0 before the first."""
        return self._last

    @property
    def gaps(self) -> int:
        """How often the stream broke so far at a service that does not replay, so that something may be missing."""
        return self._gaps

    async def aclose(self) -> None:
        """Close the connection."""
        await self._arrivals.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _arrivals(client: SyncClient, reader: SyncReader) -> Generator[Arrived, None, None]:
    state = reader.state
    if state.only_logs and not client.drive(jobs.replays(client.known)):
        yield from _polled_logs(client, reader)
        return
    yield from reader
    if state.wants_logs_at_the_end:
        yield state.all_logs(client.drive(jobs.logs(state.job_id, patient=True)))


async def _async_arrivals(client: AsyncClient, reader: AsyncReader, after: int | None) -> AsyncGenerator[Arrived, None]:
    state = reader.state
    await client.drive(jobs.ready_to_stream(state.job_id, client.known, after=after, only_logs=state.only_logs))
    if state.only_logs and not await client.drive(jobs.replays(client.known)):
        async with aclosing(_async_polled_logs(client, state.job_id)) as pieces:
            async for piece in pieces:
                yield piece
        return
    async with aclosing(aiter(reader)) as arrivals:
        async for arrived in arrivals:
            yield arrived
    if state.wants_logs_at_the_end:
        yield state.all_logs(await client.drive(jobs.logs(state.job_id, patient=True)))


def _polled_logs(client: SyncClient, reader: SyncReader) -> Generator[Arrived, None, None]:
    """The log of a job at a service that does not stream it: asked for again and again."""
    pieces = LogPieces()
    while not (pieces.ended or reader.stopped):
        yield from pieces.new(*client.drive(jobs.log_so_far(reader.state.job_id, pieces.pause)))


async def _async_polled_logs(client: AsyncClient, job_id: str) -> AsyncGenerator[Arrived, None]:
    pieces = LogPieces()
    while not pieces.ended:
        for piece in pieces.new(*await client.drive(jobs.log_so_far(job_id, pieces.pause))):
            yield piece
