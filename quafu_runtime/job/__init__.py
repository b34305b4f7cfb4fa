"""A job, with blocking calls, and the values that tell of one."""

from quafu_runtime._client.iterators import JobStream
from quafu_runtime._client.ledger import CircuitRecord, Ledger, TimeAccount
from quafu_runtime._client.records import JobEvent, JobExit, JobInfo
from quafu_runtime.job.job import RuntimeJob

__all__ = [
    "CircuitRecord",
    "JobEvent",
    "JobExit",
    "JobInfo",
    "JobStream",
    "Ledger",
    "RuntimeJob",
    "TimeAccount",
]
