"""Many jobs at once: submitted a few at a time, and waited for together; failures come back as values."""

from quafu_runtime.many.blocking import JobMap, as_completed, gather
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.seeds import point_seed

__all__ = ["FailedRun", "JobMap", "as_completed", "gather", "point_seed"]
