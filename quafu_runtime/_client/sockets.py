"""The two loops that drive a `StreamState` over real WebSockets: one for threads, one for asyncio.

They decide nothing: when to come back, and when all has come, is the state's business.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

from attrs import frozen
from websockets.asyncio import client as asyncio_client
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync import client as sync_client
from websockets.typing import Subprotocol

from quafu_runtime._client import jobs
from quafu_runtime._client.drivers import AsyncClient, SyncClient
from quafu_runtime._client.stream import OPERATION, SUBPROTOCOL, Arrived, StreamState
from quafu_runtime._client.transport.addresses import address_of, origin_of, warn_of_clear_text
from quafu_runtime._client.transport.certificates import tls_context
from quafu_runtime._client.transport.dialling import awaited_dial, dial
from quafu_runtime._client.transport.proxies import Proxy, by_way_of, proxy_for
from quafu_runtime.account import Credentials
from quafu_runtime.account.frames import forgotten_frames
from quafu_runtime.account.secret import taken_out
from quafu_runtime.errors import QuafuRuntimeError, StreamError, StreamTimeoutError

_PING_INTERVAL = 20.0
"""Seconds between pings, which keep proxies from closing a quiet line and find a dead one."""

_CLOSE_TIMEOUT = 2.0
"""Seconds to wait for the other side when we close: nothing is expected from it any more."""

_MOST_WAITING = 4
"""Messages that have come and are not read yet, after which the connection is read no further: who publishes then waits
in the service, where what is published is kept, and no memory of this process fills."""

_TOO_BIG = 1009
"""The code with which a reader refuses a message (RFC 6455, 7.4.1)."""

_ABNORMAL = 1006
"""The code of a connection that ended without a close frame (RFC 6455, 7.1.5)."""

_BROKEN = (OSError, EOFError, WebSocketException)
"""What a connection raises when it breaks or cannot be made; TimeoutError is an OSError."""

_log = logging.getLogger("quafu_runtime.websocket")
# At DEBUG, websockets writes all header fields, the token among them. A level can be set anew by anybody.
_log.addFilter(lambda record: record.levelno >= logging.INFO)
_log.setLevel(logging.INFO)


class _RefusedError(Exception):
    """The server answered the handshake with an HTTP status: raised in its place, so that no redirect is followed."""

    def __init__(self, error: InvalidStatus) -> None:
        super().__init__()
        self.status = error.response.status_code
        self.headers = {name.lower(): value for name, value in error.response.headers.raw_items()}
        self.body = bytes(error.response.body or b"")


class _SyncConnection(sync_client.ClientConnection):
    def __init__(self, *args: Any, **options: Any) -> None:
        self._process = os.getpid()
        super().__init__(*args, **options)

    def close(self, *args: Any, **options: Any) -> None:
        """Close it where it was made: a forked child would end the stream of its parent."""
        if os.getpid() == self._process:
            super().close(*args, **options)

    def handshake(self, *args: Any, **options: Any) -> None:
        try:
            with forgotten_frames():
                super().handshake(*args, **options)
        except InvalidStatus as error:
            refused = _RefusedError(error)
        else:
            return
        raise refused  # here, so that it does not bring along the other error, which shows the whole answer


class _AsyncConnection(asyncio_client.ClientConnection):
    async def handshake(self, *args: Any, **options: Any) -> None:
        try:
            with forgotten_frames():
                await super().handshake(*args, **options)
        except InvalidStatus as error:
            refused = _RefusedError(error)
        else:
            return
        raise refused  # as above


class SyncReader:
    """Reads one job's stream in the thread that iterates over it; `stop` ends that from any thread."""

    def __init__(self, client: SyncClient, state: StreamState) -> None:
        self.state = state
        self._client = client
        self._stopped = threading.Event()
        self._socket: sync_client.ClientConnection | None = None
        self._process = os.getpid()

    def __iter__(self) -> Generator[Arrived, None, None]:
        refuse_another_process(self._process, self.state.job_id)
        while not (self.state.ended or self._stopped.is_set()):
            account = self._client.account.credentials()
            line = _Line(self.state, account, self._client)
            try:
                with sync_client.connect(**line.dialled(), create_connection=_SyncConnection) as socket:
                    self._socket = socket
                    line.opened(socket.subprotocol)
                    yield from self.state.gaps()
                    yield from self._messages(socket, line)
            except (*_BROKEN, _RefusedError) as error:
                if not self._stopped.is_set():
                    self._stopped.wait(line.pause_after(error))
            if self.state.may_have_ended and not self._stopped.is_set() and self._see_whether_it_ended():
                self.state.warn_of_gap()
                yield from self.state.gaps()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def stop(self) -> None:
        """End the iteration, wherever it stands."""
        self._stopped.set()
        socket = self._socket
        if socket is not None:
            socket.close()

    def _messages(self, socket: sync_client.ClientConnection, line: "_Line") -> Iterator[Arrived]:
        while not (self.state.ended or self._stopped.is_set()):
            try:
                message = socket.recv(self._client.policy.silence)
            except TimeoutError:
                if self.state.may_have_ended and self._see_whether_it_ended():
                    return
            else:
                yield from line.received(message)

    def _see_whether_it_ended(self) -> bool:
        self.state.ended = self._client.drive(jobs.has_ended(self.state.job_id))
        return self.state.ended


class AsyncReader:
    """Reads one job's stream in the task that iterates over it."""

    def __init__(self, client: AsyncClient, state: StreamState) -> None:
        self.state = state
        self._client = client

    async def __aiter__(self) -> AsyncGenerator[Arrived, None]:
        while not self.state.ended:
            account = self._client.account.credentials()
            line = _Line(self.state, account, self._client)
            try:
                options = await line.awaited_dialled()
                async with asyncio_client.connect(**options, create_connection=_AsyncConnection) as socket:
                    line.opened(socket.subprotocol)
                    for gap in self.state.gaps():
                        yield gap
                    async with aclosing(self._messages(socket, line)) as messages:
                        async for arrived in messages:
                            yield arrived
            except (*_BROKEN, _RefusedError) as error:
                await asyncio.sleep(line.pause_after(error))
            if self.state.may_have_ended and await self._see_whether_it_ended():
                self.state.warn_of_gap()
                for gap in self.state.gaps():
                    yield gap

    async def _messages(self, socket: asyncio_client.ClientConnection, line: "_Line") -> AsyncGenerator[Arrived, None]:
        while not self.state.ended:
            try:
                async with asyncio.timeout(self._client.policy.silence):
                    message = await socket.recv()
            except TimeoutError:
                if self.state.may_have_ended and await self._see_whether_it_ended():
                    return
            else:
                for arrived in line.received(message):
                    yield arrived

    async def _see_whether_it_ended(self) -> bool:
        self.state.ended = await self._client.drive(jobs.has_ended(self.state.job_id))
        return self.state.ended


class _Line:
    """One connection: how it is made, and what its end means."""

    def __init__(self, state: StreamState, account: Credentials, client: SyncClient | AsyncClient) -> None:
        self._state = state
        self._account = account
        self._open_timeout = client.policy.open_timeout
        self._limit = client.max_answer_bytes
        self._opened_at: float | None = None
        self._proxy = proxy_for(*address_of(account.ws_url))
        self._notes = client.wire.line(account.ws_url, self._headers(), self._proxy.address if self._proxy else None)

    def dialled(self) -> dict[str, Any]:
        """What the blocking `connect` of websockets takes: with a connection, unless a proxy is to make it."""
        options, ends_at = self._options(), time.monotonic() + self._open_timeout
        if self._proxy is None:
            options["sock"] = dial(*self._place, self._open_timeout)
        return {**options, "open_timeout": max(0.0, ends_at - time.monotonic())}

    async def awaited_dialled(self) -> dict[str, Any]:
        """The same for the awaited one."""
        options, ends_at = self._options(), time.monotonic() + self._open_timeout
        if self._proxy is None:
            options["sock"] = await awaited_dial(*self._place, self._open_timeout)
        return {**options, "open_timeout": max(0.0, ends_at - time.monotonic())}

    @property
    def _place(self) -> tuple[str, int]:
        _scheme, host, port = address_of(self._account.ws_url)
        return host, port

    def _options(self) -> dict[str, Any]:
        options = connect_options(self._account, self._headers(), self._open_timeout, self._proxy)
        return {**options, "max_size": self._limit, "max_queue": _MOST_WAITING}

    def opened(self, subprotocol: str | None) -> None:
        """The connection is open."""
        self._opened_at = time.monotonic()
        self._notes.opened(subprotocol)
        self._state.opened(subprotocol)

    def received(self, message: str | bytes) -> list[Arrived]:
        """A message has come."""
        arrived = self._state.received(message)
        self._notes.received(message, arrived)
        return arrived

    def pause_after(self, error: Exception) -> float:
        """Seconds until the next connection, or the error that ends the stream."""
        self._note(error)
        try:
            with forgotten_frames():
                pause = self._judged(error)
        except QuafuRuntimeError as judged:
            judged.__context__ = None  # a refusal has the whole answer
            judged.args = (taken_out(judged.message, self._account.token),)  # a server may repeat it in a close frame
            raise
        if not self._state.ended:
            self._notes.paused(pause)
        return pause

    def _judged(self, error: Exception) -> float:
        lasted = 0.0 if self._opened_at is None else time.monotonic() - self._opened_at
        if isinstance(error, _RefusedError):
            token, advice = self._account.token, self._account.advice
            return self._state.refused(error.status, error.headers, error.body, token, advice)
        if isinstance(error, ConnectionClosed):
            if error.sent is not None and error.sent.code == _TOO_BIG and not error.rcvd_then_sent:
                raise self._too_large()
            frame = error.rcvd
            return self._state.closed(frame.code if frame else _ABNORMAL, frame.reason if frame else "", lasted)
        if isinstance(error, TimeoutError) and self._state.replays is None:
            within = f"within {self._open_timeout:g} seconds at {origin_of(self._account.ws_url)}"
            way = by_way_of(self._account.ws_url)
            message = f"The stream of job {self._state.job_id} was not opened {within}{way}."
            raise StreamTimeoutError(message, operation=OPERATION) from None
        return self._state.failed(_reason(error) + by_way_of(self._account.ws_url), lasted)

    def _too_large(self) -> StreamError:
        message = (
            f"The stream of job {self._state.job_id} brought a message of more than {self._limit} bytes, which is not "
            "read. Where that is right, allow it with RuntimeService(..., max_answer_bytes=...)."
        )
        return StreamError(message, operation=OPERATION)

    def _note(self, error: Exception) -> None:
        if isinstance(error, _RefusedError):
            self._notes.refused(error.status, error.headers, error.body)
        else:
            self._notes.ended(_reason(error))

    def _headers(self) -> dict[str, str]:
        return {"api_token": self._account.token, **self._state.headers()}


def refuse_another_process(process: int, job_id: str) -> None:
    """See that a stream is read where it was opened.

    Args:
        process: The process that opened it.
        job_id: The job.

    Raises:
        StreamError: This is another process.
    """
    if os.getpid() != process:
        message = (
            f"This stream of job {job_id} was opened by the process {process}, of which this one was forked, and goes "
            "on there. Open one here."
        )
        raise StreamError(message, operation=OPERATION)


@frozen
class Handshake:
    """How a WebSocket's handshake ended.

    Attributes:
        status: The HTTP status; 101 where the connection was made.
        subprotocol: The sub-protocol that the server chose, or None.
        body: The body of a refusal.
    """

    status: int
    subprotocol: str | None
    body: bytes


def try_handshake(account: Credentials, job_id: str, open_timeout: float) -> Handshake:
    """Open a job's stream, as a reader does, and close it at once.

    Args:
        account: Whose stream it is.
        job_id: The job.
        open_timeout: Seconds in which the connection is open or given up.

    Raises:
        ConnectionFailedError: The environment names a proxy or certificates that cannot be used.
        OSError: There is no connection.
        EOFError: The connection was closed in the middle of the handshake.
        WebSocketException: Something else than a WebSocket answers, or a proxy lets nothing through.
    """
    proxy = proxy_for(*address_of(account.ws_url))
    headers = {"api_token": account.token, "job_id": job_id}
    options = connect_options(account, headers, open_timeout, proxy)
    try:
        with sync_client.connect(**options, create_connection=_SyncConnection) as socket:
            return Handshake(HTTPStatus.SWITCHING_PROTOCOLS, socket.subprotocol, b"")
    except _RefusedError as refused:
        return Handshake(refused.status, None, refused.body)


def connect_options(
    account: Credentials, headers: Mapping[str, str], open_timeout: float, proxy: Proxy | None
) -> dict[str, Any]:
    """What both `connect` functions of websockets take.

    Args:
        account: Whose stream it is.
        headers: The header fields of the handshake.
        open_timeout: Seconds in which the connection is open.
        proxy: The proxy on the way, or None.
    """
    scheme, host, _port = address_of(account.ws_url)
    warn_of_clear_text(scheme, host)
    return {
        "uri": account.ws_url,
        "additional_headers": headers,
        "subprotocols": [Subprotocol(SUBPROTOCOL)],
        "compression": None,  # large values come compressed, and small ones gain nothing
        "proxy": proxy.url if proxy else None,
        "open_timeout": open_timeout,
        "ping_interval": _PING_INTERVAL,
        "ping_timeout": _PING_INTERVAL,
        "close_timeout": _CLOSE_TIMEOUT,
        "logger": _log,
        **({"proxy_ssl": tls_context()} if proxy and proxy.scheme == "https" else {}),
        **({"ssl": tls_context()} if scheme == "wss" else {}),
    }


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
