"""The operations on jobs, each a coroutine from checked arguments to the answer's model."""

import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from quafu_runtime_api import models
from quafu_runtime_api.types import Unset
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from quafu_runtime.server import answers, texts
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.lifecycle import FINAL
from quafu_runtime.server.program_operations import may_see, resolve
from quafu_runtime.server.quotas import require_place, require_room
from quafu_runtime.server.settings import Limits
from quafu_runtime.server.store import events, jobs, keys, sizes
from quafu_runtime.server.store.programs import Program
from quafu_runtime.server.store.users import User
from quafu_runtime.server.wire import Refusal, shown

FORBIDDEN = 403
NOT_FOUND = 404
INVALID_ARGUMENT = 401
INVALID_PROGRAM = 405

NOT_CANCELLED = -1
"""In place of a status: the job could not be cancelled."""

DEFAULT_BACKEND = "local"
"""Where circuits run if neither the run nor its program says so: exactly, on as many qubits as there can be."""

DEFAULT_EXECUTION_TIME = 3600.0
"""Seconds that a job may run, if neither the run nor its program says otherwise."""

SEED_BITS = 53
"""Random bits of a seed that is drawn: as many as every reader of JSON keeps, also one that has only doubles."""


async def run(stage: Backstage, user: User, arguments: Mapping[str, Any], once: keys.Once | None) -> models.RunSuccess:
    """Make a job that runs a program, or give the one that an earlier request with the same key made.

    Raises:
        Refusal: There is no such program that the user may run, its source is not valid, or the user has too much in
            the queue or in the store.
        UsedKeyError: The key came with another request before.
    """
    data = await stage.store.read(keys.earlier, once)
    if data is None:
        job = await _asked_for(stage, user, arguments)
        now = stage.engine.clock.now()
        data = await stage.store.write_durably(_accept, job, once, stage.limits, now)
        stage.engine.poke()
    return models.RunSuccess(status=answers.OK, msg="success", data=models.SubmittedJob.from_dict(data))


async def _asked_for(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> jobs.NewJob:
    texts.check(arguments, INVALID_ARGUMENT, "backend", "label", "tags")
    if texts.lasts_too_long(arguments.get("max_execution_time")):
        raise Refusal(INVALID_ARGUMENT, f"The argument max_execution_time is at most {texts.LONGEST} seconds.")
    request = models.RunRequest.from_dict(arguments)
    if not request.program_id and not request.program_name:
        raise Refusal(NOT_FOUND, "Give a program_id or a program_name.")
    program = await stage.store.read(resolve, user, request.program_id or None, request.program_name or None)
    if not may_see(user, program):
        raise Refusal(NOT_FOUND, f"There is no program with the id {program.id}.")
    fault = await stage.sources.fault(program.source or "", program.metadata.name)
    if fault is not None:
        raise Refusal(INVALID_PROGRAM, f"The program {shown(program.metadata.name)} is not valid: {fault}")
    return _new_job(user, program, request)


def _accept(
    connection: Connection, job: jobs.NewJob, once: keys.Once | None, limits: Limits, now: datetime
) -> dict[str, Any]:
    """Make the job, unless the same request has come in meanwhile. Returns the answer's data."""
    earlier = keys.earlier(connection, once)
    if earlier is not None:
        return earlier
    require_place(connection, job.owner, limits)
    require_room(connection, job.owner, sizes.size(job.source, job.params), limits)
    submitted = models.SubmittedJob(
        job_id=jobs.add(connection, job, now),
        program_id=job.program_id,
        backend=job.backend,
        status=answers.QUEUED,
        creation_time=answers.http_date(now),
    ).to_dict()
    keys.remember(connection, once, submitted, now)
    return submitted


async def result(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.ResultSuccess:
    """Give a job's result, if there is one.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    return answers.result(await own_job(stage, user, arguments["job_id"]))


async def awaited_result(
    stage: Backstage, job: jobs.Job, is_over: Callable[[], bool]
) -> AsyncIterator[models.ResultSuccess | None]:
    """Wait for a job's end.

    Args:
        stage: What the operations work with.
        job: The job.
        is_over: Tells whether the wait is to end before the job.

    Yields:
        None each `space_every` seconds, and the result at the end. When the service ends first, the answer is that
        there is no result yet.
    """
    with stage.hub.listen(job.id) as listener:
        latest: jobs.Job | None = job
        while not is_over():
            with suppress(DBAPIError):  # a store that cannot be read just now is no reason to break off
                latest = await stage.store.read(jobs.find, job.id)
            if latest is None or latest.state in FINAL or stage.hub.draining:
                break
            if not await listener.changed(within=stage.space_every):
                yield None
    yield answers.result(latest or job)


async def status(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.StatusSuccess:
    """Tell a job's status.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    job = await own_job(stage, user, arguments["job_id"])
    data = models.JobState(
        status=answers.status(job), result=job.result, finished_time=answers.http_date(job.finished_at)
    )
    return models.StatusSuccess(status=answers.OK, msg="success", data=data)


async def logs(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.LogsSuccess:
    """Give what a job has printed so far.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    job = await own_job(stage, user, arguments["job_id"])
    text = await stage.store.read(events.logs, job.id)
    return models.LogsSuccess(
        status=answers.OK, msg="success", data=models.JobLogs(status=answers.status(job), logs=text)
    )


async def cancel(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.CancelSuccess:
    """End a job that waits or runs.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    job = await own_job(stage, user, arguments["job_id"], foreign=FORBIDDEN)
    cancelled = await stage.engine.cancel(job.id)
    code = answers.CANCELLED if cancelled else NOT_CANCELLED
    return models.CancelSuccess(status=answers.OK, msg="success", data=models.CancelledJob(status=code))


async def delete(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.DeleteJobSuccess:
    """Delete a job that has ended.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    job = await own_job(stage, user, arguments["job_id"], foreign=FORBIDDEN)
    deleted = await stage.store.write_durably(jobs.delete, job.id)
    if not deleted:  # it has not ended, or somebody else has deleted it meanwhile
        job = await own_job(stage, user, job.id)
    data = models.DeletedJob(deleted=deleted, status=answers.status(job))
    return models.DeleteJobSuccess(status=answers.OK, msg="success", data=data)


async def own_job(stage: Backstage, user: User, job_id: str, *, foreign: int = NOT_FOUND) -> jobs.Job:
    """The user's job with this id.

    Args:
        stage: What the operations work with.
        user: Who asks.
        job_id: The job's id.
        foreign: The code where it is somebody else's: the protocol has 403 where a job would change, and elsewhere
            only 404.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    job = await stage.store.read(jobs.find, job_id)
    if job is None or (job.owner != user.number and foreign == NOT_FOUND):
        raise Refusal(NOT_FOUND, f"There is no job with the id {shown(job_id)}.")
    if job.owner != user.number:
        raise Refusal(foreign, f"The job {job_id} is not yours.")
    return job


def _new_job(user: User, program: Program, request: models.RunRequest) -> jobs.NewJob:
    seconds = request.max_execution_time or program.metadata.cost or DEFAULT_EXECUTION_TIME
    return jobs.NewJob(
        owner=user.number,
        program_id=program.id,
        program_name=program.metadata.name,
        source=program.source or "",
        params=json.dumps(None if isinstance(request.params, Unset) else request.params),
        backend=request.backend or program.metadata.backend or DEFAULT_BACKEND,
        seed=_seed(request.seed),
        max_execution_time=float(seconds),
        label=request.label or None,
        tags=tuple(dict.fromkeys(request.tags or ())),
        max_attempts=int(request.max_attempts or 1),  # JSON may write a whole number as 3.0
    )


def _seed(given: int | Unset | None) -> int:
    if given is None or isinstance(given, Unset):
        return secrets.randbits(SEED_BITS)
    return int(given)  # JSON may write a whole number as 42.0
