"""Which program many runs are of: uploaded once for all of them, as a flow."""

from attrs import field, frozen

from quafu_runtime._client.flow import Flow
from quafu_runtime._client.known import Known
from quafu_runtime._client.programs import look_up
from quafu_runtime._client.targets import Target, located
from quafu_runtime.errors import ArgumentError


@frozen
class Settled:
    """The program that is run.

    Attributes:
        program_id: Its id, or None where it is named.
        name: Its name, or None where only its id is known.
        source: Its text, or None where it was not needed.
    """

    program_id: str | None
    name: str | None
    source: str | None = field(default=None, repr=False)


def settled(meant: Target, known: Known, *, with_source: bool) -> Flow[Settled]:
    """See that the program is at the service.

    Args:
        meant: The program.
        known: What is known of the service.
        with_source: Whether its text is needed, and its id, also of a program that is only named.

    Raises:
        ArgumentError: Its text is needed, and the service does not give it.
        ProgramNotValidError: The check before an upload found errors.
        ProgramNotFoundError: There is no such program.
    """
    there = yield from located(meant, known)
    if meant.source is not None or not with_source:
        return Settled(there.program_id, there.name, meant.source)
    found = yield from look_up(there.program_id, None if there.program_id else there.name, known, refresh=True)
    if found.data is None:
        message = f'The service does not give the text of the program "{found.name}", which is needed to compare it.'
        raise ArgumentError(message)
    return Settled(found.program_id, found.name, found.data)
