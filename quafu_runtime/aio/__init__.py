"""The runtime service for asyncio: the names of the sync client, awaited."""

from quafu_runtime.aio.job import AsyncRuntimeJob
from quafu_runtime.aio.service import AsyncRuntimeService

__all__ = ["AsyncRuntimeJob", "AsyncRuntimeService"]
