"""A job, with blocking calls."""

import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from attrs import evolve

from quafu_runtime._client import jobs
from quafu_runtime._client.arguments import job_identifier, timeout_seconds
from quafu_runtime._client.callbacks import event_of, message_of, with_two_arguments
from quafu_runtime._client.delivery import DRAIN_SECONDS, ThreadDelivery, refuse_a_second
from quafu_runtime._client.drivers import SyncClient
from quafu_runtime._client.endpoints import account_for
from quafu_runtime._client.flow import T
from quafu_runtime._client.iterators import JobStream
from quafu_runtime._client.jobs import Decoder
from quafu_runtime._client.records import JobEvent, JobInfo, Submitted
from quafu_runtime._client.sockets import SyncReader
from quafu_runtime._client.stream import INTERIM, LOG, Arrived, StreamState
from quafu_runtime.account import Account
from quafu_runtime.errors import JobCancelledError, JobFailedError
from quafu_runtime.status import JobStatus

__all__ = ["JobEvent", "JobInfo", "JobStream", "RuntimeJob"]


class RuntimeJob:
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
        self._take(SyncClient(account_for(account, None)), Submitted(job_identifier(job_id), None, None), None)
        self._own_client = True

    @classmethod
    def _of(cls, client: SyncClient, submitted: Submitted, params: object = None) -> Self:
        """A job that shares the connections of its service."""
        job = cls.__new__(cls)
        job._take(client, submitted, params)  # noqa: SLF001 - another way to make the same object
        return job

    def _take(self, client: SyncClient, submitted: Submitted, params: object) -> None:
        self._client = client
        self._job_id = job_identifier(submitted.job_id)
        self._program_id = submitted.program_id
        self._delivery: ThreadDelivery | None = None
        self._starting = threading.Lock()
        self._own_client = False
        self.params: Any = params
        self.backend = submitted.backend

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
        return self._client.drive(jobs.wait(self._job_id, timeout_seconds(timeout))).status

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
            JobFailedError: The program failed; the message has its own traceback.
            JobCancelledError: The job was cancelled.
            JobTimeoutError: It has not ended in time, and goes on.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        flow = jobs.result(self._job_id, wait_for_it=wait, timeout=timeout_seconds(timeout), decoder=decoder)
        try:
            value = self._client.drive(flow)
        except (JobFailedError, JobCancelledError):
            self._drain()
            raise
        if wait:
            self._drain()
        return value

    def info(self) -> JobInfo:
        """What the service says of the job: status, program, seed, engine, versions, times.

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

    def interim_results(self, callback: Callable[..., Any], decoder: type[Decoder] | None = None) -> None:
        """Have a callback called with each interim result, in order, in a thread of its own; returns at once.

        It begins with the first one, also of a job that has been running or has ended, where the service replays; the
        deployed one sends what is published from now on. It ends with the job, and never keeps the interpreter alive.
        An exception in the callback ends it, is logged, and is found in `interim_error`. A message that cannot be
        decoded is logged and passed over.

        Args:
            callback: A function of `(data)` or `(job_id, data)`.
            decoder: A class whose `decode` makes the value of a message's text; None for what was published.

        Raises:
            ArgumentError: The callback takes other arguments.
            JobStateError: A callback is being served already, or the job has ended at a service that does not replay.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
        """
        ready = with_two_arguments(callback)
        with self._starting:
            refuse_a_second(self._delivery, self._job_id)
            self._client.drive(jobs.ready_to_stream(self._job_id, self._client.known))
            reader = SyncReader(self._client, StreamState(self._job_id, (INTERIM,), self._client.policy))
            self._delivery = ThreadDelivery(reader, ready, decoder)

    def interim_result_cancel(self) -> None:
        """Have the callback of `interim_results` called no more. Without one, nothing happens."""
        if self._delivery is not None:
            self._delivery.stop()

    @property
    def interim_error(self) -> BaseException | None:
        """What ended the last `interim_results` before the job's end: the callback's exception, or a broken stream."""
        return None if self._delivery is None else self._delivery.error

    def stream(self, decoder: type[Decoder] | None = None) -> JobStream[Any]:
        """An iterator over the interim results, in order, which ends with the job.

        It begins where `interim_results` does. A message that cannot be decoded raises the decoder's error; the next
        call goes on behind it.

        Args:
            decoder: A class whose `decode` makes the value of a message's text; None for what was published.

        Raises:
            JobStateError: The job has ended, and the service does not replay.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
            StreamError: While iterating: the stream broke, and cannot be taken up again.

        Example:
            ```python
            for energy in job.stream():
                print(energy)
            ```
        """
        return self._stream((INTERIM,), partial(message_of, decoder=decoder))

    def events(self) -> JobStream[JobEvent]:
        """An iterator over what the job prints and publishes, in the order in which it happened.

        Where the service does not stream logs, they come as one event after the last interim result.

        Raises:
            JobStateError: The job has ended, and the service does not replay.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
            StreamError: While iterating: the stream broke, and cannot be taken up again.
        """
        return self._stream((INTERIM, LOG), event_of)

    def close(self) -> None:
        """Close the connections of a job that was made by its id; those of a service are the service's to close."""
        if self._own_client:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"RuntimeJob({self._job_id!r})"

    def _stream(self, kinds: tuple[str, ...], convert: Callable[[Arrived], T]) -> JobStream[T]:
        self._client.drive(jobs.ready_to_stream(self._job_id, self._client.known))
        return JobStream(self._client, self._job_id, kinds, convert)

    def _drain(self) -> None:
        if self._delivery is not None:
            self._delivery.drain(DRAIN_SECONDS)
