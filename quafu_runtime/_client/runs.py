"""Running a program, once, as a flow: which program is meant, what the service must be able to do, the request."""

import hashlib
import os
import re
from os import PathLike
from pathlib import Path

from attrs import frozen
from quafu_runtime_api import models
from quafu_runtime_api.api.jobs import programs_run_deploy
from quafu_runtime_api.types import UNSET, Unset

from quafu_runtime._client.arguments import identifier
from quafu_runtime._client.flow import Call, Flow, ask
from quafu_runtime._client.known import MAX_EXECUTION_TIME, SEED, Known, require
from quafu_runtime._client.programs import upload, with_names
from quafu_runtime._client.records import Submitted
from quafu_runtime.codec import check_params
from quafu_runtime.errors import ArgumentError, DuplicateProgramError
from quafu_runtime.programs import ProgramMetadata, RuntimeProgram, read_source
from quafu_runtime.programs.metadata import check_seconds

_ID = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_HASH_DIGITS = 12
"""Digits of a source's hash in the name of a program that was made of a file: 48 bits tell any two files apart."""

_LARGEST_SEED = 2**63 - 1


@frozen
class Target:
    """Which program to run.

    Attributes:
        program_id: By its id, or None.
        name: By its name, or None.
        path: By the file that it is in, or None.
    """

    program_id: str | None = None
    name: str | None = None
    path: Path | None = None

    @property
    def subject(self) -> str:
        """How a message begins."""
        return f"Program {self.program_id}" if self.name is None else f'Program "{self.name}"'


@frozen
class Options:
    """How to run a program.

    Attributes:
        backend: The backend of this job; None for the program's own.
        seed: What makes the job repeatable; None to let the service draw one.
        max_execution_time: Seconds of running that it may take; None for the program's own limit.
    """

    backend: str | None = None
    seed: int | None = None
    max_execution_time: float | None = None


def target(
    program: str | PathLike[str] | RuntimeProgram | None,
    program_id: str | None,
    name: str | None,
    *,
    paths: bool = True,
) -> Target:
    """Which program is meant.

    Args:
        program: An id, a name, the path of a file, or a program; None where one of the others is given.
        program_id: An id.
        name: A name.
        paths: Whether a path is one, too.

    Raises:
        ArgumentError: None is given, or `program` and another, or something that is none of these.
    """
    if program is None:
        if program_id is None and name is None:
            message = "Say which program: by its id or its name, or with program_id= or name=."
            raise ArgumentError(message)
        return Target(
            program_id=None if program_id is None else identifier(program_id, "program_id"),
            name=None if name is None else identifier(name, "name"),
        )
    if program_id is not None or name is not None:
        message = "Say once which program: program, or program_id= and name=."
        raise ArgumentError(message)
    if isinstance(program, RuntimeProgram):
        return Target(program_id=program.program_id)
    if paths and isinstance(program, PathLike):
        return Target(path=Path(program))
    if not isinstance(program, str) or not program.strip():
        message = f"A program is named by its id, its name, a path or a RuntimeProgram, not by {program!r:.60}."
        raise ArgumentError(message)
    return _named(program, paths=paths)


def run(meant: Target, params: object, options: Options, known: Known) -> Flow[Submitted]:
    """Run a program.

    Args:
        meant: Which one.
        params: What the program gets as its third argument.
        options: How to run it.
        known: What is known of the service.

    Raises:
        InvalidParamsError: The params cannot be sent, or the service refused them.
        ArgumentError: The service cannot honour an option, or an option is ill-formed.
        ProgramNotFoundError: There is no such program.
        ProgramNotValidError: The check before an upload found errors, or the service says so.
        SubmitUncertain: The answer was lost.
    """
    request = models.RunRequest(
        backend=UNSET if options.backend is None else options.backend,
        params=UNSET if params is None else check_params(params),
        seed=UNSET if options.seed is None else _checked_seed(options.seed),
        max_execution_time=_seconds(options.max_execution_time),
    )
    if options.seed is not None:
        yield from require(known, SEED, "seed")
    if options.max_execution_time is not None:
        yield from require(known, MAX_EXECUTION_TIME, "max_execution_time")
    if meant.path is not None:
        meant = yield from _uploaded(meant.path, known)
    request.program_id, request.program_name = meant.program_id, meant.name
    operation = "programs_run_deploy"
    call = Call(
        operation,
        programs_run_deploy.build(body=request),
        programs_run_deploy.parse,
        meant.subject,
        repeatable=False,
        look_for="No list of jobs can tell: run it again only where a second job does no harm.",
    )
    answer = yield from with_names(ask(call), meant.name or meant.program_id or "")
    return Submitted.of(answer.data, operation)


def _named(program: str, *, paths: bool) -> Target:
    if _ID.fullmatch(program):
        return Target(program_id=program)
    looks_like_a_path = paths and (program.endswith(".py") or os.sep in program)
    try:
        if looks_like_a_path and Path(program).is_file():
            return Target(path=Path(program))
    except (OSError, ValueError):  # too long for a path, or with a NUL in it
        pass
    return Target(name=program)


def _uploaded(path: Path, known: Known) -> Flow[Target]:
    """The program that a file was uploaded as, under its stem and the hash of its text: at most once for each text."""
    source, _ = read_source(path)
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
    name = f"{path.stem}-{digest[:_HASH_DIGITS]}"
    try:
        program_id = yield from upload(path, ProgramMetadata(name=name), known)
    except DuplicateProgramError:
        return Target(name=name)
    return Target(program_id=program_id)


def _checked_seed(seed: object) -> int:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= _LARGEST_SEED:
        message = f"seed is an integer from 0 to 2**63 - 1, not {seed!r:.60}."
        raise ArgumentError(message)
    return int(seed)


def _seconds(limit: float | None) -> float | Unset:
    return UNSET if limit is None else check_seconds("max_execution_time", limit)
