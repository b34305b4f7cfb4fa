"""Tell what the service can do beyond the deployed one.

The version of this document that the service speaks, and the extensions that it has. A service without this
operation answers HTTP 404 and has none.
"""

from typing import Any

from ...client import AuthenticatedClient
from ...models.capabilities_success import CapabilitiesSuccess
from ...models.failure import Failure
from ...types import Readers, Response, first_that_fits, read


def build() -> dict[str, Any]:
    """Make the request, for a transport of your own. It has no token and no host.

    Returns:
        Keyword arguments for `httpx.Client.request`: "method", "url", "headers", and "params" or "json" if needed.
    """

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/runtime/capabilities",
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
    }
    return _kwargs


def parse(response_json: object) -> CapabilitiesSuccess | Failure:
    """Read the decoded body of an answer with HTTP status 200.

    Args:
        response_json: What the body's JSON holds.

    Returns:
        The one of these that the body is.

    Raises:
        MalformedBody: The body is none of these.
    """
    readers: Readers[CapabilitiesSuccess | Failure] = {
        "CapabilitiesSuccess": CapabilitiesSuccess.from_dict,
        "Failure": Failure.from_dict,
    }
    return first_that_fits(response_json, readers)


def sync_detailed(
    *,
    client: AuthenticatedClient,
) -> Response[CapabilitiesSuccess | Failure]:
    """Tell what the service can do beyond the deployed one.

    Args:
        client: Where to send it, and with which token.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = client.request(**build())
    return read(response, parse, status_code=200)


def sync(
    *,
    client: AuthenticatedClient,
) -> CapabilitiesSuccess | Failure:
    """Tell what the service can do beyond the deployed one.

    Args:
        client: Where to send it, and with which token.

    Returns:
        What the service answered: success, or failure, which is not raised.

    Raises:
        UnexpectedStatus: The contract does not know the HTTP status of the answer.
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    return sync_detailed(
        client=client,
    ).answer()


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
) -> Response[CapabilitiesSuccess | Failure]:
    """Tell what the service can do beyond the deployed one.

    Args:
        client: Where to send it, and with which token.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = await client.request_async(**build())
    return read(response, parse, status_code=200)


async def asyncio(
    *,
    client: AuthenticatedClient,
) -> CapabilitiesSuccess | Failure:
    """Tell what the service can do beyond the deployed one.

    Args:
        client: Where to send it, and with which token.

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
        )
    ).answer()
