"""A program as a user gives it: as a file, a text, a function, or a program that a service has."""

import os
from typing import Protocol, TypeAlias, TypeGuard

from quafu_runtime.errors import ArgumentError
from quafu_runtime.programs.source import read_source
from quafu_runtime.programs.values import RuntimeProgram


class Captured(Protocol):
    """A function that is a program: `quafu_runtime.program` makes one."""

    @property
    def name(self) -> str:
        """What the program is called."""
        ...

    @property
    def source(self) -> str:
        """Its whole source."""
        ...


ProgramSource: TypeAlias = str | os.PathLike[str] | RuntimeProgram | Captured
"""Whatever a program's source can be had from, without asking a service."""


def read_program(program: ProgramSource) -> tuple[str, str]:
    """The source of a program, however it is given.

    Args:
        program: A path, a source, a function that is a program, or a program with its source.

    Returns:
        The source, and what messages may call it.

    Raises:
        ArgumentError: It is none of these, there is no such file, or the program came without its source.
    """
    if isinstance(program, RuntimeProgram):
        if program.data is None:
            message = f'The program "{program.name}" came without its source: get it with service.program("…").'
            raise ArgumentError(message)
        return program.data, program.name
    if is_captured(program):
        return program.source, program.name
    return read_source(program)  # type: ignore[arg-type]  # what is none of these is refused there


def is_captured(program: object) -> TypeGuard[Captured]:
    """Whether something is a function that is a program."""
    return callable(program) and all(hasattr(type(program), name) for name in ("name", "source"))
