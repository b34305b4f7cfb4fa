"""Which program to run: by its id, its name, the file that it is in, or the function that it was written as."""

import hashlib
import os
import re
from os import PathLike
from pathlib import Path

from attrs import evolve, field, frozen

from quafu_runtime._client.arguments import identifier
from quafu_runtime._client.flow import Flow, T
from quafu_runtime._client.known import Known
from quafu_runtime._client.programs import upload
from quafu_runtime.errors import ArgumentError, ProgramNotFoundError
from quafu_runtime.programs import Captured, ProgramMetadata, RuntimeProgram, is_captured, read_source

_ID = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_HASH_DIGITS = 12
"""Digits of a source's hash in the name of a program that was made of it: 48 bits tell any two sources apart."""

_SUFFIX = ".py"


@frozen
class Target:
    """Which program to run.

    Attributes:
        program_id: By its id, or None.
        name: By its name, or None; beside an id, what messages and lists call it.
        path: By the file that it is in, or None.
        stem: How the name of a program begins that is made of a source.
        source: By its source, or None.
        missing: The file of this name that might have been meant, and is not there; or None.
        allow_secrets: Whether it is sent also where it, or its params, hold what looks like a token.
    """

    program_id: str | None = None
    name: str | None = None
    path: Path | None = None
    stem: str = ""
    source: str | None = field(default=None, repr=False)
    missing: str | None = None
    allow_secrets: bool = False

    @property
    def subject(self) -> str:
        """How a message begins."""
        return f"Program {self.program_id}" if self.name is None else f'Program "{self.name}"'


def target(
    program: str | PathLike[str] | RuntimeProgram | Captured | None,
    program_id: str | None,
    name: str | None,
    *,
    paths: bool = True,
    allow_secrets: bool = False,
) -> Target:
    """Which program is meant.

    A text is a path where it ends in .py or has a separator in it, and there is such a file; else it is an id or a
    name. With `name=` it is a name in any case, and a `Path` is a path in any case.

    Args:
        program: An id, a name, the path of a file, a program, or a function that is one; None where one of the others
            is given.
        program_id: An id.
        name: A name.
        paths: Whether a path or a function is one, too.
        allow_secrets: Whether it is sent also where it, or its params, hold what looks like a token.

    Raises:
        ArgumentError: None is given, or `program` and another, or something that is none of these; or a file is no
            readable one.
    """
    if program is None:
        if program_id is None and name is None:
            message = "Say which program: by its id or its name, or with program_id= or name=."
            raise ArgumentError(message)
        return Target(
            program_id=None if program_id is None else identifier(program_id, "program_id"),
            name=None if name is None else identifier(name, "name"),
            allow_secrets=allow_secrets,
        )
    if program_id is not None or name is not None:
        message = "Say once which program: program, or program_id= and name=."
        raise ArgumentError(message)
    return evolve(_given(program, paths=paths), allow_secrets=allow_secrets)


def located(meant: Target, known: Known) -> Flow[Target]:
    """The program with its id or its name: one that is given by its source is uploaded, at most once for each text.

    Args:
        meant: Which program.
        known: What is known of the service, and what was uploaded before.

    Raises:
        ProgramNotValidError: The check before an upload found errors.
        SecretFoundError: It holds what nobody else should read.
        DuplicateProgramError: There is another program of the name: one that was changed afterwards.
    """
    if meant.source is None:
        seen = known.programs.get((meant.program_id, None)) if meant.name is None else None
        return meant if seen is None else evolve(meant, name=seen.name)
    digest = hashlib.sha256(meant.source.encode("utf-8", "surrogatepass")).hexdigest()
    name = f"{meant.stem}-{digest[:_HASH_DIGITS]}"
    program_id = known.uploaded.get(name)
    if program_id is None:
        metadata = ProgramMetadata(name=name)
        program_id = yield from upload(
            meant.path or meant.source, metadata, known, if_exists="reuse", allow_secrets=meant.allow_secrets
        )
        known.uploaded[name] = program_id
    return Target(program_id=program_id, name=name)


def with_missing_file(flow: Flow[T], meant: Target) -> Flow[T]:
    """Have a flow made, and where it finds no program of a name that looks like a path, say that there is no file.

    Args:
        flow: The flow.
        meant: Which program.
    """
    try:
        return (yield from flow)
    except ProgramNotFoundError as error:
        if meant.missing is not None:
            error.args = (f"{error.message} There is no file {meant.missing} either.",)
        raise


def _given(program: object, *, paths: bool) -> Target:
    if isinstance(program, RuntimeProgram):
        return Target(program_id=program.program_id, name=program.name or None)
    if isinstance(program, str) and program.strip():
        return _named(program, paths=paths)
    if paths and isinstance(program, PathLike):
        return _file(Path(program).expanduser())
    if paths and is_captured(program):
        return Target(stem=program.name, source=program.source)
    message = f"A program is named by its id, its name, a path or a RuntimeProgram, not by {program!r:.60}."
    raise ArgumentError(message)


def _named(program: str, *, paths: bool) -> Target:
    if _ID.fullmatch(program):
        return Target(program_id=program)
    if not paths or not (program.endswith(_SUFFIX) or os.sep in program):
        return Target(name=program)
    try:
        path = Path(program).expanduser()
        is_file = path.is_file()
    except PermissionError as error:
        message = f'The program "{program}" cannot be read: {error.strerror}. If a name is meant, say name="{program}".'
        raise ArgumentError(message) from None
    except (OSError, ValueError, RuntimeError):  # too long for a path, with a NUL in it, the home of nobody
        return Target(name=program)
    return _file(path) if is_file else Target(name=program, missing=str(path.absolute()))


def _file(path: Path) -> Target:
    source, _ = read_source(path)
    return Target(path=path, stem=path.stem, source=source)
