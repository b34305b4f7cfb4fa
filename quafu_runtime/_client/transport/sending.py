"""The only module that imports httpx: requests out, `Reply` or `Lost` back, the same for the sync and the async client.

It never follows a redirect, uses no proxy for this machine, keeps one deadline for a whole request, and warns before a
token travels in clear text. What an answer means is the business of `answers`.
"""

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import httpcore
import httpx
from attrs import evolve, frozen

from quafu_runtime._client.answers import Lost, Reply
from quafu_runtime._client.locks import Depth
from quafu_runtime._client.tracing.exchanges import Exchange, Wire
from quafu_runtime._client.transport.addresses import address_of, origin_of, warn_of_clear_text
from quafu_runtime._client.transport.bodies import ACCEPTED, MAX_ANSWER_BYTES, UNREADABLE, Body
from quafu_runtime._client.transport.network import moments
from quafu_runtime._client.transport.pools import Pools, async_pool, sync_pool
from quafu_runtime._client.transport.proxies import by_way_of
from quafu_runtime.account import Credentials
from quafu_runtime.account.frames import forgotten_frames
from quafu_runtime.account.secret import Secret, taken_out
from quafu_runtime.errors import AccountError, ArgumentError

_TOKEN_FIELD = "api_token"  # noqa: S105 - the name of a header field
_CONTENT_TYPE = "application/json;charset=UTF-8"
_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Header fields that say how a body came, and nothing of it once it is unpacked."""

_EXCERPT = 64 * 1024
"""Bytes that are kept of an answer that is not read: what an error may show of it."""

_UNSENT = (httpx.ConnectError, httpx.PoolTimeout, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_INCOMPLETE = (httpx.WriteTimeout,)
"""After these the service cannot have received the whole request."""


class DeadlineTransport(httpx.BaseTransport):
    """An httpx transport whose time-outs hold for a whole request; usable from any thread, and in finalizers."""

    def __init__(self) -> None:
        self._pools = Pools(sync_pool)
        self._depth = Depth()
        weakref.finalize(self, _close_all, self._pools)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer's header fields."""
        place = _address(request)
        # A finalizer runs in the middle of another request of its thread, whose pool is locked by it.
        own = Pools(sync_pool) if self._depth.inside else None
        pool = (own or self._pools).choose(*place)
        try:
            with _as_httpx(), self._depth:
                response = pool.handle_request(_core_request(request))
        except BaseException:
            if own is not None:
                pool.close()
            raise
        stream = cast("Iterable[bytes]", response.stream)
        return _httpx_response(response, _Body(stream, self._depth, None if own is None else pool.close))

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        with self._depth:
            _close_all(self._pools)


class AsyncDeadlineTransport(httpx.AsyncBaseTransport):
    """An httpx transport for asyncio whose time-outs hold for a whole request."""

    def __init__(self) -> None:
        self._pools = Pools(async_pool)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and read its answer's header fields."""
        pool = self._pools.choose(*_address(request), owner=asyncio.get_running_loop())
        with _as_httpx():
            response = await pool.handle_async_request(_core_request(request))
        return _httpx_response(response, _AsyncBody(cast("AsyncIterable[bytes]", response.stream)))

    async def aclose(self) -> None:
        """Close the connections; a later request opens new ones."""
        for pool in self._pools.taken(asyncio.get_running_loop()):
            await pool.aclose()


class Sender:
    """Sends the requests of flows, from any thread."""

    def __init__(self, wire: Wire | None = None, limit: int = MAX_ANSWER_BYTES) -> None:
        self._transport = DeadlineTransport()
        self._wire = wire or Wire()
        self._limit = limit

    def send(self, account: Credentials, request: Mapping[str, Any], timeout: float) -> Reply | Lost:
        """Send one request and read its whole answer.

        Args:
            account: The token, and the service that it is for.
            request: What the generated `build` made.
            timeout: Seconds for all of it.
        """
        made = _prepare(account, request, timeout)
        course = _Course(account, timeout, _begin(self._wire, made))
        try:
            response = self._transport.handle_request(made)
        except httpx.TransportError as error:
            return course.lost(error)
        reading = _body_of(response, self._limit)
        try:
            for part in response.iter_raw():
                reading.take(part)
        except (httpx.TransportError, *UNREADABLE) as error:
            return course.cut_off(error, response, bytes(reading.data))
        finally:
            response.close()
        return course.answered(response, bytes(reading.data))

    def both_ways(self) -> httpx.BaseTransport:
        """A transport for the generated endpoints: blocking calls over these connections, awaited ones over others."""
        return _BothWays(self._transport, AsyncDeadlineTransport(), self._wire, self._limit)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


class AsyncSender:
    """Sends the requests of flows, on an event loop."""

    def __init__(self, wire: Wire | None = None, limit: int = MAX_ANSWER_BYTES) -> None:
        self._transport = AsyncDeadlineTransport()
        self._wire = wire or Wire()
        self._limit = limit

    async def send(
        self,
        account: Credentials,
        request: Mapping[str, Any],
        timeout: float,  # noqa: ASYNC109 - the sockets keep it
    ) -> Reply | Lost:
        """Send one request and read its whole answer.

        Args:
            account: The token, and the service that it is for.
            request: What the generated `build` made.
            timeout: Seconds for all of it.
        """
        made = _prepare(account, request, timeout)
        course = _Course(account, timeout, _begin(self._wire, made))
        try:
            response = await self._transport.handle_async_request(made)
        except httpx.TransportError as error:
            return course.lost(error)
        reading = _body_of(response, self._limit)
        try:
            async for part in response.aiter_raw():
                reading.take(part)
        except (httpx.TransportError, *UNREADABLE) as error:
            return course.cut_off(error, response, bytes(reading.data))
        finally:
            await response.aclose()
        return course.answered(response, bytes(reading.data))

    def both_ways(self) -> httpx.BaseTransport:
        """A transport for the generated endpoints: awaited calls over these connections, blocking ones over others."""
        return _BothWays(DeadlineTransport(), self._transport, self._wire, self._limit)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


class _BothWays(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """One object for both kinds of httpx client, since the generated client gives its arguments to both."""

    def __init__(self, blocking: DeadlineTransport, awaited: AsyncDeadlineTransport, wire: Wire, limit: int) -> None:
        self._blocking = blocking
        self._awaited = awaited
        self._wire = wire
        self._limit = limit

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with _noted(_begin(self._wire, request)) as note:
            response = self._blocking.handle_request(request)
            body = _body_of(response, self._limit)
            with _unreadable_as_httpx(), contextlib.closing(response):
                for part in response.iter_raw():
                    body.take(part)
            return note(response, bytes(body.data))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with _noted(_begin(self._wire, request)) as note:
            response = await self._awaited.handle_async_request(request)
            body = _body_of(response, self._limit)
            try:
                with _unreadable_as_httpx():
                    async for part in response.aiter_raw():
                        body.take(part)
            finally:
                await response.aclose()
            return note(response, bytes(body.data))

    def close(self) -> None:
        self._blocking.close()

    async def aclose(self) -> None:
        await self._awaited.aclose()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Iterable[bytes], depth: Depth, finish: Callable[[], None] | None) -> None:
        self._stream = stream
        self._depth = depth
        self._finish = finish

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(), self._depth:
            yield from self._stream

    def close(self) -> None:
        close = getattr(self._stream, "close", None)
        with self._depth:
            if close is not None:
                close()
            if self._finish is not None:
                self._finish()


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


def _close_all(pools: Pools[httpcore.ConnectionPool]) -> None:
    for pool in pools.taken():
        pool.close()


def _prepare(account: Credentials, request: Mapping[str, Any], timeout: float) -> httpx.Request:
    try:
        return httpx.Request(
            request["method"],
            account.url.rstrip("/") + request["url"],
            params=request.get("params"),
            json=request.get("json"),
            headers={**request.get("headers", {}), **_headers(account)},
            extensions={"timeout": httpx.Timeout(timeout).as_dict()},
        )
    except UnicodeEncodeError:
        message = "A text in the request is no Unicode text: it has half of a surrogate pair in it."
        raise ArgumentError(message) from None
    except httpx.InvalidURL as error:
        message = f"The account's URL {account.url!r:.200} is no address: {error}."
        raise AccountError(message) from None


def _headers(account: Credentials) -> dict[str, str]:
    return {_TOKEN_FIELD: account.token, "Content-Type": _CONTENT_TYPE, "Accept-Encoding": ACCEPTED}


def _address(request: httpx.Request) -> tuple[str, str, int]:
    scheme, host, port = address_of(str(request.url))
    warn_of_clear_text(scheme, host)
    return scheme, host, port


def _core_request(request: httpx.Request) -> httpcore.Request:
    url = request.url
    timeout = request.extensions.get("timeout", {})
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions={**request.extensions, "timeout": moments(timeout)},
    )


def _httpx_response(response: httpcore.Response, body: httpx.SyncByteStream | httpx.AsyncByteStream) -> httpx.Response:
    return httpx.Response(response.status, headers=response.headers, stream=body, extensions=response.extensions)


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise httpcore's errors as httpx's, which have the same names; no error keeps the frames' variables."""
    try:
        with forgotten_frames():
            yield
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
        httpcore.UnsupportedProtocol,
    ) as error:
        kind: type[httpx.TransportError] = getattr(httpx, type(error).__name__, httpx.TransportError)
        raise kind(str(error)) from None
    except UnicodeError:
        message = "the host's name is no name"
        raise httpx.ConnectError(message) from None


@frozen
class _Course:
    """What a request comes to, for those who sent it and for those who take notes."""

    account: Credentials
    timeout: float
    exchange: Exchange | None

    @property
    def origin(self) -> str:
        return origin_of(self.account.url)

    def lost(self, error: httpx.TransportError) -> Lost:
        """There is no answer."""
        said = taken_out(str(error), self.account.token)  # an error of the protocol repeats what it was sent
        reason = (said or type(error).__name__) + by_way_of(self.account.url)
        if self.exchange is not None:
            self.exchange.lost(reason)
        if isinstance(error, httpx.LocalProtocolError):
            return Lost("the request cannot be written as HTTP", sent=False, timed_out=None, origin=self.origin)
        late = self.timeout if isinstance(error, httpx.TimeoutException) else None
        return Lost(reason, sent=not isinstance(error, _UNSENT + _INCOMPLETE), timed_out=late, origin=self.origin)

    def cut_off(self, error: Exception, response: httpx.Response, body: bytes) -> Reply | Lost:
        """An answer broke off: a deadline that passes inside it counts in place of what has come of it."""
        if isinstance(error, UNREADABLE):
            return evolve(self.answered(response, body[:_EXCERPT]), unread=str(error))
        if not isinstance(error, httpx.TimeoutException) or response.status_code != httpx.codes.OK:
            return self.answered(response, body, whole=False)
        if self.exchange is not None:
            self.exchange.lost("the deadline passed in the middle of the answer")
        return Lost("the answer had begun", sent=True, timed_out=self.timeout, origin=self.origin)

    def answered(self, response: httpx.Response, body: bytes, *, whole: bool = True) -> Reply:
        """An answer has come, or a part of it."""
        headers = _lower(response.headers)
        if self.exchange is not None:
            self.exchange.answered(response.status_code, headers, body, whole=whole)
        account = self.account
        return Reply(response.status_code, headers, body, whole, self.origin, account.token, account.advice)


def _begin(wire: Wire, request: httpx.Request) -> Exchange | None:
    return wire.begin(request.method, str(request.url), _lower(request.headers), request.content)


@contextmanager
def _noted(exchange: Exchange | None) -> Iterator[Callable[[httpx.Response, bytes], httpx.Response]]:
    """Note the answer, or the error, that an endpoint's caller gets."""

    def note(response: httpx.Response, body: bytes) -> httpx.Response:
        headers = _lower(response.headers)
        if exchange is not None:
            exchange.answered(response.status_code, headers, body)
        kept = {name: value for name, value in headers.items() if name not in _OF_THE_WIRE}
        return httpx.Response(response.status_code, headers=kept, content=body)

    try:
        yield note
    except httpx.HTTPError as error:
        if exchange is not None:
            exchange.lost(str(error) or type(error).__name__)
        raise


@contextmanager
def _unreadable_as_httpx() -> Iterator[None]:
    try:
        yield
    except UNREADABLE as error:
        raise httpx.DecodingError(str(error)) from None


def _body_of(response: httpx.Response, limit: int) -> Body:
    return Body(response.headers.get("content-encoding", ""), limit)


def _lower(headers: httpx.Headers) -> dict[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: Secret(value) if name == _TOKEN_FIELD else value for name, value in lower.items()}
