"""Sockets that keep one deadline for a whole request.

httpx's time-outs are for one read or write each: a server that sends a byte now and then would hold a call for ever.
Here the time-outs that a request carries are moments of the monotonic clock, and each read, write and connect
gets what is left until then.
"""

import ssl
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import httpcore

from quafu_runtime._client.transport.dialling import addresses_of, awaited_addresses_of, shares

CONNECT_TIMEOUT = 10.0
"""Seconds in which a connection is made or given up: long for any network, short beside a call's own deadline."""


_ONE_WRITE = 16 * 1024
"""Bytes that are written at once."""

_LATE = "the deadline of the call has passed"


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
        raise late(_LATE)
    return seconds


def _moment_to_connect(timeout: float | None) -> float:
    return time.monotonic() + CONNECT_TIMEOUT if timeout is None else timeout


@contextmanager
def _as_httpcore() -> Iterator[None]:
    """Raise what the look-up of a name raises as httpcore's errors."""
    try:
        yield
    except TimeoutError as error:
        raise httpcore.ConnectTimeout(str(error)) from None
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from None


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
        moment = _moment_to_connect(timeout)
        with _as_httpcore():
            addresses = addresses_of(host, port, _left(moment, httpcore.ConnectTimeout) or 0.0)
        error: Exception = httpcore.ConnectTimeout(_LATE)
        for address, share in shares(addresses, moment):
            try:
                stream = self._backend.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
            else:
                return _DeadlineStream(stream)
        raise error


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        _open.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # The time-out below this is one for each part that the system takes: only a short part keeps the moment.
        view = memoryview(buffer)
        for begin in range(0, len(view), _ONE_WRITE):
            self._stream.write(bytes(view[begin : begin + _ONE_WRITE]), _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


_open: "weakref.WeakSet[_DeadlineStream]" = weakref.WeakSet()


def close_inherited() -> None:
    """Close this process's copies of all connections of threads, in a forked child: nothing goes over the wire."""
    for stream in list(_open):
        stream.close()


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
        moment = _moment_to_connect(timeout)
        with _as_httpcore():
            addresses = await awaited_addresses_of(host, port, _left(moment, httpcore.ConnectTimeout) or 0.0)
        error: Exception = httpcore.ConnectTimeout(_LATE)
        for address, share in shares(addresses, moment):
            try:
                stream = await self._backend.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
            else:
                return _AsyncDeadlineStream(stream)
        raise error


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
