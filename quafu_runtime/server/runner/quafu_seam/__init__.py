"""pyquafu inside a job: its requests answered in process, its traps guarded, its randomness seeded.

`warm` belongs in the process from which jobs are forked, `install` in the process of each job, and `in_this_process` in
a user's own.
"""

from quafu_runtime.server.runner.circuit_record import CircuitRecord
from quafu_runtime.server.runner.quafu_seam.seam import Session, in_this_process, install, warm

__all__ = ["CircuitRecord", "Session", "in_this_process", "install", "warm"]
