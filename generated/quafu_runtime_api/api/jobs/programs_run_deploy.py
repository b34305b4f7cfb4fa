"""Run a program.

Makes a job that runs a program, and answers at once with the job's id. The program is named by its id or by its
name; one of the two may be null (client). With both, the id counts (expected).
"""

from typing import Any

from ...client import AuthenticatedClient
from ...models.failure import Failure
from ...models.run_request import RunRequest
from ...models.run_success import RunSuccess
from ...types import UNSET, Readers, Response, Unset, first_that_fits, read


def build(
    *,
    body: RunRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    """Make the request, for a transport of your own. It has no token and no host.

    Args:
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (RunRequest): Which program to run, and how. One of `program_id` and `program_name` is there and
            not null.

    Returns:
        Keyword arguments for `httpx.Client.request`: "method", "url", "headers", and "params" or "json" if needed.
    """
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/runtime/programs_run_deploy",
        "headers": {"Content-Type": "application/json;charset=UTF-8", **headers},
    }
    _kwargs["json"] = body.to_dict()

    return _kwargs


def parse(response_json: object) -> Failure | RunSuccess:
    """Read the decoded body of an answer with HTTP status 200.

    Args:
        response_json: What the body's JSON holds.

    Returns:
        The one of these that the body is.

    Raises:
        MalformedBody: The body is none of these.
    """
    readers: Readers[Failure | RunSuccess] = {
        "RunSuccess": RunSuccess.from_dict,
        "Failure": Failure.from_dict,
    }
    return first_that_fits(response_json, readers)


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: RunRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Failure | RunSuccess]:
    """Run a program.

    Args:
        client: Where to send it, and with which token.
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (RunRequest): Which program to run, and how. One of `program_id` and `program_name` is there and
            not null.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = client.request(
        **build(
            body=body,
            idempotency_key=idempotency_key,
        )
    )
    return read(response, parse, status_code=200)


def sync(
    *,
    client: AuthenticatedClient,
    body: RunRequest,
    idempotency_key: str | Unset = UNSET,
) -> Failure | RunSuccess:
    """Run a program.

    Args:
        client: Where to send it, and with which token.
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (RunRequest): Which program to run, and how. One of `program_id` and `program_name` is there and
            not null.

    Returns:
        What the service answered: success, or failure, which is not raised.

    Raises:
        UnexpectedStatus: The contract does not know the HTTP status of the answer.
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    return sync_detailed(
        client=client,
        body=body,
        idempotency_key=idempotency_key,
    ).answer()


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    body: RunRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Failure | RunSuccess]:
    """Run a program.

    Args:
        client: Where to send it, and with which token.
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (RunRequest): Which program to run, and how. One of `program_id` and `program_name` is there and
            not null.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = await client.request_async(
        **build(
            body=body,
            idempotency_key=idempotency_key,
        )
    )
    return read(response, parse, status_code=200)


async def asyncio(
    *,
    client: AuthenticatedClient,
    body: RunRequest,
    idempotency_key: str | Unset = UNSET,
) -> Failure | RunSuccess:
    """Run a program.

    Args:
        client: Where to send it, and with which token.
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (RunRequest): Which program to run, and how. One of `program_id` and `program_name` is there and
            not null.

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
            body=body,
            idempotency_key=idempotency_key,
        )
    ).answer()
