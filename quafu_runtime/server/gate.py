"""What every request passes before anything else: a browser's page of another site gets no answer.

A page that is open in a browser of this machine can reach a loopback port, under a name of its own that it lets point
there. The `Host` and `Origin` that the browser then sends are foreign, and are refused.
"""

import ipaddress
import socket
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, and not bound


class Gate:
    """Refuses a foreign `Host` (HTTP 400) or `Origin` (HTTP 403), and takes a doubled slash for one."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._open = host in ANY_ADDRESS
        self._names = LOOPBACK_NAMES | {host.lower()}
        if self._open:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request of ours pass."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if not self._is_ours(_host_of(f"//{headers.get('host', '')}")):
            await PlainTextResponse("The Host is not one of this service.", status_code=400)(scope, receive, send)
        elif origin is not None and not self._is_ours(_host_of(origin)):
            await PlainTextResponse("The Origin is not one of this service.", status_code=403)(scope, receive, send)
        else:
            scope["path"] = "/" + scope["path"].lstrip("/")
            await self._app(scope, receive, send)

    def _is_ours(self, host: str | None) -> bool:
        if host is None:
            return False
        return host in self._names or (self._open and _is_address(host))


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    """Whether a host is given as an address: no foreign name can stand there."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
