"""Which jobs a list is to have: the arguments of `jobs()`, checked."""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from attrs import frozen

from quafu_runtime._client.arguments import count, identifier
from quafu_runtime._client.options import checked_tag
from quafu_runtime.errors import ArgumentError
from quafu_runtime.status import JobStatus

StatusChoice: TypeAlias = JobStatus | str | None
Since: TypeAlias = datetime | timedelta | str | None


@frozen
class Query:
    """Which jobs are asked for.

    Attributes:
        limit: How many at most; None for all.
        status: Only those in this state.
        program: Only those of the program with this id or name.
        since: Only those made at this moment or later, in UTC.
        tag: Only those with this tag.
    """

    limit: int | None = None
    status: JobStatus | None = None
    program: str | None = None
    since: datetime | None = None
    tag: str | None = None


def query(limit: object, status: object, program: object, since: object, tag: object) -> Query:
    """Check what a list is asked for.

    Raises:
        ArgumentError: An argument is none of what it may be.
    """
    return Query(
        limit=None if limit is None else count(limit, "limit"),
        status=_status(status),
        program=None if program is None else identifier(program, "program"),
        since=_moment(since),
        tag=None if tag is None else checked_tag(tag),
    )


def _status(status: object) -> JobStatus | None:
    if status is None or isinstance(status, JobStatus):
        return status
    if isinstance(status, str):
        wanted = status.strip().casefold()
        for one in JobStatus:
            if wanted in {one.name.casefold(), one.value.casefold()}:
                return one
    names = ", ".join(f'"{one.name.lower()}"' for one in JobStatus)
    message = f"status is a JobStatus, or one of {names}, not {status!r:.60}."
    raise ArgumentError(message)


def _moment(since: object) -> datetime | None:
    """The moment in UTC; one without a time zone is meant in this machine's."""
    if since is None:
        return None
    try:
        if isinstance(since, timedelta):
            return datetime.now(UTC) - since
        if isinstance(since, datetime):
            return since.astimezone(UTC)
        if isinstance(since, str):
            from dateutil.parser import isoparse

            return isoparse(since.strip()).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass
    message = (
        'since is a datetime, a timedelta back from now, or a text such as "2026-11-25" or "2026-11-25T16:30", not '
        f"{since!r:.60}."
    )
    raise ArgumentError(message)
