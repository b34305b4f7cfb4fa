"""Moves the jobs: hands them to the executor, watches over them, cancels them, and settles what is lost.

Every decision is a guarded change of the store. What this object remembers is only which job is where on the executor,
and when it was heard.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from quafu_runtime.server.admission import Admission
from quafu_runtime.server.auth import hash_of, new_token
from quafu_runtime.server.clock import Clock
from quafu_runtime.server.executor import Attempt, Executor, Handle
from quafu_runtime.server.hub import Hub
from quafu_runtime.server.lifecycle import FINAL, State
from quafu_runtime.server.placed import Placed
from quafu_runtime.server.settings import ADOPTED_GRACE, CANCEL_GRACE, LEASE
from quafu_runtime.server.store import attempts, jobs, queue
from quafu_runtime.server.store.store import Store

SHORT_OF_MEMORY = 0.5
"""Seconds until it is looked again whether the machine has the memory for another job."""

STARTING = 2.0
"""Seconds for which a job is just starting: until it has most of the memory that it needs."""

WATCH_INTERVAL = 0.25
"""Seconds between two looks at the runners: as long as a job may go on after its process was killed."""

RETRY_PAUSE = 1.0
"""Seconds after a failure of the store, a full disk for example, until the engine tries again."""

MAY_BE_MISSING = "What the program printed and published last may be missing."
"""Said of a job that was lost: its runner sends events in batches."""

LEFT_BEHIND = f"The job was lost: its runner ended while the runtime service was not running. {MAY_BE_MISSING}"
"""Said of a job that was running when its service ended, and was not there any more for the next one."""

_log = logging.getLogger(__name__)


class Engine:
    """What happens to the jobs of one service.

    Args:
        store: What is kept.
        hub: Who waits for what.
        executor: Where the jobs run.
        runners_url: Where runners report.
        clock: Where the time comes from.
        lease: Seconds without a word of its runner after which a job counts as lost.
        admission: What may be started.
    """

    def __init__(
        self,
        store: Store,
        hub: Hub,
        executor: Executor,
        runners_url: str,
        *,
        clock: Clock | None = None,
        lease: float = LEASE,
        admission: Admission | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.lease = lease
        self._store = store
        self._hub = hub
        self._executor = executor
        self._runners_url = runners_url
        self._admission = admission or Admission()
        self._placed: dict[str, Placed] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._poked = asyncio.Event()
        self._watched_at = self.clock.monotonic()

    def lease_from_now(self) -> datetime:
        """Until when nothing need be heard of a runner that was heard of now, for the store; the engine measures it."""
        return self.clock.now() + timedelta(seconds=self.lease)

    async def start(self) -> None:
        """Take up what runs since an earlier life of the service, and begin to hand out jobs.

        Raises:
            LaunchError: No job can ever run here.
            sqlalchemy.exc.SQLAlchemyError: The store cannot be used.
        """
        await self._executor.start()
        for held in await self._store.read(attempts.held):
            # A runner that has not been told to go may still ask. It is fenced by this, and so runs nothing.
            if held.state is State.RUNNING:
                await self._take_up(held)
            else:
                await self._store.write_durably(attempts.requeue, held.job_id, held.attempt)
        await self._executor.end_others()
        self._poked.set()
        self._watched_at = self.clock.monotonic()
        self._loops = [
            asyncio.create_task(_again_and_again(self._dispatch)),
            asyncio.create_task(_again_and_again(self._watch)),
        ]

    def poke(self) -> None:
        """Say that there may be a job to hand out."""
        self._poked.set()

    @contextmanager
    def hearing(self, reporter: attempts.Reporter) -> Iterator[None]:
        """Take in a report: a runner that speaks is not lost, whatever becomes of what it says."""
        placed = self._placed.get(reporter.job_id)
        if placed is None or not placed.is_from(reporter.attempt, reporter.token_hash):
            yield
            return
        placed.speaking += 1
        try:
            yield
        finally:
            placed.speaking -= 1
            placed.heard_at = self.clock.monotonic()

    def ended(self, job_id: str) -> None:
        """Say that a job has ended, after it was written: its place is free, and whoever waits for it is told."""
        self._placed.pop(job_id, None)
        self._hub.wake(job_id)
        self.poke()

    async def cancel(self, job_id: str) -> bool:
        """Cancel a job, within about a second; one that was taken up from an earlier life of the service, within three.

        Returns:
            Whether it is cancelled: False where it has ended otherwise.
        """
        placed = self._placed.get(job_id)
        outcome = await self._store.write_durably(attempts.cancel, job_id, self.clock.now())
        if outcome is attempts.Cancelling.TOO_LATE:
            return False
        if outcome is attempts.Cancelling.DONE:
            self._stop(placed, CANCEL_GRACE)
            self.ended(job_id)
            return True
        await self._see_cancel_through(job_id, placed)
        job = await self._store.read(jobs.find, job_id)
        return job is not None and job.state is State.CANCELLED

    async def drain(self) -> None:
        """Hand out nothing more: what runs goes on, for the next service to take up. Jobs that do not are put back."""
        await self._halt()
        for job_id, placed in list(self._placed.items()):
            # Where it cannot be written, the next service puts them back.
            with contextlib.suppress(SQLAlchemyError):
                if await self._store.write_durably(attempts.requeue, job_id, placed.attempt):
                    del self._placed[job_id]
                    if placed.handle is not None:
                        await self._executor.stop(placed.handle, 0.0)

    async def stop(self) -> None:
        """End what runs, since the service is about to end. Jobs whose `run` was not called stay in the queue."""
        await self._halt()
        await asyncio.gather(*(self._let_go(job_id, placed) for job_id, placed in list(self._placed.items())))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _halt(self) -> None:
        """Begin nothing new, and give up what is just being launched."""
        for task in (*self._loops, *self._tasks):
            task.cancel()
        await asyncio.gather(*self._loops, *self._tasks, return_exceptions=True)

    async def _take_up(self, held: attempts.Held) -> None:
        handle = Handle(held.job_id, held.attempt)
        placed = self._placed[held.job_id] = Placed(
            held.attempt, self.clock.monotonic(), token_hash=held.token_hash, handle=handle, is_adopted=True
        )
        if not await self._executor.adopt(handle, held.runner):
            placed.lost = LEFT_BEHIND
        elif held.cancel_requested:
            self._spawn(self._see_cancel_through(held.job_id, placed))

    async def _dispatch(self) -> None:
        await self._poked.wait()
        self._poked.clear()
        try:
            while len(self._placed) < self._executor.capacity() and await self._hand_out():
                pass
        except BaseException:
            self._poked.set()
            raise

    async def _hand_out(self) -> bool:
        """Hand out the next job. Returns False where none waits that may be started."""
        if not self._may_start_another():
            await asyncio.sleep(SHORT_OF_MEMORY)
            self.poke()
            return False
        token = new_token()
        token_hash = hash_of(token)
        per_user = self._admission.jobs_per_user
        claimed = await self._store.write(queue.claim, token_hash, self.clock.now(), self.lease_from_now(), per_user)
        if claimed is None:
            return False
        now = self.clock.monotonic()
        placed = self._placed[claimed.job_id] = Placed(claimed.attempt, now, placed_at=now, token_hash=token_hash)
        self._spawn(self._launch(claimed, token, placed))
        return True

    def _may_start_another(self) -> bool:
        recently = self.clock.monotonic() - STARTING
        starting = sum(placed.placed_at > recently for placed in self._placed.values())
        return self._admission.admits(len(self._placed), starting)

    async def _launch(self, claimed: jobs.Claimed, token: str, placed: Placed) -> None:
        attempt = Attempt(
            job_id=claimed.job_id,
            number=claimed.attempt,
            token=token,
            service_url=self._runners_url,
            source=claimed.source,
            program_name=claimed.program_name,
            params_json=claimed.params,
            backend=claimed.backend,
            seed=claimed.seed,
            max_execution_time=claimed.max_execution_time,
        )
        try:
            handle = await self._executor.launch(attempt)
        except Exception as error:  # noqa: BLE001 - whatever an executor raises: a job must never be forgotten
            _log.exception("The job %s could not be started.", claimed.job_id)
            placed.lost = f"The job could not be started: {error}"
            return
        if self._placed.get(claimed.job_id) is placed:
            placed.handle, placed.heard_at = handle, self.clock.monotonic()
        else:  # it was cancelled meanwhile, or it has ended already
            await self._executor.stop(handle, 0.0)

    async def _watch(self) -> None:
        """Look at the runners, and settle what is lost; what cannot be written now is settled at a later look."""
        now = self.clock.monotonic()
        if now - self._watched_at > self.lease / 2:  # this process was stopped, and could hear nobody
            for placed in self._placed.values():
                placed.heard_at = now
        self._watched_at = now
        handles = [placed.handle for placed in self._placed.values() if placed.handle is not None]
        gone = await self._executor.probe(handles)
        for job_id, placed in list(self._placed.items()):
            why = self._why_lost(placed, gone, now)
            if why is not None:
                await self._lose(job_id, placed, why)
        await asyncio.sleep(WATCH_INTERVAL)

    def _why_lost(self, placed: Placed, gone: dict[Handle, str | None], now: float) -> str | None:
        if placed.lost is not None or placed.handle is None:
            return placed.lost
        how = gone.get(placed.handle)
        if how is not None:
            return f"The job was lost: its runner {how}. {MAY_BE_MISSING}"
        if placed.is_silent(now, self.lease):
            return f"The job was lost: its runner was silent for {self.lease:.0f} seconds. {MAY_BE_MISSING}"
        return None

    async def _lose(self, job_id: str, placed: Placed, why: str) -> None:
        state = await self._store.write_durably(attempts.lose, job_id, placed.attempt, why, self.clock.now())
        self._stop(placed, 0.0)
        if self._placed.get(job_id) is placed:
            del self._placed[job_id]
        if state is not None:
            self._hub.wake(job_id)
        self.poke()

    async def _let_go(self, job_id: str, placed: Placed) -> None:
        """Have a job end, or go back to the queue, for the end of the service."""
        if await self._store.write_durably(attempts.requeue, job_id, placed.attempt):
            return
        # The word to stop reaches only those that were placed by this service.
        await self._await_end(job_id, placed, 0.0 if placed.is_adopted else CANCEL_GRACE)
        await self._decide(job_id, attempts.End(State.ERROR, attempts.STOPPED, exit=attempts.KILLED))

    async def _see_cancel_through(self, job_id: str, placed: Placed | None) -> None:
        """Have a running job end that is to be cancelled, and decide without its runner where that says nothing."""
        await self._await_end(job_id, placed, ADOPTED_GRACE if placed and placed.is_adopted else CANCEL_GRACE)
        await self._decide(job_id, attempts.End(State.CANCELLED, None, exit=attempts.CANCELLED))

    async def _await_end(self, job_id: str, placed: Placed | None, grace: float) -> None:
        """Have the runner of a job end it, and wait for that."""
        with self._hub.listen(job_id) as listener:
            self._stop(placed, grace)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    while not await self._has_ended(job_id):
                        await listener.changed(within=grace)

    async def _decide(self, job_id: str, end: attempts.End) -> None:
        """End a job whose runner has not said in time how it ended."""
        if await self._store.write_durably(attempts.decide, job_id, end, self.clock.now()):
            self.ended(job_id)

    async def _has_ended(self, job_id: str) -> bool:
        job = await self._store.read(jobs.find, job_id)
        return job is None or job.state in FINAL

    def _stop(self, placed: Placed | None, grace: float) -> None:
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
    said = ""
    while True:
        try:
            await step()
        except Exception as error:  # noqa: BLE001 - a full disk, for example: the jobs go on when there is room again
            if str(error) != said:  # once is enough, as long as it is the same
                _log.exception("The engine failed, and tries again.")
            said = str(error)
            await asyncio.sleep(RETRY_PAUSE)
        else:
            said = ""
