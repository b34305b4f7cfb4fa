"""The local runtime: a runtime service on this machine, started as a process of its own."""

from quafu_runtime.local.runtime import LocalRuntime, attach_or_start

__all__ = ["LocalRuntime", "attach_or_start"]
