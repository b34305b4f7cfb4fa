"""The registry of one's jobs: a small SQLite file that every submitted job is written down in."""

from quafu_runtime.registry.registry import JobRegistry
from quafu_runtime.registry.values import RegisteredJob

__all__ = ["JobRegistry", "RegisteredJob"]
