"""Programs run here, without any service: in this process, to debug them, or in a process of their own, to try them.

Both use what the local runtime uses around a job's program, and need the extra `local` as it does.
"""

from quafu_runtime.here.dry import dry_run, dry_run_awaited
from quafu_runtime.here.report import DryRun
from quafu_runtime.here.session import run_here

__all__ = ["DryRun", "dry_run", "dry_run_awaited", "run_here"]
