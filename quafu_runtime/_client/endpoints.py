"""The generated client with the account and the transport of a service: for the low-level endpoints."""

from quafu_runtime_api import AuthenticatedClient

from quafu_runtime._client.drivers import AsyncClient, SyncClient
from quafu_runtime.account import Account
from quafu_runtime.errors import ArgumentError


def account_for(account: Account | None, profile: str | None) -> Account:
    """The account of a service.

    Args:
        account: The account; None for the saved one.
        profile: A saved profile, in place of an account.

    Raises:
        ArgumentError: Both are given, or something that is no account.
    """
    if account is not None and profile is not None:
        message = "Give an account or a profile, not both: Account(profile=...) is an account too."
        raise ArgumentError(message)
    if account is not None and not isinstance(account, Account):
        message = f"account is an Account, such as Account(api_token=...), not of type {type(account).__name__}."
        raise ArgumentError(message)
    return Account(profile=profile) if account is None else account


def endpoints(client: SyncClient | AsyncClient) -> AuthenticatedClient:
    """The generated client, for both kinds of calls.

    Args:
        client: The driver whose account, connections and rules it has.

    Raises:
        AccountError: There is no account.
    """
    account = client.account.credentials()
    return AuthenticatedClient(
        account.url.rstrip("/"),
        token=account.token,
        timeout=client.request_timeout,
        httpx_args={"transport": client.sender.both_ways()},
    )
