"""Sockets that keep one deadline for a whole request.

httpx's time-outs are for one read or write each: a server that sends a byte now and then would hold a call for ever.
Here the time-outs that a request carries are moments of the monotonic clock, and each read, write and connect
gets what is left until then.
"""

import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any, cast

import httpcore

CONNECT_TIMEOUT = 10.0
"""Seconds in which a connection is made or given up: long for any network, short beside a call's own deadline."""


def moments(timeout: Mapping[str, float | None]) -> dict[str, float | None]:
    """The time-outs of httpx, in seconds, as the moments at which a request's parts must be over.

    Args:
        timeout: Seconds for `connect`, `read`, `write` and `pool`.
    """
    now = time.monotonic()
    seconds = [value for value in (timeout.get("read"), timeout.get("write")) if value is not None]
    whole = now + max(seconds) if seconds else None
    connect = now + min(timeout.get("connect") or CONNECT_TIMEOUT, CONNECT_TIMEOUT)
    connect = connect if whole is None else min(connect, whole)
    return {"connect": connect, "read": whole, "write": whole, "pool": timeout.get("pool")}


def _left(moment: float | None, late: type[Exception]) -> float | None:
    if moment is None:
        return None
    seconds = moment - time.monotonic()
    if seconds <= 0.0:
        message = "the deadline of the call has passed"
        raise late(message)
    return seconds


class DeadlineBackend(httpcore.NetworkBackend):
    """Makes connections whose time-outs are moments."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect until a moment."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._backend.connect_tcp(host, port, left, local_address, socket_options))


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class AsyncDeadlineBackend(httpcore.AsyncNetworkBackend):
    """Makes asyncio connections whose time-outs are moments."""

    def __init__(self) -> None:
        self._backend = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect until a moment."""
        left = _left(timeout, httpcore.ConnectTimeout)
        return _AsyncDeadlineStream(await self._backend.connect_tcp(host, port, left, local_address, socket_options))


class _AsyncDeadlineStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        return await self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        await self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _AsyncDeadlineStream(await self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
