"""A job in one file: its program, params, result, log, interim results and versions, to be kept, read and run again."""

from quafu_runtime.bundle.reading import load_bundle
from quafu_runtime.bundle.values import JobBundle

__all__ = ["JobBundle", "load_bundle"]
