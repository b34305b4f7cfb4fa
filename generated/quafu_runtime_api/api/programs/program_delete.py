"""Delete a program.

Deletes one of the user's own programs. Jobs of it stay. The success has no `data` (client).
"""

from typing import Any

from ...client import AuthenticatedClient
from ...models.delete_success import DeleteSuccess
from ...models.failure import Failure
from ...types import UNSET, Readers, Response, first_that_fits, read


def build(
    *,
    program_id: str,
) -> dict[str, Any]:
    """Make the request, for a transport of your own. It has no token and no host.

    Args:
        program_id (str): Which program.

    Returns:
        Keyword arguments for `httpx.Client.request`: "method", "url", "headers", and "params" or "json" if needed.
    """

    params: dict[str, Any] = {}

    params["program_id"] = program_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/runtime/program_delete",
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
        "params": params,
    }
    return _kwargs


def parse(response_json: object) -> DeleteSuccess | Failure:
    """Read the decoded body of an answer with HTTP status 200.

    Args:
        response_json: What the body's JSON holds.

    Returns:
        The one of these that the body is.

    Raises:
        MalformedBody: The body is none of these.
    """
    readers: Readers[DeleteSuccess | Failure] = {
        "DeleteSuccess": DeleteSuccess.from_dict,
        "Failure": Failure.from_dict,
    }
    return first_that_fits(response_json, readers)


def sync_detailed(
    *,
    client: AuthenticatedClient,
    program_id: str,
) -> Response[DeleteSuccess | Failure]:
    """Delete a program.

    Args:
        client: Where to send it, and with which token.
        program_id (str): Which program.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = client.request(
        **build(
            program_id=program_id,
        )
    )
    return read(response, parse, status_code=200)


def sync(
    *,
    client: AuthenticatedClient,
    program_id: str,
) -> DeleteSuccess | Failure:
    """Delete a program.

    Args:
        client: Where to send it, and with which token.
        program_id (str): Which program.

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
    ).answer()


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    program_id: str,
) -> Response[DeleteSuccess | Failure]:
    """Delete a program.

    Args:
        client: Where to send it, and with which token.
        program_id (str): Which program.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = await client.request_async(
        **build(
            program_id=program_id,
        )
    )
    return read(response, parse, status_code=200)


async def asyncio(
    *,
    client: AuthenticatedClient,
    program_id: str,
) -> DeleteSuccess | Failure:
    """Delete a program.

    Args:
        client: Where to send it, and with which token.
        program_id (str): Which program.

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
        )
    ).answer()
