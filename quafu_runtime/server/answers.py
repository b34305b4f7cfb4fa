"""What the service keeps, in the words of the contract."""

import base64
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

from quafu_runtime_api import models
from quafu_runtime_api.types import UNSET

from quafu_runtime.server.lifecycle import wire_status
from quafu_runtime.server.store.jobs import Job
from quafu_runtime.server.store.programs import Program
from quafu_runtime.status import JobStatus

OK: Final = 200
"""The business code of success."""

QUEUED = JobStatus.QUEUED.code
CANCELLED = JobStatus.CANCELLED.code


def program(kept: Program) -> models.Program:
    """A program, with its source where it was read."""
    metadata = kept.metadata
    return models.Program(
        program_id=kept.id,
        name=metadata.name,
        description=metadata.description,
        backend=metadata.backend,
        group=metadata.group,
        owner=kept.owner_name,
        is_public=int(metadata.is_public),
        cost=_whole_where_it_is(metadata.cost),
        data=UNSET if kept.source is None else base64.b64encode(kept.source.encode()).decode(),
    )


def result(job: Job) -> models.ResultSuccess:
    """A job's result, or that there is none yet."""
    types = UNSET if job.result_types is None else models.JobResultResultTypes.from_dict(job.result_types)
    data = models.JobResult(
        status=status(job), result=job.result, finish_time=http_date(job.finished_at), result_types=types
    )
    return models.ResultSuccess(status=OK, msg="success", data=data)


def info(job: Job, tags: Iterable[str]) -> models.JobInfo:
    """All about a job but its result and its logs."""
    return models.JobInfo(
        job_id=job.id,
        program_id=job.program_id,
        program_name=job.program_name,
        backend=job.backend,
        status=status(job),
        seed=job.seed,
        engine=job.engine,
        versions=None if job.versions is None else models.Versions.from_dict(job.versions),
        max_execution_time=job.max_execution_time,
        attempt=job.attempt,
        runs=job.runs,
        max_attempts=job.max_attempts,
        creation_time=iso_time(job.created_at),
        assigned_time=iso_time(job.assigned_at),
        start_time=iso_time(job.started_at),
        finish_time=iso_time(job.finished_at),
        label=job.label,
        tags=list(tags),
        exit_=None if job.exit is None else models.JobExit.from_dict(job.exit),
    )


def times(job: Job, simulated: float) -> models.JobTimes:
    """Where a job's time went."""
    return models.JobTimes(
        waited=_seconds(job.created_at, job.assigned_at),
        started=_seconds(job.assigned_at, job.started_at),
        computed=_seconds(job.started_at, job.finished_at),
        simulated=None if job.started_at is None else simulated,
    )


def inputs(job: Job, source: str, params: Any) -> models.JobInputs:
    """What a job was made of."""
    return models.JobInputs(
        job_id=job.id,
        data=base64.b64encode(source.encode()).decode(),
        program_id=job.program_id,
        program_name=job.program_name,
        params=params,
        backend=job.backend,
        seed=job.seed,
        max_execution_time=job.max_execution_time,
    )


def status(job: Job) -> int:
    """A job's status as the wire numbers it."""
    return wire_status(job.state).code


def http_date(moment: datetime | None) -> str | None:
    """A moment as the deployed service writes it, in whole seconds."""
    return None if moment is None else format_datetime(moment, usegmt=True)


def iso_time(moment: datetime | None) -> str | None:
    """A moment in ISO 8601, in UTC with microseconds."""
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    if begin is None or end is None:
        return None
    return max((end - begin).total_seconds(), 0.0)  # a clock may be put back


def _whole_where_it_is(seconds: float | None) -> float | None:
    """The deployed service counts in whole seconds: so that its readers find what they know."""
    return int(seconds) if seconds is not None and seconds.is_integer() else seconds
