"""The card of a job with blocking calls: a daemon thread follows the job, and ends with it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, cast

from quafu_runtime._client import jobs
from quafu_runtime._client.sockets import SyncReader
from quafu_runtime._client.stream import INTERIM, LOG, Arrived, StreamState
from quafu_runtime.cards.pace import SHORTEST
from quafu_runtime.cards.watch import RESULT_SECONDS, Watch
from quafu_runtime.errors import JobCancelledError, JobFailedError, JobStateError, ServiceError

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

    from quafu_runtime._client.drivers import SyncClient
    from quafu_runtime._client.failures import Context
    from quafu_runtime._client.flow import Flow
    from quafu_runtime._client.records import JobInfo


class LiveCard:
    """A job's card. One thread follows the job, in however many cells the card is shown.

    Args:
        client: The job's connections.
        job_id: The job.
        context: What the caller has of the job.
        watch: The card.
    """

    def __init__(self, client: "SyncClient", job_id: str, context: "Context", watch: Watch) -> None:
        self._client = client
        self._job_id = job_id
        self._context = context
        self._watch = watch

    def show(self) -> None:
        """Show the card in the cell that is being run; returns at once."""
        if self._watch.show():
            threading.Thread(target=self._run, name=f"card of job {self._job_id}", daemon=True).start()

    def _run(self) -> None:
        with self._watch.following():
            self._watch.told(self._client.drive(self._info()))
            self._watch.draw()
            self._read()
            self._finish()

    def _read(self) -> None:
        state = StreamState(self._job_id, (INTERIM, LOG), self._client.policy, health=self._client.health)
        try:
            self._client.drive(jobs.ready_to_stream(self._job_id, self._client.known))
        except JobStateError:  # it has ended, and this service does not replay
            self._watch.took(state.all_logs(self._client.drive(jobs.logs(self._job_id))))
            return
        with closing(iter(_TickingReader(self._client, state, self._tick))) as arrivals:
            for arrived in arrivals:
                self._watch.took(arrived)
                self._tick()
        if state.wants_logs_at_the_end:
            self._watch.took(state.all_logs(self._client.drive(jobs.logs(self._job_id))))

    def _finish(self) -> None:
        self._watch.told(self._client.drive(self._info()))
        try:
            self._watch.returned(self._client.drive(result(self._job_id, self._context)))
        except (JobFailedError, JobCancelledError) as error:
            self._watch.failed(error)

    def _tick(self) -> None:
        if self._watch.must_ask:
            with suppress(ServiceError):
                self._watch.told(self._client.drive(self._info()))
        self._watch.draw_in_time()

    def _info(self) -> "Flow[JobInfo]":
        return jobs.info(self._job_id, self._client.known)


def result(job_id: str, context: "Context") -> "Flow[Any]":
    """The result of a job that has ended.

    Args:
        job_id: The job.
        context: What the caller has of it.

    Raises:
        JobFailedError: It failed.
        JobCancelledError: It was cancelled.
    """
    return jobs.result(job_id, wait_for_it=True, timeout=RESULT_SECONDS, decoder=None, context=context)


class _TickingReader(SyncReader):
    """Reads a job's stream, and calls a function now and then while nothing comes."""

    def __init__(self, client: "SyncClient", state: StreamState, tick: Callable[[], None]) -> None:
        super().__init__(client, state)
        self._tick = tick

    def _messages(self, socket: "ClientConnection", line: Any) -> Iterator[Arrived]:
        return super()._messages(cast("ClientConnection", _TickingSocket(socket, self._tick)), line)


class _TickingSocket:
    """A connection that calls a function now and then while nothing comes."""

    def __init__(self, socket: "ClientConnection", tick: Callable[[], None]) -> None:
        self._socket = socket
        self._tick = tick

    def recv(self, timeout: float) -> str | bytes:
        """The next message.

        Args:
            timeout: Seconds in which it comes.

        Raises:
            TimeoutError: It did not come.
        """
        ends_at = time.monotonic() + timeout
        while (left := ends_at - time.monotonic()) > SHORTEST:
            with suppress(TimeoutError):
                return self._socket.recv(SHORTEST)
            self._tick()
        return self._socket.recv(max(0.0, left))
