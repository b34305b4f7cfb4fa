"""A job, with blocking calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from attrs import evolve

from quafu_runtime._client import jobs
from quafu_runtime._client.arguments import job_identifier, timeout_seconds
from quafu_runtime._client.drivers import SyncClient
from quafu_runtime._client.endpoints import account_for
from quafu_runtime._client.failures import NOT_KNOWN
from quafu_runtime._client.jobs import Decoder
from quafu_runtime._client.records import JobInfo, Submitted
from quafu_runtime.account import Account
from quafu_runtime.errors import JobCancelledError, JobFailedError, QuafuRuntimeError
from quafu_runtime.job.provenance import ProvenanceCalls
from quafu_runtime.status import JobStatus


class RuntimeJob(ProvenanceCalls):
    """A run of a program, as `RuntimeService.run` returns it, or by the id of one that was run before.

    It may be used from several threads at once. Every call has a deadline: that of its service, or 30 seconds; waiting
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
        job = RuntimeJob("5f1e5cbd4d5a4b7c8d4c1a2b3c4d5e6f", account=account)
        print(job.result())
        ```
    """

    def __init__(self, job_id: str, account: Account | None = None) -> None:
        self._take(SyncClient(account_for(account, None)), Submitted(job_identifier(job_id), None, None), NOT_KNOWN)
        self._own_client = True

    def job_id(self) -> str:
        """The job's id."""
        return self._job_id

    def program_id(self) -> str | None:
        """The id of the program that it runs, or None where this is not known here; `info()` asks the service."""
        return self._program_id

    def status(self) -> JobStatus:
        """The job's status now.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return self._client.drive(jobs.status(self._job_id))

    def done(self) -> bool:
        """Whether the job has ended: done, cancelled, or in error.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return self.status().is_final

    def wait(self, timeout: float | None = None) -> JobStatus:
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
        return self._client.drive(jobs.wait(self._job_id, timeout_seconds(timeout), self._context())).status

    def result(self, wait: bool = True, timeout: float | None = None, decoder: type[Decoder] | None = None) -> Any:
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
            value = self._client.drive(flow)
        except (JobFailedError, JobCancelledError):
            self._drain()
            raise
        if wait:
            self._drain()
        return value

    def info(self) -> JobInfo:
        """What the service says of the job: status, program, label, tags, seed, engine, versions, times, how it ended.

        A service that says less leaves the rest None.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        found = self._client.drive(jobs.info(self._job_id, self._client.known))
        self._program_id = self._program_id or found.program_id
        self.backend = self.backend or found.backend
        return evolve(found, program_id=self._program_id, backend=self.backend)

    def logs(self) -> str:
        """What the program has printed so far, and after a failure the traceback.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return self._client.drive(jobs.logs(self._job_id))

    def err_msg(self) -> str | None:
        """Why the job failed, or None where it did not.

        Raises:
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return self._client.drive(jobs.error_text(self._job_id))

    def cancel(self) -> JobStatus:
        """End the job.

        Returns:
            Its status after that.

        Raises:
            JobStateError: It has ended already (`Job already finished.`), or could not be cancelled.
            PermissionDeniedError: It is somebody else's.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return self._client.drive(jobs.cancel(self._job_id))

    def delete(self) -> bool:
        """Delete the job, with its result and logs. Only a job that has ended can be deleted.

        Returns:
            Whether it was deleted.

        Raises:
            PermissionDeniedError: It is somebody else's.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        return self._client.drive(jobs.delete(self._job_id))

    def close(self) -> None:
        """Close the connections of a job that was made by its id; those of a service are the service's to close."""
        if self._own_client:
            self._client.close()

    @contextmanager
    def cancel_on_exit(self) -> Iterator[Self]:
        """A block at whose end the job is cancelled, if it has not ended by then, in whatever way the block is left.

        An exception goes on as it is; where the job cannot be cancelled, a note on it says so.

        Raises:
            JobStateError: At the end of the block: the job could not be cancelled.
            ServiceError: At the end of the block: the service did not answer; see its kinds.

        Example:
            ```python
            with service.run("vqe").cancel_on_exit() as job:
                for energy in job.stream():
                    if energy < -1.8:
                        break
            ```
        """
        try:
            yield self
        except BaseException as error:
            try:
                self._client.drive(jobs.cancel_unless_ended(self._job_id))
            except QuafuRuntimeError as problem:
                error.add_note(jobs.not_cancelled_note(self._job_id, problem))
            raise
        self._client.drive(jobs.cancel_unless_ended(self._job_id))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RuntimeJob({self._job_id!r})"
