"""Tell what a job was made of.

The source as the job runs it, whatever became of its program since, and all else that is needed to run it again.
Only for the job's owner. Only services with the feature `job_inputs` have it.
"""

from typing import Any

from ...client import AuthenticatedClient
from ...models.failure import Failure
from ...models.inputs_success import InputsSuccess
from ...types import UNSET, Readers, Response, first_that_fits, read


def build(
    *,
    job_id: str,
) -> dict[str, Any]:
    """Make the request, for a transport of your own. It has no token and no host.

    Args:
        job_id (str): Which job.

    Returns:
        Keyword arguments for `httpx.Client.request`: "method", "url", "headers", and "params" or "json" if needed.
    """

    params: dict[str, Any] = {}

    params["job_id"] = job_id

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/runtime/job_inputs",
        "headers": {"Content-Type": "application/json;charset=UTF-8"},
        "params": params,
    }
    return _kwargs


def parse(response_json: object) -> Failure | InputsSuccess:
    """Read the decoded body of an answer with HTTP status 200.

    Args:
        response_json: What the body's JSON holds.

    Returns:
        The one of these that the body is.

    Raises:
        MalformedBody: The body is none of these.
    """
    readers: Readers[Failure | InputsSuccess] = {
        "InputsSuccess": InputsSuccess.from_dict,
        "Failure": Failure.from_dict,
    }
    return first_that_fits(response_json, readers)


def sync_detailed(
    *,
    client: AuthenticatedClient,
    job_id: str,
) -> Response[Failure | InputsSuccess]:
    """Tell what a job was made of.

    Args:
        client: Where to send it, and with which token.
        job_id (str): Which job.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = client.request(
        **build(
            job_id=job_id,
        )
    )
    return read(response, parse, status_code=200)


def sync(
    *,
    client: AuthenticatedClient,
    job_id: str,
) -> Failure | InputsSuccess:
    """Tell what a job was made of.

    Args:
        client: Where to send it, and with which token.
        job_id (str): Which job.

    Returns:
        What the service answered: success, or failure, which is not raised.

    Raises:
        UnexpectedStatus: The contract does not know the HTTP status of the answer.
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    return sync_detailed(
        client=client,
        job_id=job_id,
    ).answer()


async def asyncio_detailed(
    *,
    client: AuthenticatedClient,
    job_id: str,
) -> Response[Failure | InputsSuccess]:
    """Tell what a job was made of.

    Args:
        client: Where to send it, and with which token.
        job_id (str): Which job.

    Returns:
        The answer, whatever its HTTP status; `parsed` is None where the contract does not know that.

    Raises:
        MalformedBody: The body of the answer is none that the contract knows.
        httpx.HTTPError: No answer arrived.
    """
    response = await client.request_async(
        **build(
            job_id=job_id,
        )
    )
    return read(response, parse, status_code=200)


async def asyncio(
    *,
    client: AuthenticatedClient,
    job_id: str,
) -> Failure | InputsSuccess:
    """Tell what a job was made of.

    Args:
        client: Where to send it, and with which token.
        job_id (str): Which job.

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
            job_id=job_id,
        )
    ).answer()
