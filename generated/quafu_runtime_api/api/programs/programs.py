"""List programs.

One page of the programs that the user may run: the user's own and the public ones (expected), without their source
(client).
"""

from typing import Any

from ...client import AuthenticatedClient
from ...models.failure import Failure
from ...models.programs_success import ProgramsSuccess
from ...types import UNSET, Readers, Response, Unset, first_that_fits, read


def build(
    *,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> dict[str, Any]:
    """Make the request, for a transport of your own. It has no token and no host.

    Args:
        limit (int | Unset): How many programs at most. Without it there is no limit (expected).
        offset (int | Unset): How many programs to pass over, in the service's order. Without it none
            (expected).

    Returns:
        Keyword arguments for `httpx.Client.request`: "method", "url", "headers", and "params" or "json" if needed.
    """

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/runtime/programs",
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
        "params": params,
    }
    return _kwargs


def parse(response_json: object) -> Failure | ProgramsSuccess:
    """Read the decoded body of an answer with HTTP status 200.

    Args:
        response_json: What the body's JSON holds.

    Returns:
        The one of these that the body is.

    Raises:
        MalformedBody: The body is none of these.
    """
    readers: Readers[Failure | ProgramsSuccess] = {
        "ProgramsSuccess": ProgramsSuccess.from_dict,
        "Failure": Failure.from_dict,
    }
    return first_that_fits(response_json, readers)


def sync_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[Failure | ProgramsSuccess]:
    """List programs.

    Args:
        client: Where to send it, and with which token.
        limit (int | Unset): How many programs at most. Without it there is no limit (expected).
        offset (int | Unset): How many programs to pass over, in the service's order. Without it none
            (expected).

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
        )
    )
    return read(response, parse, status_code=200)


def sync(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Failure | ProgramsSuccess:
    """List programs.

    Args:
        client: Where to send it, and with which token.
        limit (int | Unset): How many programs at most. Without it there is no limit (expected).
        offset (int | Unset): How many programs to pass over, in the service's order. Without it none
            (expected).

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
    ).answer()


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Response[Failure | ProgramsSuccess]:
    """List programs.

    Args:
        client: Where to send it, and with which token.
        limit (int | Unset): How many programs at most. Without it there is no limit (expected).
        offset (int | Unset): How many programs to pass over, in the service's order. Without it none
            (expected).

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
        )
    )
    return read(response, parse, status_code=200)


async def asyncio(
    *,
    client: AuthenticatedClient,
    limit: int | Unset = UNSET,
    offset: int | Unset = UNSET,
) -> Failure | ProgramsSuccess:
    """List programs.

    Args:
        client: Where to send it, and with which token.
        limit (int | Unset): How many programs at most. Without it there is no limit (expected).
        offset (int | Unset): How many programs to pass over, in the service's order. Without it none
            (expected).

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
        )
    ).answer()
