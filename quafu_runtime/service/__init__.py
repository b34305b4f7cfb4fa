"""The runtime service: the deployed one, or one of your own."""

from quafu_runtime._client.joblist import JobList
from quafu_runtime.service.service import RuntimeService

__all__ = ["JobList", "RuntimeService"]
