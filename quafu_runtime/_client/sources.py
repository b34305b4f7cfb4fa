"""The source of a program that may be here or at the service, as a flow."""

from collections.abc import Callable
from os import PathLike
from typing import TypeAlias

from quafu_runtime._client.flow import Flow
from quafu_runtime._client.known import Known
from quafu_runtime._client.programs import look_up
from quafu_runtime._client.targets import Target, target
from quafu_runtime.errors import ArgumentError
from quafu_runtime.programs import Captured, RuntimeProgram, read_program

Given: TypeAlias = str | PathLike[str] | RuntimeProgram | Captured
"""A path, a source, a function that is a program, a program, or the id or the name of one that the service has."""


def meant_source(program: Given) -> RuntimeProgram | Target:
    """Which program is meant, read where it is here.

    Args:
        program: However it is given. A text of several lines is a source.

    Returns:
        The program with its source, or what to look it up by.

    Raises:
        ArgumentError: It is none of these, or a file is no readable one.
    """
    if isinstance(program, str) and len(program.splitlines()) <= 1:
        meant = target(program, None, None)
    elif isinstance(program, RuntimeProgram) and program.data is None:
        meant = Target(program_id=program.program_id)
    else:
        source, name = read_program(program)
        return RuntimeProgram(program_id="", name=name, data=source)
    return meant if meant.source is None else RuntimeProgram(program_id="", name=str(meant.path), data=meant.source)


def with_source(meant: RuntimeProgram | Target, known: Callable[[], Known]) -> Flow[RuntimeProgram]:
    """A program with its source, looked up where it is not here.

    Args:
        meant: Which one.
        known: Gives what is known of the service; without it where the source is here, so that no account is needed.

    Raises:
        ArgumentError: The service does not give its source.
        ProgramNotFoundError: There is no such program.
    """
    if isinstance(meant, RuntimeProgram):
        return meant
    found = yield from look_up(meant.program_id, meant.name, known(), refresh=True)
    if found.data is None:
        message = f'The service does not give the source of the program "{found.name}".'
        raise ArgumentError(message)
    return found
