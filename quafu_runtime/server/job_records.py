"""The operations that tell of jobs what is kept of them: lists, all about one, its ledger, what it was made of."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from quafu_runtime_api import models
from sqlalchemy import Connection

from quafu_runtime.server import answers
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.contract import BadArgumentError
from quafu_runtime.server.job_operations import FORBIDDEN, own_job
from quafu_runtime.server.lifecycle import State, wire_status
from quafu_runtime.server.store import events, jobs, lists
from quafu_runtime.server.store.users import User

JOBS_AT_ONCE = 20
CIRCUITS_AT_ONCE = 1000
"""How many there are on a page, if the caller does not say."""


async def page(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.JobsSuccess:
    """List the user's jobs.

    Raises:
        BadArgumentError: A moment cannot be read.
    """
    code = arguments.get("status")
    wanted = lists.Wanted(
        states=None if code is None else tuple(state for state in State if wire_status(state).code == code),
        program=arguments.get("program"),
        since=_moment(arguments.get("since")),
        tag=arguments.get("tag"),
    )
    limit, offset = arguments.get("limit", JOBS_AT_ONCE), arguments.get("offset", 0)
    found, count = await stage.store.read(lists.page, user.number, wanted, limit, offset)
    data = models.JobsPage(jobs=[answers.info(listed.job, listed.tags) for listed in found], count=count)
    return models.JobsSuccess(status=answers.OK, msg="success", data=data)


async def info(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.JobInfoSuccess:
    """Tell all about a job but its result and its logs.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    job = await own_job(stage, user, arguments["job_id"], foreign=FORBIDDEN)
    tags = await stage.store.read(lists.tags_of, [job.id])
    return models.JobInfoSuccess(status=answers.OK, msg="success", data=answers.info(job, tags.get(job.id, ())))


async def ledger(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.LedgerSuccess:
    """Tell where a job's time went, and which circuits it ran.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    job = await own_job(stage, user, arguments["job_id"], foreign=FORBIDDEN)
    limit, offset = arguments.get("limit", CIRCUITS_AT_ONCE), arguments.get("offset", 0)
    data = await stage.store.read(_ledger, job, limit, offset)
    return models.LedgerSuccess(status=answers.OK, msg="success", data=data)


async def inputs(stage: Backstage, user: User, arguments: Mapping[str, Any]) -> models.InputsSuccess:
    """Tell what a job was made of.

    Raises:
        Refusal: There is no such job, or it is somebody else's.
    """
    job = await own_job(stage, user, arguments["job_id"], foreign=FORBIDDEN)
    data = await stage.store.read(_inputs, job)
    return models.InputsSuccess(status=answers.OK, msg="success", data=data)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        message = "The argument since is no moment in ISO 8601."
        raise BadArgumentError(None, message) from None


def _ledger(connection: Connection, job: jobs.Job, limit: int, offset: int) -> models.JobLedger:
    count, seconds = events.circuit_totals(connection, job.id)
    circuits = [
        models.CircuitRecord.from_dict({"seq": event.seq, "at": event.at, **json.loads(event.text)})
        for event in events.circuits(connection, job.id, limit, offset)
    ]
    return models.JobLedger(job_id=job.id, times=answers.times(job, seconds), circuits=circuits, count=count)


def _inputs(connection: Connection, job: jobs.Job) -> models.JobInputs:
    source, params = jobs.inputs(connection, job.id)
    return answers.inputs(job, source, json.loads(params))
