"""Sweeps: a program at every point of a grid, kept in one file, so that no interruption loses or repeats any."""

from quafu_runtime.sweep.blocking import Sweep, open_sweep
from quafu_runtime.sweep.table import SweepTable

__all__ = ["Sweep", "SweepTable", "open_sweep"]
