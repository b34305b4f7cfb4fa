"""The runtime service: the deployed one, or one of your own."""

from quafu_runtime.service.service import RuntimeService

__all__ = ["RuntimeService"]
