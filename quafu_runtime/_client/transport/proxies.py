"""Which proxy leads to an address, as the environment says: the same for HTTP and for streams.

The variables are `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not; for a stream also
`WS_PROXY` and `WSS_PROXY`, before the other ones. A proxy may have a user name and a password in its URL, which no
message shows.
"""

import os
import urllib.request
from typing import NoReturn
from urllib.parse import quote, unquote, urlsplit

from attrs import field, frozen

from quafu_runtime._client.transport.addresses import address_of
from quafu_runtime.account.addresses import is_loopback
from quafu_runtime.account.secret import Secret
from quafu_runtime.errors import ConnectionFailedError

_PORTS = {"http": 80, "https": 443}


@frozen
class Proxy:
    """An HTTP proxy.

    Attributes:
        variable: The variable of the environment that names it.
        scheme: `http` or `https`.
        host: Its host.
        port: Its port.
        auth: User name and password, or None.
    """

    variable: str
    scheme: str
    host: str
    port: int
    auth: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        """Scheme, host and port, for messages and for httpcore."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL, user name and password included."""
        if self.auth is None:
            return self.address
        user = ":".join(quote(part, safe="") for part in self.auth)
        return Secret(self.address.replace("://", f"://{user}@", 1))


def proxy_for(scheme: str, host: str, port: int) -> Proxy | None:
    """The proxy that the environment names for an address; never one for this machine.

    Args:
        scheme: `http`, `https`, `ws` or `wss`.
        host: The service's host.
        port: The service's port.

    Returns:
        The proxy, or None for a direct connection.

    Raises:
        ConnectionFailedError: A variable names something that is no HTTP proxy.
    """
    if is_loopback(host) or urllib.request.proxy_bypass(f"{host}:{port}"):
        return None
    proxies = urllib.request.getproxies()
    names = (scheme, "https" if scheme in {"https", "wss"} else "http", "all")
    name = next((name for name in names if proxies.get(name)), None)
    return None if name is None else _parsed(_variable(name), proxies[name])


def by_way_of(url: str) -> str:
    """Which proxy a connection to a service goes through, for a message: nothing where there is none.

    Args:
        url: The account's URL for HTTP or for streams.
    """
    proxy = proxy_for(*address_of(url))
    return f", by way of the proxy {proxy.address} that {proxy.variable} names" if proxy else ""


def _variable(name: str) -> str:
    """The variable as it is written in the environment; the lower case wins, as for other programs."""
    small = f"{name}_proxy"
    return small if os.environ.get(small) else small.upper()


def _parsed(variable: str, url: str) -> Proxy:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
    except ValueError:
        _refuse(variable, "has no valid host and port")
    if parts.scheme not in _PORTS:
        _refuse(variable, f"has the scheme {parts.scheme}://, and only HTTP proxies can be used")
    if not parts.hostname:
        _refuse(variable, "names no host")
    auth = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    return Proxy(variable, parts.scheme, parts.hostname, port or _PORTS[parts.scheme], auth)


def _refuse(variable: str, complaint: str) -> NoReturn:
    message = (
        f"The proxy in the environment variable {variable} {complaint}: it should look like http://host:port. Mend it, "
        "unset it, or put the service's host into NO_PROXY."
    )
    raise ConnectionFailedError(message) from None
