"""Each operation on a program, once, as a flow. Running one is in `runs`."""

from collections.abc import Mapping
from os import PathLike
from typing import Any, Literal, TypeAlias, get_args

from quafu_runtime_api import models
from quafu_runtime_api.api.programs import (
    program,
    program_delete,
    program_update,
    programs,
    programs_upload,
)
from quafu_runtime_api.types import UNSET

from quafu_runtime._client import fields
from quafu_runtime._client.answers import malformed
from quafu_runtime._client.cautions import caution, depth_of_the_user
from quafu_runtime._client.flow import Call, Doubt, Flow, LookFor, T, ask
from quafu_runtime._client.guarding import guard_source, guard_values
from quafu_runtime._client.keys import key_or_new, keyed
from quafu_runtime._client.known import Known
from quafu_runtime._client.names import nearby
from quafu_runtime.check import ensure_valid
from quafu_runtime.errors import (
    ArgumentError,
    DuplicateProgramError,
    NothingToUpdateWarning,
    ProgramNotFoundError,
    QuafuRuntimeError,
)
from quafu_runtime.programs import ProgramList, ProgramMetadata, RuntimeProgram, encode_source, read_source

IfExists: TypeAlias = Literal["error", "reuse", "update"]
"""What an upload does where a program of the user has the name already."""

_IF_EXISTS = get_args(IfExists)
_ROUNDS = 3
"""Tries where others delete the program and upload it again meanwhile."""

_PAGE = 100
"""Programs that one call asks for."""

_NAMES_DEADLINE = 5.0
"""Seconds that the names for a message may take; without them the message is shorter."""


def upload(
    data: str | PathLike[str],
    metadata: ProgramMetadata,
    known: Known,
    *,
    if_exists: IfExists = "error",
    allow_secrets: bool = False,
) -> Flow[str]:
    """Check a program and upload it.

    Whether there is a program of this name already is what the service says to the upload itself, so that of two who
    upload at once each gets an answer that is right.

    Args:
        data: A path, or the source.
        metadata: Its metadata; a name is needed.
        known: What is known of the service.
        if_exists: What to do where a program of the user has this name: raise, take it if its source is the same, or
            change it.
        allow_secrets: Whether it is sent also where it holds what looks like a token.

    Returns:
        The program's id.

    Raises:
        ArgumentError: There is no such file, or no name, or `if_exists` is none of these.
        SecretFoundError: It holds what nobody else should read.
        ProgramNotValidError: The check found errors.
        DuplicateProgramError: A program of the user has this name, or for "reuse" another source.
        SubmitUncertain: The answer was lost.
    """
    if metadata.name is None:
        message = 'A program needs a name: upload_program(data, {"name": "..."}) or upload_program(data, name="...").'
        raise ArgumentError(message)
    if if_exists not in _IF_EXISTS:
        message = f'if_exists is "error", "reuse" or "update", not {if_exists!r:.60}.'
        raise ArgumentError(message)
    if not allow_secrets:
        guard_values({"the metadata": metadata.wire()}, known)
    source = _checked_source(data, known, allow_secrets=allow_secrets)
    for _ in range(_ROUNDS):
        try:
            return (yield from _uploaded(source, metadata, known, repeatable=if_exists != "error"))
        except DuplicateProgramError as error:
            if if_exists == "error":
                raise
            code = error.code
        try:
            return (yield from _existing(source, metadata, known, code, change=if_exists == "update"))
        except ProgramNotFoundError:
            continue  # it was deleted in between
    message = f'The program "{metadata.name}" is uploaded and deleted by others at the same time.'
    raise DuplicateProgramError(message, operation="programs_upload")


def _uploaded(source: str, metadata: ProgramMetadata, known: Known, *, repeatable: bool) -> Flow[str]:
    wire = {"is_public": 0, **metadata.wire()}  # private unless somebody says otherwise
    request = models.UploadRequest(data=source, **wire)
    key = key_or_new()
    advice = f'See whether service.program(name="{metadata.name}") finds it before you upload it again.'
    call = Call(
        "programs_upload",
        programs_upload.build(body=request),
        programs_upload.parse,
        f'Program "{metadata.name}"',
        repeatable=repeatable,  # a try whose answer was lost is found as a program that exists
        look_for=LookFor(advice, metadata.name, metadata.backend, key),
    )
    answer = yield from ask(keyed(call, key, known))
    known.forget_programs()
    return fields.text(answer.data.id, "id", call.operation)


def _existing(source: str, metadata: ProgramMetadata, known: Known, code: int | None, *, change: bool) -> Flow[str]:
    """The program that has the name already, changed, or as it is where its source is the same."""
    found = yield from look_up(None, metadata.name, known, refresh=True)
    if change:
        request = models.UpdateRequest(program_id=found.program_id, data=source, **metadata.wire())
        subject = _subject(found.program_id, metadata.name)
        known.forget_programs()
        yield from ask(Call("program_update", program_update.build(body=request), program_update.parse, subject))
        known.forget_programs()
    elif found.data is None or encode_source(found.data) != source:
        message = (
            f'A program of yours is called "{metadata.name}" already, and its source differs '
            f'(id {found.program_id}). Say if_exists="update" to replace it, or give another name.'
        )
        raise DuplicateProgramError(message, operation="programs_upload", code=code)
    return found.program_id


def update(
    program_id: str,
    data: str | PathLike[str] | None,
    metadata: ProgramMetadata,
    known: Known,
    *,
    allow_secrets: bool = False,
) -> Flow[RuntimeProgram]:
    """Change a program: its source, its metadata, or both.

    Args:
        program_id: The program.
        data: A path, or the new source; None to leave the source as it is.
        metadata: What to change.
        known: What is known of the service.
        allow_secrets: Whether it is sent also where it holds what looks like a token.

    Returns:
        The whole program as it is now; where nothing is to be changed, what is known of it here.

    Raises:
        ArgumentError: There is no such file.
        SecretFoundError: What is sent holds what nobody else should read.
        ProgramNotValidError: The check found errors.
        ProgramNotFoundError: There is no such program.
    """
    wire = metadata.wire()
    if not allow_secrets:
        guard_values({"the metadata": wire}, known)
    source = None if data is None else _checked_source(data, known, allow_secrets=allow_secrets)
    if source is None and not wire:
        caution(f"Nothing to update of program {program_id}: no request was sent.", NothingToUpdateWarning)
        return known.programs.get((program_id, None)) or RuntimeProgram(program_id=program_id, name="")
    operation = "program_update"
    request = models.UpdateRequest(program_id=program_id, data=UNSET if source is None else source, **wire)
    call = Call(operation, program_update.build(body=request), program_update.parse, _subject(program_id, None))
    known.forget_programs()
    answer = yield from with_names(ask(call), program_id)
    known.forget_programs()
    return read_program(answer.data.to_dict(), operation)


def delete(program_id: str, known: Known) -> Flow[None]:
    """Delete a program.

    Raises:
        ProgramNotFoundError: There is no such program.
    """
    doubt = Doubt()
    request = program_delete.build(program_id=program_id)
    call = Call("program_delete", request, program_delete.parse, _subject(program_id, None), doubt=doubt)
    known.forget_programs()
    try:
        yield from ask(call)
    except ProgramNotFoundError as error:
        if not doubt.answer_lost:  # else it was deleted by a try whose answer was lost
            raise (yield from _with_names(error, program_id)) from None
    finally:
        known.forget_programs()


def look_up(program_id: str | None, name: str | None, known: Known, *, refresh: bool) -> Flow[RuntimeProgram]:
    """One whole program, with its source.

    Args:
        program_id: Its id, or None.
        name: Its name, or None.
        known: Where programs that were looked up are kept.
        refresh: Whether to ask again what was looked up before.

    Raises:
        PermissionDeniedError: It belongs to somebody else, and is not public.
        ProgramNotFoundError: There is no such program.
    """
    key = (program_id, name)
    if refresh or key not in known.programs:
        operation = "program"
        request = program.build(program_id=program_id or UNSET, name=name or UNSET)
        call = Call(operation, request, program.parse, _subject(program_id, name))
        answer = yield from with_names(ask(call), name or program_id or "")
        known.programs[key] = read_program(answer.data.to_dict(), operation)
    return known.programs[key]


def page(limit: int | None, skip: int) -> Flow[ProgramList]:
    """The programs that the user may run, without their source, in the service's order.

    Args:
        limit: How many at most; None for all.
        skip: How many to pass over.

    Raises:
        ServiceError: The service refused.
    """
    found: dict[str, RuntimeProgram] = {}
    passed, total = skip, None
    while limit is None or len(found) < limit:
        size = _PAGE if limit is None else min(_PAGE, limit - len(found))
        read, total = yield from _one_page(size, passed)
        new = {one.program_id: one for one in read if one.program_id not in found}
        found.update(new)
        passed += len(read)
        # A service that passes over nothing would send the same page for ever.
        if not new or (passed >= total if total is not None else len(read) < size):
            break
    return ProgramList(list(found.values())[:limit], total=total)


def with_names(flow: Flow[T], wanted: str) -> Flow[T]:
    """Have a flow made, and where it finds no program, say which ones there are.

    Args:
        flow: The flow.
        wanted: What was asked for.
    """
    try:
        return (yield from flow)
    except ProgramNotFoundError as error:
        raise (yield from _with_names(error, wanted)) from None


def read_program(data: Mapping[str, Any], operation: str) -> RuntimeProgram:
    """A program of an answer.

    Raises:
        MalformedAnswerError: It is none.
    """
    try:
        return RuntimeProgram.from_wire(data)
    except (ValueError, TypeError) as error:
        malformed(operation, str(error))


def _one_page(limit: int, offset: int, deadline: float | None = None) -> Flow[tuple[list[RuntimeProgram], int | None]]:
    operation = "programs"
    request = programs.build(limit=limit, offset=offset)
    answer = yield from ask(Call(operation, request, programs.parse, "The list of programs", deadline=deadline))
    total = fields.optional_integer(answer.data.count, "count", operation)
    return [read_program(one.to_dict(), operation) for one in answer.data.programs], total


def _with_names(error: ProgramNotFoundError, wanted: str) -> Flow[ProgramNotFoundError]:
    """The error with the names of the first page, or as it is where they cannot be had."""
    try:
        read, _ = yield from _one_page(_PAGE, 0, _NAMES_DEADLINE)
    except QuafuRuntimeError:
        return error
    return ProgramNotFoundError(
        f"{error.message} {nearby(wanted, [one.name for one in read])}",
        operation=error.operation,
        code=error.code,
        service_message=error.service_message,
        request_id=error.request_id,
    )


def _checked_source(data: str | PathLike[str], known: Known, *, allow_secrets: bool) -> str:
    source, called = read_source(data)
    if not allow_secrets:
        guard_source(source, called, known)
    ensure_valid(source, called, stacklevel=depth_of_the_user() + 2)
    return encode_source(source)


def _subject(program_id: str | None, name: str | None) -> str:
    return f"Program {program_id}" if name is None else f'Program "{name}"'
