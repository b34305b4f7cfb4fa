"""What every request passes before anything else: a browser's page of another site gets no answer.

A page that is open in a browser of this machine can reach a loopback port, under a name of its own that it lets point
there. The `Host` and `Origin` that the browser then sends are foreign, and are refused. Ports are not compared: whoever
forwards one reaches the service under another, and a page without a token gets nothing under any.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from quafu_runtime.server.header_fields import complaint
from quafu_runtime.server.settings import LOOPBACK_NAMES, Limits
from quafu_runtime.server.wire import Refusal, failure

ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, and not bound

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{0,5})?")
"""A name or an address, and a port: nothing else stands in the header of an honest caller."""

FOREIGN_HOST = 400
FOREIGN_ORIGIN = 403
AMBIGUOUS = 400
LONG_TARGET = 414
LARGE_HEADERS = 431


class Gate:
    """Refuses a foreign `Host` (HTTP 400) or `Origin` (HTTP 403), and takes a doubled slash for one.

    Args:
        app: What is behind it.
        host: The address at which the service is bound.
        names: Other names under which callers know it.
        limits: What callers may ask for.
    """

    def __init__(self, app: ASGIApp, host: str, names: Iterable[str], limits: Limits) -> None:
        self._app = app
        self._limits = limits
        self._open = host in ANY_ADDRESS
        self._names = LOOPBACK_NAMES | {host.lower()} | {name.lower() for name in names}
        if self._open:
            self._names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request of ours pass."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._excess(scope) or _ambiguity(scope) or self._strangeness(Headers(scope=scope))
        if refusal is not None:
            await failure(refusal)(scope, receive, send)
            return
        scope["path"] = "/" + scope["path"].lstrip("/")
        await self._app(scope, receive, send)

    def _excess(self, scope: Scope) -> Refusal | None:
        headers, limits = scope["headers"], self._limits
        if len(scope["raw_path"]) + len(scope["query_string"]) > limits.target:
            message = f"The path and the query of a request may have {limits.target} bytes."
            return Refusal(LONG_TARGET, message, http=LONG_TARGET)
        if (
            len(headers) > limits.header_count
            or sum(len(name) + len(value) for name, value in headers) > limits.headers
        ):
            message = f"A request may have {limits.header_count} headers, of {limits.headers} bytes in all."
            return Refusal(LARGE_HEADERS, message, http=LARGE_HEADERS)
        return None

    def _strangeness(self, headers: Headers) -> Refusal | None:
        host, origin = headers.get("host", ""), headers.get("origin")
        if _HOST.fullmatch(host) is None or not self._is_ours(_host_of(f"//{host}")):
            message = "The Host is not one of this service. Its owner can name others with --allow-host."
            return Refusal(FOREIGN_HOST, message, http=FOREIGN_HOST)
        if origin is not None and not self._is_ours(_host_of(origin)):
            return Refusal(FOREIGN_ORIGIN, "The Origin is not one of this service.", http=FOREIGN_ORIGIN)
        return None

    def _is_ours(self, host: str | None) -> bool:
        if host is None:
            return False
        return host in self._names or (self._open and _is_address(host))


def _ambiguity(scope: Scope) -> Refusal | None:
    wrong = complaint(scope["http_version"], scope["headers"])
    return None if wrong is None else Refusal(AMBIGUOUS, wrong, http=AMBIGUOUS)


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
