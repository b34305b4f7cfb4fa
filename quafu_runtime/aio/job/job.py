"""A job, with awaited calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from attrs import evolve

from quafu_runtime._client import jobs
from quafu_runtime._client.arguments import job_identifier, timeout_seconds
from quafu_runtime._client.drivers import AsyncClient
from quafu_runtime._client.endpoints import account_for
from quafu_runtime._client.failures import NOT_KNOWN
from quafu_runtime._client.jobs import Decoder
from quafu_runtime._client.records import JobInfo, Submitted
from quafu_runtime.account import Account
from quafu_runtime.aio.job.provenance import AsyncProvenanceCalls
from quafu_runtime.errors import JobCancelledError, JobFailedError, QuafuRuntimeError
from quafu_runtime.status import JobStatus


class AsyncRuntimeJob(AsyncProvenanceCalls):
    """A run of a program, as `AsyncRuntimeService.run` returns it, or by the id of one that was run before.

    It has the calls of `RuntimeJob`, awaited. Every call has a deadline: that of its service, or 30 seconds; waiting
    for a result has the `timeout` that is given to it.

    Args:
        job_id: The job's id.
        account: Whose job it is; None for the saved account.

    Attributes:
        params: What the program got, or None where this is not known here.
        backend: The backend that it runs on, or None where this is not known here.

    Raises:
        ArgumentError: `job_id` is no id.

    Example:
        ```python
        job = AsyncRuntimeJob("5f1e5cbd4d5a4b7c8d4c1a2b3c4d5e6f", account=account)
        print(await job.result())
        ```
    """

    def __init__(self, job_id: str, account: Account | None = None) -> None:
        self._take(AsyncClient(account_for(account, None)), Submitted(job_identifier(job_id), None, None), NOT_KNOWN)
        self._own_client = True

    def job_id(self) -> str:
        """The job's id."""
        return self._job_id

    def program_id(self) -> str | None:
        """The id of the program that it runs, or None where this is not known here; `info()` asks the service."""
        return self._program_id

    async def status(self) -> JobStatus:
        """The job's status now.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return await self._client.drive(jobs.status(self._job_id))

    async def done(self) -> bool:
        """Whether the job has ended: done, cancelled, or in error.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return (await self.status()).is_final

    async def wait(self, timeout: float | None = None) -> JobStatus:  # noqa: ASYNC109 - the sync name
        """Wait until the job has ended, without polling.

        Args:
            timeout: Seconds; None to wait as long as it takes.

        Returns:
            How it ended.

        Raises:
            JobTimeoutError: It has not ended in time, and goes on.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        standing = await self._client.drive(jobs.wait(self._job_id, timeout_seconds(timeout), self._context()))
        return standing.status

    async def result(
        self,
        wait: bool = True,
        timeout: float | None = None,  # noqa: ASYNC109 - the sync name
        decoder: type[Decoder] | None = None,
    ) -> Any:
        """What the program returned.

        Where a callback is served by `interim_results`, it gets what was published before this returns.

        Args:
            wait: Whether to wait for the job's end.
            timeout: Seconds to wait; None to wait as long as it takes.
            decoder: A class whose `decode` makes the value of the result's text; None for what the program returned.

        Returns:
            The value, or None where the job has not ended and `wait` is false.

        Raises:
            JobFailedError: The program failed; the message has its own traceback, the params where they are known
                here, and the last lines of the log.
            JobCancelledError: The job was cancelled.
            JobTimeoutError: It has not ended in time, and goes on.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        flow = jobs.result(
            self._job_id,
            wait_for_it=wait,
            timeout=timeout_seconds(timeout),
            decoder=decoder,
            context=self._context(),
        )
        try:
            value = await self._client.drive(flow)
        except (JobFailedError, JobCancelledError):
            await self._drain()
            raise
        if wait:
            await self._drain()
        return value

    async def info(self) -> JobInfo:
        """What the service says of the job: status, program, label, tags, seed, engine, versions, times, how it ended.

        A service that says less leaves the rest None.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        found = await self._client.drive(jobs.info(self._job_id, self._client.known))
        self._program_id = self._program_id or found.program_id
        self.backend = self.backend or found.backend
        return evolve(found, program_id=self._program_id, backend=self.backend)

    async def logs(self) -> str:
        """What the program has printed so far, and after a failure the traceback.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return await self._client.drive(jobs.logs(self._job_id))

    async def err_msg(self) -> str | None:
        """Why the job failed, or None where it did not.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return await self._client.drive(jobs.error_text(self._job_id))

    async def cancel(self) -> JobStatus:
        """End the job.

        Returns:
            Its status after that.

        Raises:
            JobStateError: It has ended already (`Job already finished.`), or could not be cancelled.
            PermissionDeniedError: It is somebody else's.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return await self._client.drive(jobs.cancel(self._job_id))

    async def delete(self) -> bool:
        """Delete the job, with its result and logs. Only a job that has ended can be deleted.

        Returns:
            Whether it was deleted.

        Raises:
            PermissionDeniedError: It is somebody else's.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return await self._client.drive(jobs.delete(self._job_id))

    async def close(self) -> None:
        """Close the connections of a job that was made by its id; those of a service are the service's to close."""
        if self._own_client:
            await self._client.close()

    @asynccontextmanager
    async def cancel_on_exit(self) -> AsyncIterator[Self]:
        """A block at whose end the job is cancelled, if it has not ended by then, in whatever way the block is left.

        An exception goes on as it is; where the job cannot be cancelled, a note on it says so.

        Raises:
            JobStateError: At the end of the block: the job could not be cancelled.
            ServiceError: At the end of the block: the service did not answer; see its kinds.

        Example:
            ```python
            job = await service.run("vqe")
            async with job.cancel_on_exit():
                async for energy in job.stream():
                    if energy < -1.8:
                        break
            ```
        """
        try:
            yield self
        except BaseException as error:
            try:
                await self._client.drive(jobs.cancel_unless_ended(self._job_id))
            except QuafuRuntimeError as problem:
                error.add_note(jobs.not_cancelled_note(self._job_id, problem))
            raise
        await self._client.drive(jobs.cancel_unless_ended(self._job_id))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncRuntimeJob({self._job_id!r})"
