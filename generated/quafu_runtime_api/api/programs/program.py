"""Get a whole program.

One program with its source, by its id or by its name. A name is looked up among the user's own programs first, then
among the public ones (expected). With both arguments the id counts (expected).
"""

from typing import Any

from ...client import AuthenticatedClient
from ...models.failure import Failure
from ...models.program_success import ProgramSuccess
from ...types import UNSET, Readers, Response, Unset, first_that_fits, read


def build(
    *,
    program_id: str | Unset = UNSET,
    name: str | Unset = UNSET,
) -> dict[str, Any]:
    """Make the request, for a transport of your own. It has no token and no host.

    Args:
        program_id (str | Unset): Which program, by its id.
        name (str | Unset): Which program, by its name.

    Returns:
        Keyword arguments for `httpx.Client.request`: "method", "url", "headers", and "params" or "json" if needed.
    """

    params: dict[str, Any] = {}

    params["program_id"] = program_id

    params["name"] = name

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/runtime/program",
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
        "params": params,
    }
    return _kwargs


def parse(response_json: object) -> Failure | ProgramSuccess:
    """Read the decoded body of an answer with HTTP status 200.

    Args:
        response_json: What the body's JSON holds.

    Returns:
        The one of these that the body is.

    Raises:
        MalformedBody: The body is none of these.
    """
    readers: Readers[Failure | ProgramSuccess] = {
        "ProgramSuccess": ProgramSuccess.from_dict,
        "Failure": Failure.from_dict,
    }
    return first_that_fits(response_json, readers)


def sync_detailed(
    *,
    client: AuthenticatedClient,
    program_id: str | Unset = UNSET,
    name: str | Unset = UNSET,
) -> Response[Failure | ProgramSuccess]:
    """Get a whole program.

    Args:
        client: Where to send it, and with which token.
        program_id (str | Unset): Which program, by its id.
        name (str | Unset): Which program, by its name.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = client.request(
        **build(
            program_id=program_id,
            name=name,
        )
    )
    return read(response, parse, status_code=200)


def sync(
    *,
    client: AuthenticatedClient,
    program_id: str | Unset = UNSET,
    name: str | Unset = UNSET,
) -> Failure | ProgramSuccess:
    """Get a whole program.

    Args:
        client: Where to send it, and with which token.
        program_id (str | Unset): Which program, by its id.
        name (str | Unset): Which program, by its name.

    Returns:
        What the service answered: success, or failure, which is not raised.

    Raises:
        UnexpectedStatus: The contract does not know the HTTP status of the answer.
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    return sync_detailed(
        client=client,
        program_id=program_id,
        name=name,
    ).answer()


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    program_id: str | Unset = UNSET,
    name: str | Unset = UNSET,
) -> Response[Failure | ProgramSuccess]:
    """Get a whole program.

    Args:
        client: Where to send it, and with which token.
        program_id (str | Unset): Which program, by its id.
        name (str | Unset): Which program, by its name.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = await client.request_async(
        **build(
            program_id=program_id,
            name=name,
        )
    )
    return read(response, parse, status_code=200)


async def asyncio(
    *,
    client: AuthenticatedClient,
    program_id: str | Unset = UNSET,
    name: str | Unset = UNSET,
) -> Failure | ProgramSuccess:
    """Get a whole program.

    Args:
        client: Where to send it, and with which token.
        program_id (str | Unset): Which program, by its id.
        name (str | Unset): Which program, by its name.

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
            program_id=program_id,
            name=name,
        )
    ).answer()
