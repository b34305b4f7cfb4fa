"""What is wrong between this program and a runtime service, and how to mend it."""

from quafu_runtime.doctor.examination import checks, examine
from quafu_runtime.doctor.finding import Finding, Outcome

__all__ = ["Finding", "Outcome", "checks", "examine"]
