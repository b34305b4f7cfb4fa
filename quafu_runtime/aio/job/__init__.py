"""A job, with awaited calls."""

from quafu_runtime._client.iterators import AsyncJobStream
from quafu_runtime._client.records import JobEvent, JobInfo
from quafu_runtime.aio.job.job import AsyncRuntimeJob

__all__ = ["AsyncJobStream", "AsyncRuntimeJob", "JobEvent", "JobInfo"]
