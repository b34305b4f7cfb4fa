"""Which connections a request uses: one pool for each way to a service, made when it is first needed."""

import asyncio
import os
import ssl
import weakref
from collections.abc import Callable
from typing import Any, Generic, TypeAlias, TypeVar

import httpcore

from quafu_runtime._client.locks import Lock
from quafu_runtime._client.transport.certificates import tls_context
from quafu_runtime._client.transport.network import AsyncDeadlineBackend, DeadlineBackend, close_inherited
from quafu_runtime._client.transport.proxies import Proxy, proxy_for

_KEEPALIVE_EXPIRY = 4.0
"""Seconds an idle connection is kept: less than the five after which uvicorn and many others close it, so that a
request does not meet a connection that is just being closed."""

_IDLE_CONNECTIONS = 8
"""How many idle connections are kept. Those in use are not bounded, since each waiting job has one."""

P = TypeVar("P")
Owner: TypeAlias = asyncio.AbstractEventLoop | None


class Pools(Generic[P]):
    """The pools of one client.

    They belong to an owner: a thread may use those of every other, an event loop only its own. A process that was
    forked gets none of its parent's.

    Args:
        make: Makes a pool for a proxy, or none, and a TLS context, or none.
    """

    def __init__(self, make: Callable[[httpcore.Proxy | None, ssl.SSLContext | None], P]) -> None:
        self._make = make
        self._lock = Lock()
        self._pools: dict[Owner, dict[tuple[Proxy | None, bool], P]] = {}
        _all.add(self)

    def choose(self, scheme: str, host: str, port: int, owner: Owner = None) -> P:
        """The pool for an address.

        Args:
            scheme: `http` or `https`.
            host: The service's host.
            port: The service's port.
            owner: The event loop that asks, or None for threads.

        Raises:
            ConnectionFailedError: The environment names a proxy or certificates that cannot be used.
        """
        proxy = proxy_for(scheme, host, port)
        key = (proxy, scheme == "https")
        with self._lock:
            self._leave_loops_that_are_closed()
            pools = self._pools.setdefault(owner, {})
            if key not in pools:
                made = self._make(_httpcore_proxy(proxy), tls_context() if key[1] else None)
                pools.setdefault(key, made)
            return pools[key]

    def taken(self, owner: Owner = None) -> list[P]:
        """The pools of an owner, which are then the caller's to close.

        Args:
            owner: The event loop, or None for threads.
        """
        with self._lock:
            return list(self._pools.pop(owner, {}).values())

    def leave_to_the_parent(self) -> None:
        """Forget all pools, in a forked child."""
        self._pools = {}

    def _leave_loops_that_are_closed(self) -> None:
        for loop in [one for one in self._pools if one is not None and one.is_closed()]:
            del self._pools[loop]


_all: "weakref.WeakSet[Pools[Any]]" = weakref.WeakSet()


def _leave_all_to_the_parent() -> None:
    """A child has its parent's connections, and would take part in what goes over them."""
    close_inherited()
    for pools in list(_all):
        pools.leave_to_the_parent()


os.register_at_fork(after_in_child=_leave_all_to_the_parent)


def sync_pool(proxy: httpcore.Proxy | None, context: ssl.SSLContext | None) -> httpcore.ConnectionPool:
    """A pool for threads."""
    return httpcore.ConnectionPool(proxy=proxy, network_backend=DeadlineBackend(), **_options(context))


def async_pool(proxy: httpcore.Proxy | None, context: ssl.SSLContext | None) -> httpcore.AsyncConnectionPool:
    """A pool for one event loop."""
    return httpcore.AsyncConnectionPool(proxy=proxy, network_backend=AsyncDeadlineBackend(), **_options(context))


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
