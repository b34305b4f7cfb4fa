"""The runtime service for asyncio: the names of the sync client, awaited."""

from quafu_runtime.aio.gathering import AsyncJobMap, as_completed, gather
from quafu_runtime.aio.job import AsyncRuntimeJob
from quafu_runtime.aio.service import AsyncRuntimeService
from quafu_runtime.aio.sweeping import AsyncSweep

__all__ = ["AsyncJobMap", "AsyncRuntimeJob", "AsyncRuntimeService", "AsyncSweep", "as_completed", "gather"]
