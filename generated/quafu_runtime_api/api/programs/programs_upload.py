"""Upload a program.

Stores a program under a name that no other program of the same user has. The deployed client sends all seven fields
(client); which of them the deployed service asks for is not known.
"""

from typing import Any

from ...client import AuthenticatedClient
from ...models.failure import Failure
from ...models.upload_request import UploadRequest
from ...models.upload_success import UploadSuccess
from ...types import UNSET, Readers, Response, Unset, first_that_fits, read


def build(
    *,
    body: UploadRequest,
    idempotency_key: str | Unset = UNSET,
) -> dict[str, Any]:
    """Make the request, for a transport of your own. It has no token and no host.

    Args:
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (UploadRequest): A new program.

    Returns:
        Keyword arguments for `httpx.Client.request`: "method", "url", "headers", and "params" or "json" if needed.
    """
    headers: dict[str, Any] = {}
    if not isinstance(idempotency_key, Unset):
        headers["Idempotency-Key"] = idempotency_key

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/runtime/programs_upload",
        "headers": {"Content-Type": "application/json;charset=UTF-8", **headers},
    }
    _kwargs["json"] = body.to_dict()

    return _kwargs


def parse(response_json: object) -> Failure | UploadSuccess:
    """Read the decoded body of an answer with HTTP status 200.

    Args:
        response_json: What the body's JSON holds.

    Returns:
        The one of these that the body is.

    Raises:
        MalformedBody: The body is none of these.
    """
    readers: Readers[Failure | UploadSuccess] = {
        "UploadSuccess": UploadSuccess.from_dict,
        "Failure": Failure.from_dict,
    }
    return first_that_fits(response_json, readers)


def sync_detailed(
    *,
    client: AuthenticatedClient,
    body: UploadRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Failure | UploadSuccess]:
    """Upload a program.

    Args:
        client: Where to send it, and with which token.
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (UploadRequest): A new program.

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
    body: UploadRequest,
    idempotency_key: str | Unset = UNSET,
) -> Failure | UploadSuccess:
    """Upload a program.

    Args:
        client: Where to send it, and with which token.
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (UploadRequest): A new program.

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
    body: UploadRequest,
    idempotency_key: str | Unset = UNSET,
) -> Response[Failure | UploadSuccess]:
    """Upload a program.

    Args:
        client: Where to send it, and with which token.
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (UploadRequest): A new program.

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
    body: UploadRequest,
    idempotency_key: str | Unset = UNSET,
) -> Failure | UploadSuccess:
    """Upload a program.

    Args:
        client: Where to send it, and with which token.
        idempotency_key (str | Unset): A text of the caller's choice that makes the request safe to repeat. The
            same key of the same user gives what the first request with it made, and makes nothing again; with
            another request it is refused (409). Only services with the feature `idempotency_key` have it.
        body (UploadRequest): A new program.

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
