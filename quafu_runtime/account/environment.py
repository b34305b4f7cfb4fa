"""What the environment says of accounts: a profile, a service, and whether its connection must be encrypted."""

import os

from quafu_runtime.account.credentials import (
    DEFAULT_URL,
    DEFAULT_WS_URL,
    Credentials,
    check_profile,
    check_url,
    check_ws_url,
    websocket_of,
)
from quafu_runtime.errors import AccountError

TOKEN_VARIABLE = "QUAFU_RUNTIME_API_TOKEN"  # noqa: S105 - the name of a variable
TLS_VARIABLE = "QUAFU_RUNTIME_REQUIRE_TLS"
_URL_VARIABLE = "QUAFU_RUNTIME_URL"
_WS_URL_VARIABLE = "QUAFU_RUNTIME_WS_URL"
PROFILE_VARIABLE = "QUAFU_RUNTIME_PROFILE"

_SAID = {"": False, "0": False, "no": False, "off": False, "false": False}
_SAID |= {"1": True, "yes": True, "on": True, "true": True}


def environment_profile() -> str | None:
    """The profile that the environment names, or None.

    Raises:
        AccountError: It is no name for a profile.
    """
    name = os.environ.get(PROFILE_VARIABLE)
    return check_profile(name) if name else None


def environment_requires_tls() -> bool:
    """Whether the environment says that a token is only sent encrypted.

    Raises:
        AccountError: It says something that is neither yes nor no.
    """
    said = os.environ.get(TLS_VARIABLE, "")
    if said.lower() in _SAID:
        return _SAID[said.lower()]
    message = f"The environment variable {TLS_VARIABLE} is 1 or 0, not {said!r:.60}."
    raise AccountError(message)


def names_a_service() -> bool:
    """Whether the environment names a service by its URL."""
    return bool(os.environ.get(_URL_VARIABLE) or os.environ.get(_WS_URL_VARIABLE))


def environment_urls() -> tuple[str, str]:
    """The URLs that the environment names, or the deployed service's.

    Raises:
        AccountError: One of them is no URL.
    """
    given = os.environ.get(_URL_VARIABLE)
    url = check_url(given, f"the environment variable {_URL_VARIABLE}") if given else DEFAULT_URL
    ws_url = os.environ.get(_WS_URL_VARIABLE)
    if ws_url:
        return url, check_ws_url(ws_url, f"the environment variable {_WS_URL_VARIABLE}")
    return url, websocket_of(url) if given else DEFAULT_WS_URL


def check_environment(credentials: Credentials) -> None:
    """See that the environment names no other service than the one that a saved token is for.

    Raises:
        AccountError: It does.
    """
    if not names_a_service():
        return
    url, ws_url = environment_urls()
    if (url.rstrip("/"), ws_url.rstrip("/")) == (credentials.url.rstrip("/"), credentials.ws_url.rstrip("/")):
        return
    message = (
        f"The environment names the service {url} ({ws_url}), and no token for it; the token of {credentials.source} "
        f"is for {credentials.url} ({credentials.ws_url}), and is sent nowhere else. Set {TOKEN_VARIABLE}, or unset "
        f"{_URL_VARIABLE} and {_WS_URL_VARIABLE}, or name the service with Account(url=…)."
    )
    raise AccountError(message)
