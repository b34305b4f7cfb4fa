"""What a job was run with, and running it again, as flows.

A service with the extension `job_inputs` says it all; elsewhere it is put together from what is known here and from
the program as it is now.
"""

import re
from collections.abc import Callable

from attrs import evolve, frozen
from quafu_runtime_api.api.jobs import job_inputs

from quafu_runtime._client import fields, programs, runs
from quafu_runtime._client.answers import malformed
from quafu_runtime._client.failures import NOT_KNOWN
from quafu_runtime._client.flow import Call, Flow, ask
from quafu_runtime._client.jobs import info
from quafu_runtime._client.known import MAX_EXECUTION_TIME, Known, features
from quafu_runtime._client.records import Submitted
from quafu_runtime.codec import check_params
from quafu_runtime.errors import (
    ArgumentError,
    JobStateError,
    PermissionDeniedError,
    ProgramNotFoundError,
    RegistryError,
)
from quafu_runtime.programs import decode_source
from quafu_runtime.registry import JobRegistry

JOB_INPUTS = "job_inputs"

_OPERATION = "job_inputs"
_HASH = re.compile(r"-[0-9a-f]{12}$")
"""What the name of a program that was made of a file ends with."""


@frozen
class Inputs:
    """What a job was run with, as far as it is known.

    Attributes:
        job_id: The job.
        program_id: The program that it ran, or None.
        program_name: That program's name, or None.
        source: The text of the program as it was run, or None.
        params: What it got, or `NOT_KNOWN`.
        backend: The backend, or None.
        seed: The seed, or None.
        max_execution_time: Seconds of running that it might take, or None.
    """

    job_id: str
    program_id: str | None = None
    program_name: str | None = None
    source: str | None = None
    params: object = NOT_KNOWN
    backend: str | None = None
    seed: int | None = None
    max_execution_time: float | None = None


def registered_params(registry: JobRegistry | None, job_id: str) -> object:
    """The params of a job that this machine's registry of jobs has kept.

    Args:
        registry: The registry, or None.
        job_id: The job.

    Returns:
        The params, or `NOT_KNOWN`: also where there were none, since a registry does not tell that apart.
    """
    try:
        kept = None if registry is None else registry.params_of(job_id)
    except RegistryError:
        return NOT_KNOWN
    return NOT_KNOWN if kept is None else kept


def inputs(
    job_id: str, known: Known, *, program_id: str | None, params: Callable[[], object], backend: str | None
) -> Flow[Inputs]:
    """What a job was run with.

    Args:
        job_id: The job.
        known: What is known of the service.
        program_id: The program that it runs, or None where it is not known here.
        params: Finds the params that are known here; asked only where the service does not say.
        backend: The backend, or None where it is not known here.

    Raises:
        JobNotFoundError: There is no such job.
        PermissionDeniedError: It belongs to somebody else.
    """
    if JOB_INPUTS in (yield from features(known)):
        return (yield from _ask_for_inputs(job_id))
    told = yield from info(job_id, known)
    return Inputs(
        job_id,
        program_id=program_id or told.program_id,
        program_name=told.program_name,
        params=params(),
        backend=backend or told.backend,
        seed=told.seed,
        max_execution_time=told.max_execution_time,
    )


def with_source(found: Inputs, known: Known) -> Flow[Inputs]:
    """The same, with the text of the program: where that of the run is not known, as the program is now.

    Args:
        found: What is known.
        known: What is known of the service.

    Raises:
        JobStateError: It is not known which program the job ran.
        ProgramNotFoundError: The program is gone.
    """
    if found.source is not None:
        return found
    now = yield from programs.look_up(_program_id(found), None, known, refresh=True)
    if now.data is None:
        message = f"The service does not give the source of the program {now.name}, which job {found.job_id} ran."
        raise JobStateError(message, job_id=found.job_id)
    return evolve(found, source=now.data, program_name=now.name)


def known_params(found: Inputs, given: object = NOT_KNOWN) -> object:
    """The params of a run: the given ones, or those that the job had.

    Args:
        found: What the job was run with.
        given: Other params, or `NOT_KNOWN`.

    Raises:
        ArgumentError: Neither are known.
    """
    params = found.params if given is NOT_KNOWN else given
    if params is NOT_KNOWN:
        message = (
            f"What job {found.job_id} got as params is not known here: it was run elsewhere, and this service does not "
            "tell. Give them: params=..."
        )
        raise ArgumentError(message)
    return params


def rerun(found: Inputs, params: object, seed: int | None, backend: str | None, known: Known) -> Flow[Submitted]:
    """Run the same program again.

    Args:
        found: What the job was run with.
        params: Other params, or `NOT_KNOWN` for the same.
        seed: A seed, or None to let the service draw one.
        backend: Another backend, or None for the same.
        known: What is known of the service that runs it.

    Raises:
        ArgumentError: The params are not known, or the service cannot honour the seed.
        JobStateError: It is not known which program the job ran.
        ProgramNotFoundError: The program is gone, and its text is not known.
        SubmitUncertain: The answer was lost.
    """
    sent = known_params(found, params)
    limit = found.max_execution_time if MAX_EXECUTION_TIME in (yield from features(known)) else None
    options = runs.Options(backend=backend or found.backend, seed=seed, max_execution_time=limit)
    meant = yield from _same_program(found, known)
    return (yield from runs.run(meant, sent, options, known))


def _ask_for_inputs(job_id: str) -> Flow[Inputs]:
    request = job_inputs.build(job_id=job_id)
    answer = yield from ask(Call(_OPERATION, request, job_inputs.parse, f"Job {job_id}"))
    data = answer.data.to_dict()

    def text(name: str) -> str | None:
        return fields.optional_text(data.get(name), name, _OPERATION)

    return Inputs(
        job_id,
        program_id=text("program_id"),
        program_name=text("program_name"),
        source=_decoded(text("data")),
        params=check_params(data.get("params")),
        backend=text("backend"),
        seed=fields.optional_integer(data.get("seed"), "seed", _OPERATION),
        max_execution_time=fields.optional_number(data.get("max_execution_time"), "max_execution_time", _OPERATION),
    )


def _decoded(data: str | None) -> str | None:
    try:
        return None if data is None else decode_source(data)
    except ValueError as error:
        malformed(_OPERATION, str(error))


def _program_id(found: Inputs) -> str:
    if found.program_id is None:
        message = (
            f"Which program job {found.job_id} ran is not known here: it was run elsewhere, and this service does not "
            "tell. Run the program itself again."
        )
        raise JobStateError(message, job_id=found.job_id)
    return found.program_id


def _same_program(found: Inputs, known: Known) -> Flow[runs.Target]:
    """The program of a run: as it is there, or where that has changed since or gone, its text under another name."""
    if found.source is None:
        return runs.Target(program_id=_program_id(found), name=found.program_name)
    if found.program_id is not None:
        try:
            now = yield from programs.look_up(found.program_id, None, known, refresh=True)
        except (ProgramNotFoundError, PermissionDeniedError):
            now = None
        if now is not None and now.data == found.source:
            return runs.Target(program_id=found.program_id, name=now.name)
    text = found.source if "\n" in found.source else f"{found.source}\n"  # one line would be taken for a path
    return runs.Target(stem=_HASH.sub("", found.program_name or "program"), source=text)
