"""The check of a program before it is sent: what certainly breaks is an error, what is doubtful a warning."""

from quafu_runtime.check.program import check_program
from quafu_runtime.check.report import CheckReport, Finding
from quafu_runtime.check.source import check_source, ensure_valid

__all__ = ["CheckReport", "Finding", "check_program", "check_source", "ensure_valid"]
