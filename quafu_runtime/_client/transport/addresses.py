"""What an address of a service means: whether it is this machine, who can read along."""

from urllib.parse import urlsplit

from quafu_runtime._client.cautions import caution
from quafu_runtime.account.addresses import CLEAR, is_loopback
from quafu_runtime.errors import ClearTextWarning

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_warned_hosts: set[str] = set()
"""Hosts that this process has warned of: once each, not at every call."""


def address_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an account's URL.

    Args:
        url: The URL, which the account has checked.
    """
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme]


def origin_of(url: str) -> str:
    """Scheme, host and port of an account's URL, for a message.

    Args:
        url: The URL, which the account has checked.
    """
    scheme, host, port = address_of(url)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def warn_of_clear_text(scheme: str, host: str) -> None:
    """Warn, once a host, that a token is about to travel unencrypted.

    Args:
        scheme: The scheme of the address.
        host: The service's host.
    """
    if scheme not in CLEAR or is_loopback(host) or host in _warned_hosts:
        return
    _warned_hosts.add(host)
    secure = "https" if scheme == "http" else "wss"
    message = (
        f"The API token travels to {host} in clear text ({scheme}://), and whoever is on the way can read it. Where "
        f'the service has an encrypted address, give that: Account(url="{secure}://..."). Else use an encrypted '
        "tunnel. Account(require_tls=True) makes this an error."
    )
    caution(message, ClearTextWarning)
