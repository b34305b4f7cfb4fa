"""The iterators that `stream()` and `events()` return.

They are objects, not generators: a message that cannot be decoded raises once, and the next call goes on behind it.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

from quafu_runtime._client import jobs
from quafu_runtime._client.drivers import AsyncClient, SyncClient
from quafu_runtime._client.sockets import AsyncReader, SyncReader
from quafu_runtime._client.stream import Arrived, StreamState

T_co = TypeVar("T_co", covariant=True)


class JobStream(Iterator[T_co], Generic[T_co]):
    """What a job publishes, one after the other; ends with the job.

    Breaking out of a loop over it closes the connection; so do `close`, and a `with` block.
    """

    def __init__(
        self, client: SyncClient, job_id: str, kinds: tuple[str, ...], convert: Callable[[Arrived], T_co]
    ) -> None:
        self._reader = SyncReader(client, StreamState(job_id, kinds, client.policy))
        self._convert = convert
        self._arrivals = _arrivals(client, self._reader)

    def __next__(self) -> T_co:
        """The next one: waits for it.

        Raises:
            StopIteration: The job has ended, and everything has come.
            StreamError: The stream broke, and cannot be taken up again.
        """
        return self._convert(next(self._arrivals))

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
        self, client: AsyncClient, job_id: str, kinds: tuple[str, ...], convert: Callable[[Arrived], T_co]
    ) -> None:
        self._convert = convert
        self._arrivals = _async_arrivals(client, AsyncReader(client, StreamState(job_id, kinds, client.policy)))

    async def __anext__(self) -> T_co:
        """The next one: waits for it.

        Raises:
            StopAsyncIteration: The job has ended, and everything has come.
            JobStateError: The job had ended before, and the service does not replay.
            StreamError: The stream broke, and cannot be taken up again.
        """
        return self._convert(await anext(self._arrivals))

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
    yield from reader
    if reader.state.wants_logs_at_the_end:
        yield reader.state.all_logs(client.drive(jobs.logs(reader.state.job_id)))


async def _async_arrivals(client: AsyncClient, reader: AsyncReader) -> AsyncGenerator[Arrived, None]:
    state = reader.state
    await client.drive(jobs.ready_to_stream(state.job_id, client.known))
    async with aclosing(aiter(reader)) as arrivals:
        async for arrived in arrivals:
            yield arrived
    if state.wants_logs_at_the_end:
        yield state.all_logs(await client.drive(jobs.logs(state.job_id)))
