"""List jobs.

One page of the user's own jobs, the newest first. With several filters a job must pass all of them. Only services
with the feature `jobs` have it.
"""

from typing import Any

from ...client import AuthenticatedClient
from ...models.failure import Failure
from ...models.jobs_success import JobsSuccess
from ...types import UNSET, Readers, Response, Unset, first_that_fits, read


def build(
    *,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    status: int | Unset = UNSET,
    program: str | Unset = UNSET,
    since: str | Unset = UNSET,
    tag: str | Unset = UNSET,
) -> dict[str, Any]:
    """Make the request, for a transport of your own. It has no token and no host.

    Args:
        limit (int | Unset): How many jobs at most. Without it 20.
        offset (int | Unset): How many jobs to pass over. Without it none.
        status (int | Unset): Only jobs with this status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error.
        program (str | Unset): Only jobs of the program with this id, or with this name when the job was made.
        since (str | Unset): Only jobs that were made at this moment or later; ISO 8601, in UTC where it names
            no zone.
        tag (str | Unset): Only jobs with this tag.

    Returns:
        Keyword arguments for `httpx.Client.request`: "method", "url", "headers", and "params" or "json" if needed.
    """

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params["status"] = status

    params["program"] = program

    params["since"] = since

    params["tag"] = tag

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/runtime/jobs",
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
        "params": params,
    }
    return _kwargs


def parse(response_json: object) -> Failure | JobsSuccess:
    """Read the decoded body of an answer with HTTP status 200.

    Args:
        response_json: What the body's JSON holds.

    Returns:
        The one of these that the body is.

    Raises:
        MalformedBody: The body is none of these.
    """
    readers: Readers[Failure | JobsSuccess] = {
        "JobsSuccess": JobsSuccess.from_dict,
        "Failure": Failure.from_dict,
    }
    return first_that_fits(response_json, readers)


def sync_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    status: int | Unset = UNSET,
    program: str | Unset = UNSET,
    since: str | Unset = UNSET,
    tag: str | Unset = UNSET,
) -> Response[Failure | JobsSuccess]:
    """List jobs.

    Args:
        client: Where to send it, and with which token.
        limit (int | Unset): How many jobs at most. Without it 20.
        offset (int | Unset): How many jobs to pass over. Without it none.
        status (int | Unset): Only jobs with this status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error.
        program (str | Unset): Only jobs of the program with this id, or with this name when the job was made.
        since (str | Unset): Only jobs that were made at this moment or later; ISO 8601, in UTC where it names
            no zone.
        tag (str | Unset): Only jobs with this tag.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = client.request(
        **build(
            limit=limit,
            offset=offset,
            status=status,
            program=program,
            since=since,
            tag=tag,
        )
    )
    return read(response, parse, status_code=200)


def sync(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    status: int | Unset = UNSET,
    program: str | Unset = UNSET,
    since: str | Unset = UNSET,
    tag: str | Unset = UNSET,
) -> Failure | JobsSuccess:
    """List jobs.

    Args:
        client: Where to send it, and with which token.
        limit (int | Unset): How many jobs at most. Without it 20.
        offset (int | Unset): How many jobs to pass over. Without it none.
        status (int | Unset): Only jobs with this status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error.
        program (str | Unset): Only jobs of the program with this id, or with this name when the job was made.
        since (str | Unset): Only jobs that were made at this moment or later; ISO 8601, in UTC where it names
            no zone.
        tag (str | Unset): Only jobs with this tag.

    Returns:
        What the service answered: success, or failure, which is not raised.

    Raises:
        UnexpectedStatus: The contract does not know the HTTP status of the answer.
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    return sync_detailed(
        client=client,
        limit=limit,
        offset=offset,
        status=status,
        program=program,
        since=since,
        tag=tag,
    ).answer()


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    status: int | Unset = UNSET,
    program: str | Unset = UNSET,
    since: str | Unset = UNSET,
    tag: str | Unset = UNSET,
) -> Response[Failure | JobsSuccess]:
    """List jobs.

    Args:
        client: Where to send it, and with which token.
        limit (int | Unset): How many jobs at most. Without it 20.
        offset (int | Unset): How many jobs to pass over. Without it none.
        status (int | Unset): Only jobs with this status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error.
        program (str | Unset): Only jobs of the program with this id, or with this name when the job was made.
        since (str | Unset): Only jobs that were made at this moment or later; ISO 8601, in UTC where it names
            no zone.
        tag (str | Unset): Only jobs with this tag.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = await client.request_async(
        **build(
            limit=limit,
            offset=offset,
            status=status,
            program=program,
            since=since,
            tag=tag,
        )
    )
    return read(response, parse, status_code=200)


async def asyncio(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
    status: int | Unset = UNSET,
    program: str | Unset = UNSET,
    since: str | Unset = UNSET,
    tag: str | Unset = UNSET,
) -> Failure | JobsSuccess:
    """List jobs.

    Args:
        client: Where to send it, and with which token.
        limit (int | Unset): How many jobs at most. Without it 20.
        offset (int | Unset): How many jobs to pass over. Without it none.
        status (int | Unset): Only jobs with this status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error.
        program (str | Unset): Only jobs of the program with this id, or with this name when the job was made.
        since (str | Unset): Only jobs that were made at this moment or later; ISO 8601, in UTC where it names
            no zone.
        tag (str | Unset): Only jobs with this tag.

    Returns:
        What the service answered: success, or failure, which is not raised.

    Raises:
        UnexpectedStatus: The contract does not know the HTTP status of the answer.
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    return (
        await asyncio_detailed(
            client=client,
            limit=limit,
            offset=offset,
            status=status,
            program=program,
            since=since,
            tag=tag,
        )
    ).answer()
