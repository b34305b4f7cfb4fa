"""Where the processes of a job are started: this machine, or others.

An executor only places processes, and tells what became of them. It never decides how a job ended.
"""

from quafu_runtime.server.executor.attempt import Attempt, Handle
from quafu_runtime.server.executor.local import LocalExecutor
from quafu_runtime.server.executor.protocol import Executor, LaunchError

__all__ = ["Attempt", "Executor", "Handle", "LaunchError", "LocalExecutor"]
