"""pyquafu inside a job: its requests answered in process, its traps guarded, its randomness seeded.

`warm` belongs in the process from which jobs are forked, `install` in the process of each job.
"""

from quafu_runtime.server.runner.quafu_seam.seam import Session, install, warm

__all__ = ["Session", "install", "warm"]
