"""Programs: what the service knows of them, their metadata, and their source."""

from quafu_runtime.programs.given import Captured, ProgramSource, is_captured, read_program
from quafu_runtime.programs.metadata import ProgramMetadata
from quafu_runtime.programs.source import decode_source, encode_source, read_source
from quafu_runtime.programs.values import ProgramList, RuntimeProgram, format_programs

__all__ = [
    "Captured",
    "ProgramList",
    "ProgramMetadata",
    "ProgramSource",
    "RuntimeProgram",
    "decode_source",
    "encode_source",
    "format_programs",
    "is_captured",
    "read_program",
    "read_source",
]
