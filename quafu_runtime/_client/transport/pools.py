"""Which connections a request uses: one pool for each way to a service, made when it is first needed."""

import os
import ssl
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import httpcore

from quafu_runtime._client.transport.certificates import tls_context
from quafu_runtime._client.transport.network import AsyncDeadlineBackend, DeadlineBackend
from quafu_runtime._client.transport.proxies import Proxy, proxy_for

_KEEPALIVE_EXPIRY = 4.0
"""Seconds an idle connection is kept: less than the five after which uvicorn and many others close it, so that a
request does not meet a connection that is just being closed."""

_IDLE_CONNECTIONS = 8
"""How many idle connections are kept. Those in use are not bounded, since each waiting job has one."""

P = TypeVar("P")


class Pools(Generic[P]):
    """The pools of one client.

    They belong to a process, or to an event loop: a process that was forked, or the loop of another `asyncio.run`, must
    not use the connections of the one before, and gets pools of its own.

    Args:
        make: Makes a pool for a proxy, or none, and a TLS context, or none.
        leave: Is given each pool of another owner that is left behind.
    """

    def __init__(
        self,
        make: Callable[[httpcore.Proxy | None, ssl.SSLContext | None], P],
        leave: Callable[[P], object] = lambda _pool: None,
    ) -> None:
        self._make = make
        self._leave = leave
        self._lock = threading.Lock()
        self._owner: object = None
        self._pools: dict[tuple[Proxy | None, bool], P] = {}

    def choose(self, scheme: str, host: str, port: int, owner: object) -> P:
        """The pool for an address.

        Args:
            scheme: `http` or `https`.
            host: The service's host.
            port: The service's port.
            owner: The process or the event loop that asks.

        Raises:
            ConnectionFailedError: The environment names a proxy or certificates that cannot be used.
        """
        proxy = proxy_for(scheme, host, port)
        key = (proxy, scheme == "https")
        with self._lock:
            if owner != self._owner:
                for pool in self._pools.values():
                    self._leave(pool)
                self._owner, self._pools = owner, {}
            if key not in self._pools:
                self._pools[key] = self._make(_httpcore_proxy(proxy), tls_context() if key[1] else None)
            return self._pools[key]

    def taken(self) -> list[P]:
        """All pools, which are then somebody else's to close."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
            return pools


def sync_pool(proxy: httpcore.Proxy | None, context: ssl.SSLContext | None) -> httpcore.ConnectionPool:
    """A pool for threads."""
    return httpcore.ConnectionPool(proxy=proxy, network_backend=DeadlineBackend(), **_options(context))


def async_pool(proxy: httpcore.Proxy | None, context: ssl.SSLContext | None) -> httpcore.AsyncConnectionPool:
    """A pool for one event loop."""
    return httpcore.AsyncConnectionPool(proxy=proxy, network_backend=AsyncDeadlineBackend(), **_options(context))


def process() -> int:
    """The owner of a pool for threads."""
    return os.getpid()


def _options(context: ssl.SSLContext | None) -> dict[str, Any]:
    return {
        "ssl_context": context,
        "max_connections": None,
        "max_keepalive_connections": _IDLE_CONNECTIONS,
        "keepalive_expiry": _KEEPALIVE_EXPIRY,
    }


def _httpcore_proxy(proxy: Proxy | None) -> httpcore.Proxy | None:
    if proxy is None:
        return None
    context = tls_context() if proxy.scheme == "https" else None
    return httpcore.Proxy(proxy.address, auth=proxy.auth, ssl_context=context)
