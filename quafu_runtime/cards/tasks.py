"""The card of a job with awaited calls: a task follows the job, and ends with it, or with the event loop."""

import asyncio
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from quafu_runtime._client import jobs
from quafu_runtime._client.sockets import AsyncReader
from quafu_runtime._client.stream import INTERIM, LOG, StreamState
from quafu_runtime.cards.live import result
from quafu_runtime.cards.pace import SHORTEST
from quafu_runtime.cards.watch import Watch
from quafu_runtime.errors import JobCancelledError, JobFailedError, JobStateError, ServiceError

if TYPE_CHECKING:
    from quafu_runtime._client.drivers import AsyncClient
    from quafu_runtime._client.failures import Context
    from quafu_runtime._client.flow import Flow
    from quafu_runtime._client.records import JobInfo


class TaskCard:
    """A job's card. One task follows the job, in however many cells the card is shown.

    Args:
        client: The job's connections.
        job_id: The job.
        context: What the caller has of the job.
        watch: The card.
    """

    def __init__(self, client: "AsyncClient", job_id: str, context: "Context", watch: Watch) -> None:
        self._client = client
        self._job_id = job_id
        self._context = context
        self._watch = watch
        self._task: asyncio.Task[None] | None = None

    def show(self) -> None:
        """Show the card in the cell that is being run; returns at once."""
        if self._watch.show():
            self._task = asyncio.get_running_loop().create_task(self._run(), name=f"card of job {self._job_id}")

    async def _run(self) -> None:
        with self._watch.following():
            self._watch.told(await self._client.drive(self._info()))
            self._watch.draw()
            ticking = asyncio.create_task(self._ticking(), name=f"clock of the card of job {self._job_id}")
            try:
                await self._read()
            finally:
                ticking.cancel()
            await self._finish()

    async def _read(self) -> None:
        state = StreamState(self._job_id, (INTERIM, LOG), self._client.policy, health=self._client.health)
        try:
            await self._client.drive(jobs.ready_to_stream(self._job_id, self._client.known))
        except JobStateError:  # it has ended, and this service does not replay
            self._watch.took(state.all_logs(await self._client.drive(jobs.logs(self._job_id))))
            return
        async with aclosing(aiter(AsyncReader(self._client, state))) as arrivals:
            async for arrived in arrivals:
                self._watch.took(arrived)
                self._watch.draw_in_time()
        if state.wants_logs_at_the_end:
            self._watch.took(state.all_logs(await self._client.drive(jobs.logs(self._job_id))))

    async def _finish(self) -> None:
        self._watch.told(await self._client.drive(self._info()))
        try:
            self._watch.returned(await self._client.drive(result(self._job_id, self._context)))
        except (JobFailedError, JobCancelledError) as error:
            self._watch.failed(error)

    async def _ticking(self) -> None:
        while True:
            await asyncio.sleep(SHORTEST)
            if self._watch.must_ask:
                with suppress(ServiceError):
                    self._watch.told(await self._client.drive(self._info()))
            self._watch.draw_in_time()

    def _info(self) -> "Flow[JobInfo]":
        return jobs.info(self._job_id, self._client.known)
