"""The list of one's jobs: the service's own, or what was written down here with each job's status asked for anew."""

import time
from collections.abc import Iterable
from datetime import datetime

from attrs import frozen
from quafu_runtime_api.api.jobs import job_status, jobs
from quafu_runtime_api.types import UNSET

from quafu_runtime._client import fields
from quafu_runtime._client.filters import Query
from quafu_runtime._client.flow import Call, Flow, ask
from quafu_runtime._client.joblist import JobList
from quafu_runtime._client.known import JOBS, Known, features
from quafu_runtime._client.records import JobInfo, Standing, job_info
from quafu_runtime.account import Account
from quafu_runtime.errors import (
    AuthenticationError,
    ConnectionFailedError,
    JobNotFoundError,
    QuafuRuntimeError,
    RateLimitedError,
    RegistryError,
)
from quafu_runtime.registry import JobRegistry, RegisteredJob
from quafu_runtime.status import JobStatus

AT_ONCE = 8
"""How many jobs are asked for at a time: as many as connections are kept."""

_PAGE = 1000
"""Jobs that one call asks for at most, as the contract has it."""

_MOST_ASKED = 500
"""Jobs whose status one list asks for at most, the newest ones: more would take minutes at a distant service."""


def from_service(query: Query, known: Known) -> Flow[JobList | None]:
    """The service's own list, or None where it keeps none.

    Args:
        query: Which jobs.
        known: What is known of the service.

    Raises:
        ServiceError: The service did not answer.
    """
    if JOBS not in (yield from features(known)):
        return None
    found: dict[str, JobInfo] = {}
    passed, total = 0, None
    while query.limit is None or len(found) < query.limit:
        size = _PAGE if query.limit is None else min(_PAGE, query.limit - len(found))
        read, total = yield from _one_page(query, size, passed)
        new = {job.job_id: job for job in read if job.job_id not in found}
        found.update(new)
        passed += len(read)
        # A service that passes over nothing would send the same page for ever.
        if not new or (passed >= total if total is not None else len(read) < size):
            break
    return JobList(list(found.values())[: query.limit], total=total)


def written_down(registry: JobRegistry | None, account: Account, query: Query) -> list[RegisteredJob]:
    """The jobs out of the registry that fit, or may do so once their status is known.

    Args:
        registry: The registry, or None where it is switched off.
        account: Whose jobs.
        query: Which of them.

    Raises:
        RegistryError: There is no registry, or it cannot be read.
    """
    if registry is None:
        message = (
            "This service keeps no list of jobs, and the one that is kept here is switched off: leave registry=False "
            "or QUAFU_RUNTIME_REGISTRY=off out."
        )
        raise RegistryError(message)
    found = registry.jobs(
        account,
        limit=query.limit if query.status is None else None,
        program=query.program,
        since=query.since,
        tag=query.tag,
    )
    return [job for job in found if query.status in {None, job.status} or _is_open(job)]


@frozen
class Seen:
    """What asking for a job's status brought.

    Attributes:
        job_id: The job.
        status: Its status, or None where that could not be had.
        finished_at: When it ended.
        problem: Why its status could not be had; None where the service knows no such job.
    """

    job_id: str
    status: JobStatus | None = None
    finished_at: datetime | None = None
    problem: str | None = None

    @property
    def forgotten(self) -> bool:
        """Whether the service knows the job no more."""
        return self.status is None and self.problem is None


class StatusRound:
    """Asks how the jobs of a list stand: those that may have changed, in a time for all of them together.

    Args:
        listed: The list.
        seconds: The time.
    """

    def __init__(self, listed: Iterable[RegisteredJob], seconds: float) -> None:
        self.job_ids = [job.job_id for job in listed if _is_open(job)][:_MOST_ASKED]
        self._ends_at = time.monotonic() + seconds
        self._in_vain: str | None = None

    def ask(self, job_id: str) -> Flow[Seen]:
        """Ask for one job. It raises nothing, so that one failure does not lose the list.

        Args:
            job_id: The job.
        """
        if self._in_vain is not None:
            return Seen(job_id, problem=self._in_vain)
        left = self._ends_at - time.monotonic()
        if left <= 0.0:
            return Seen(job_id, problem="The time for the list was over.")
        request = job_status.build(job_id=job_id)
        call = Call("job_status", request, job_status.parse, f"Job {job_id}", deadline=left, note=self)
        try:
            answer = yield from ask(call)
            found = Standing.of_state(answer.data, call.operation)
        except JobNotFoundError:
            return Seen(job_id)
        except (AuthenticationError, ConnectionFailedError, RateLimitedError) as error:
            self._in_vain = error.message  # the others would fare no better
            return Seen(job_id, problem=error.message)
        except QuafuRuntimeError as error:
            return Seen(job_id, problem=error.message)
        return Seen(job_id, found.status, found.finished_at)


def listed(rows: Iterable[RegisteredJob], seen: Iterable[Seen], query: Query) -> JobList:
    """The list, with what was seen.

    Args:
        rows: What was written down.
        seen: How they stand, as far as that was asked for.
        query: Which of them are wanted.
    """
    by_id = {one.job_id: one for one in seen}
    found, forgotten, stale = list[JobInfo](), set[str](), dict[str, str]()
    for job in rows:
        now = by_id.get(job.job_id)
        status = (now.status if now else None) or job.status or JobStatus.QUEUED
        if query.status not in {None, status} or (query.limit is not None and len(found) >= query.limit):
            continue
        found.append(_info(job, status, now))
        if job.forgotten or (now is not None and now.forgotten):
            forgotten.add(job.job_id)
        elif now is None and _is_open(job):
            stale[job.job_id] = "nobody has asked for it"
        elif now is not None and now.problem is not None:
            stale[job.job_id] = now.problem
    return JobList(found, forgotten=forgotten, stale=stale)


def news(rows: Iterable[RegisteredJob], seen: Iterable[Seen]) -> dict[str, tuple[JobStatus | None, datetime | None]]:
    """What is to be written down of what was seen: None in place of the status of a job that is forgotten."""
    before = {job.job_id: job.status for job in rows}
    changed = (one for one in seen if one.forgotten or (one.status and one.status is not before.get(one.job_id)))
    return {one.job_id: (one.status, one.finished_at) for one in changed}


def _one_page(query: Query, limit: int, offset: int) -> Flow[tuple[list[JobInfo], int | None]]:
    operation = "jobs"
    request = jobs.build(
        limit=limit,
        offset=offset,
        status=UNSET if query.status is None else query.status.code,
        program=query.program or UNSET,
        since=UNSET if query.since is None else query.since.isoformat(),
        tag=query.tag or UNSET,
    )
    answer = yield from ask(Call(operation, request, jobs.parse, "The list of jobs"))
    total = fields.optional_integer(answer.data.count, "count", operation)
    return [job_info(one, operation) for one in answer.data.jobs], total


def _is_open(job: RegisteredJob) -> bool:
    """Whether the status of a job may be another one than what was last seen."""
    return not job.forgotten and (job.status is None or not job.status.is_final)


def _info(job: RegisteredJob, status: JobStatus, now: Seen | None) -> JobInfo:
    return JobInfo(
        job_id=job.job_id,
        status=status,
        program_id=job.program_id,
        program_name=job.program_name,
        backend=job.backend,
        seed=job.seed,
        label=job.label,
        tags=job.tags,
        created_at=job.submitted_at,
        finished_at=(now.finished_at if now else None) or job.finished_at,
    )
