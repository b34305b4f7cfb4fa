"""Moves the jobs: hands them to the executor, watches over them, cancels them, and settles what is lost.

Every decision is a guarded change of the store. What this object remembers is only which job is where on the executor.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from attrs import define

from quafu_runtime.server.auth import hash_of, new_token
from quafu_runtime.server.clock import Clock
from quafu_runtime.server.executor import Attempt, Executor, Handle
from quafu_runtime.server.hub import Hub
from quafu_runtime.server.lifecycle import FINAL, State
from quafu_runtime.server.settings import CANCEL_GRACE, LEASE
from quafu_runtime.server.store import attempts, jobs
from quafu_runtime.server.store.store import Store

WATCH_INTERVAL = 0.25
"""Seconds between two looks at the runners: as long as a job may go on after its process was killed."""

ASLEEP = timedelta(seconds=LEASE / 2)
"""The time between two looks from which the machine must have been asleep, and the runners with it."""

SLOW_LAUNCH = 1.0
"""Seconds of a launch from which its lease is renewed, since the executor was still warming up."""

RETRY_PAUSE = 1.0
"""Seconds after a failure of the store, a full disk for example, until the engine tries again."""

MAY_BE_MISSING = "What the program printed and published last may be missing."
"""Said of a job that was lost: its runner sends events in batches."""

_log = logging.getLogger(__name__)


@define
class _Placed:
    """A job on the executor. It has no handle while it is being launched."""

    attempt: int
    handle: Handle | None = None


class Engine:
    """What happens to the jobs of one service."""

    def __init__(
        self,
        store: Store,
        hub: Hub,
        executor: Executor,
        service_url: str,
        *,
        clock: Clock | None = None,
        lease: float = LEASE,
    ) -> None:
        self.clock = clock or Clock()
        self._lease = lease
        self._store = store
        self._hub = hub
        self._executor = executor
        self._service_url = service_url
        self._placed: dict[str, _Placed] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._poked = asyncio.Event()
        self._watched_at = self.clock.now()

    def lease_from_now(self) -> datetime:
        """Until when nothing need be heard of a runner that was heard of now."""
        return self.clock.now() + timedelta(seconds=self._lease)

    async def start(self) -> None:
        """Settle what an earlier life of the service left, and begin to hand out jobs."""
        await self._store.write_durably(attempts.recover, self.clock.now())
        await self._executor.start()
        self._poked.set()
        self._loops = [
            asyncio.create_task(_again_and_again(self._dispatch)),
            asyncio.create_task(_again_and_again(self._watch)),
        ]

    def poke(self) -> None:
        """Say that there may be a job to hand out."""
        self._poked.set()

    def ended(self, job_id: str) -> None:
        """Say that a job has ended, after it was written: its place is free, and whoever waits for it is told."""
        self._placed.pop(job_id, None)
        self._hub.wake(job_id)
        self.poke()

    async def cancel(self, job_id: str) -> bool:
        """Cancel a job, within about a second.

        Returns:
            Whether it is cancelled: False where it has ended otherwise.
        """
        with self._hub.listen(job_id) as listener:
            placed = self._placed.get(job_id)
            outcome = await self._store.write_durably(attempts.cancel, job_id, self.clock.now())
            if outcome is attempts.Cancelling.TOO_LATE:
                return False
            self._stop(placed, CANCEL_GRACE)
            if outcome is attempts.Cancelling.DONE:
                self.ended(job_id)
                return True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CANCEL_GRACE):
                    while not await self._has_ended(job_id):
                        await listener.changed(within=CANCEL_GRACE)
        await self._decide(job_id, attempts.End(State.CANCELLED, None, exit=attempts.CANCELLED))
        job = await self._store.read(jobs.find, job_id)
        return job is not None and job.state is State.CANCELLED

    async def drain(self) -> None:
        """End what runs, since the service is about to end. Jobs whose `run` was not called stay in the queue."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await asyncio.gather(*(self._let_go(job_id, placed) for job_id, placed in list(self._placed.items())))
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _dispatch(self) -> None:
        await self._poked.wait()
        self._poked.clear()
        while len(self._placed) < self._executor.capacity():
            token = new_token()
            claimed = await self._store.write(jobs.claim, hash_of(token), self.clock.now(), self.lease_from_now())
            if claimed is None:
                return
            self._placed[claimed.job_id] = _Placed(claimed.attempt)
            self._spawn(self._launch(claimed, token))

    async def _launch(self, claimed: jobs.Claimed, token: str) -> None:
        attempt = Attempt(
            job_id=claimed.job_id,
            number=claimed.attempt,
            token=token,
            service_url=self._service_url,
            source=claimed.source,
            program_name=claimed.program_name,
            params_json=claimed.params,
            backend=claimed.backend,
            seed=claimed.seed,
            max_execution_time=claimed.max_execution_time,
        )
        began = self.clock.monotonic()
        try:
            handle = await self._executor.launch(attempt)
        except Exception as error:  # noqa: BLE001 - whatever an executor raises: a job must never be forgotten
            _log.exception("The job %s could not be started.", claimed.job_id)
            await self._lose(claimed.job_id, claimed.attempt, f"The job could not be started: {error}")
            return
        if self.clock.monotonic() - began > SLOW_LAUNCH:
            await self._store.write(attempts.renew, claimed.job_id, claimed.attempt, self.lease_from_now())
        placed = self._placed.get(claimed.job_id)
        if placed is not None and placed.attempt == claimed.attempt:
            placed.handle = handle
        else:  # it was cancelled meanwhile, or it has ended already
            await self._executor.stop(handle, 0.0)

    async def _watch(self) -> None:
        await asyncio.sleep(WATCH_INTERVAL)
        asleep = self.clock.now() - self._watched_at > ASLEEP
        self._watched_at = self.clock.now()
        handles = {
            placed.handle: (job_id, placed.attempt)
            for job_id, placed in self._placed.items()
            if placed.handle is not None
        }
        if not handles:
            return
        if asleep:
            await self._store.write(attempts.renew_all, self.lease_from_now())
        for handle, how in (await self._executor.probe(handles)).items():
            if how is not None:
                await self._lose(*handles[handle], f"The job was lost: its runner {how}. {MAY_BE_MISSING}")
        for job_id, number in await self._store.read(attempts.expired, self.clock.now()):
            if (job_id, number) in handles.values():
                await self._lose(
                    job_id,
                    number,
                    f"The job was lost: its runner was silent for {self._lease:.0f} seconds. {MAY_BE_MISSING}",
                )

    async def _lose(self, job_id: str, number: int, why: str) -> None:
        placed = self._placed.get(job_id)
        state = await self._store.write_durably(attempts.lose, job_id, number, why, self.clock.now())
        if placed is not None and placed.attempt == number:
            self._stop(placed, 0.0)
            self._placed.pop(job_id, None)
        if state is not None:
            self._hub.wake(job_id)
        self.poke()

    async def _let_go(self, job_id: str, placed: _Placed) -> None:
        """Have a job end, or go back to the queue, for the end of the service."""
        if await self._store.write_durably(attempts.requeue, job_id, placed.attempt):
            return
        with self._hub.listen(job_id) as listener:
            self._stop(placed, CANCEL_GRACE)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CANCEL_GRACE):
                    while not await self._has_ended(job_id):
                        await listener.changed(within=CANCEL_GRACE)
        await self._decide(job_id, attempts.End(State.ERROR, attempts.STOPPED, exit=attempts.KILLED))

    async def _decide(self, job_id: str, end: attempts.End) -> None:
        """End a job whose runner has not said in time how it ended."""
        if await self._store.write_durably(attempts.decide, job_id, end, self.clock.now()):
            self.ended(job_id)

    async def _has_ended(self, job_id: str) -> bool:
        job = await self._store.read(jobs.find, job_id)
        return job is None or job.state in FINAL

    def _stop(self, placed: _Placed | None, grace: float) -> None:
        if placed is not None and placed.handle is not None:
            self._spawn(self._executor.stop(placed.handle, grace))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("A step of the engine failed.", exc_info=error)


async def _again_and_again(step: Callable[[], Awaitable[None]]) -> None:
    """Repeat a step for as long as the service runs, whatever happens to one of its turns."""
    while True:
        try:
            await step()
        except Exception:  # noqa: BLE001 - a full disk, for example: the jobs go on when there is room again
            _log.exception("The engine failed, and tries again.")
            await asyncio.sleep(RETRY_PAUSE)
