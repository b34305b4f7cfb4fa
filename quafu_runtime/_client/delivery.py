"""Delivers interim results to a callback while the caller goes on: in a daemon thread, or in an asyncio task.

An exception in the callback ends the delivery, is logged, and stays in `error`. A message that cannot be decoded is
logged and passed over: one odd message must not hide those after it.
"""

import asyncio
import inspect
import logging
import threading
from collections.abc import Callable
from contextlib import aclosing, closing
from typing import Any

from quafu_runtime._client.callbacks import ALREADY_STREAMING, message_of
from quafu_runtime._client.jobs import Decoder
from quafu_runtime._client.sockets import AsyncReader, SyncReader
from quafu_runtime._client.stream import GAP, Arrived
from quafu_runtime.errors import JobStateError

DRAIN_SECONDS = 10.0
"""Seconds that `result()` waits, at the end of a job, for what was published before the end to reach the callback."""

_log = logging.getLogger("quafu_runtime")


class _Delivery:
    """What both kinds of delivery hold."""

    def __init__(self, callback: Callable[[str, Any], Any], decoder: type[Decoder] | None) -> None:
        self._callback = callback
        self._decoder = decoder
        self.error: BaseException | None = None

    def _call(self, job_id: str, arrived: Arrived) -> Any:
        """What the callback returns; None where there is nothing for it: a gap, or a message that cannot be decoded."""
        if arrived.kind == GAP:
            _log.warning("%s", arrived.text)
            return None
        try:
            data = message_of(arrived, self._decoder)
        except Exception:  # noqa: BLE001 - a decoder is the user's, and may raise anything
            _log.exception("Interim result %d of job %s cannot be decoded, and is passed over.", arrived.seq, job_id)
            return None
        return self._callback(job_id, data)

    def _failed(self, job_id: str, error: Exception) -> None:
        self.error = error
        _log.error("The interim results of job %s ended with an error.", job_id, exc_info=error)


class ThreadDelivery(_Delivery):
    """Delivers in a daemon thread, which never keeps the interpreter alive."""

    def __init__(self, reader: SyncReader, callback: Callable[[str, Any], Any], decoder: type[Decoder] | None) -> None:
        super().__init__(callback, decoder)
        self._reader = reader
        name = f"interim results of job {reader.state.job_id}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End it; the callback is not called any more once this returns, unless it is the caller."""
        self._reader.stop()
        self.drain(DRAIN_SECONDS)

    def drain(self, seconds: float) -> None:
        """Wait until everything is delivered; not in the callback itself, which would wait for itself."""
        if threading.current_thread() is not self._thread:
            self._thread.join(seconds)

    def _run(self) -> None:
        job_id = self._reader.state.job_id
        try:
            with closing(iter(self._reader)) as arrivals:
                for arrived in arrivals:
                    self._call(job_id, arrived)
        except Exception as error:  # noqa: BLE001 - whatever a callback raises ends here, and is reported
            self._failed(job_id, error)


class TaskDelivery(_Delivery):
    """Delivers in a task of the running event loop; a callback that is a coroutine function is awaited."""

    def __init__(self, reader: AsyncReader, callback: Callable[[str, Any], Any], decoder: type[Decoder] | None) -> None:
        super().__init__(callback, decoder)
        self._reader = reader
        self._task = asyncio.create_task(self._run(), name=f"interim results of job {reader.state.job_id}")

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return not self._task.done()

    async def stop(self) -> None:
        """End it; the callback is not called any more once this returns, unless it is the caller."""
        self._task.cancel()
        await self.drain(DRAIN_SECONDS)

    async def drain(self, seconds: float) -> None:
        """Wait until everything is delivered; not in the callback itself, which would wait for itself."""
        if asyncio.current_task() is not self._task:
            await asyncio.wait({self._task}, timeout=seconds)

    async def _run(self) -> None:
        job_id = self._reader.state.job_id
        try:
            async with aclosing(aiter(self._reader)) as arrivals:
                async for arrived in arrivals:
                    done = self._call(job_id, arrived)
                    if inspect.isawaitable(done):
                        await done
        except Exception as error:  # noqa: BLE001 - whatever a callback raises ends here, and is reported
            self._failed(job_id, error)


def refuse_a_second(delivery: ThreadDelivery | TaskDelivery | None, job_id: str) -> None:
    """See that no callback is being served.

    Raises:
        JobStateError: One is.
    """
    if delivery is not None and delivery.running:
        message = f"{ALREADY_STREAMING} End that one with interim_result_cancel()."
        raise JobStateError(message, job_id=job_id)
