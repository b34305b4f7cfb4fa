"""Whether a service is on this machine, and whether a token that is sent to it could be read on the way. No I/O."""

from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from quafu_runtime.account.credentials import Credentials
from quafu_runtime.errors import AccountError

CLEAR = frozenset({"http", "ws"})
"""The schemes that are not encrypted."""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or its literal address.

    Args:
        host: A name or an address, without brackets.
    """
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def refuse_clear_text(credentials: Credentials, because: str) -> None:
    """See that a token, which must be sent encrypted, is for no other machine's address in clear text.

    Args:
        credentials: The token, and its URLs.
        because: Who says so, for the message.

    Raises:
        AccountError: One of the URLs is in clear text, and not this machine's.
    """
    for url, argument in ((credentials.url, "url"), (credentials.ws_url, "ws_url")):
        parts = urlsplit(url)
        if parts.scheme in CLEAR and not is_loopback(parts.hostname or ""):
            secure = "https" if argument == "url" else "wss"
            message = (
                f"{because} that the token is only sent encrypted, and {url} is in clear text: nothing was sent. Where "
                f'the service has an encrypted address, give that: Account({argument}="{secure}://..."). Else use an '
                "encrypted tunnel to it, which ends on this machine."
            )
            raise AccountError(message)
