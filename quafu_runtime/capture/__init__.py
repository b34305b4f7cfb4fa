"""Functions as programs: `@program` makes one file of a function and of everything that it uses."""

from quafu_runtime.capture.function import ProgramFunction, program

__all__ = ["ProgramFunction", "program"]
