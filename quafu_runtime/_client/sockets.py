"""The two loops that drive a `StreamState` over real WebSockets: one for threads, one for asyncio.

They decide nothing: when to come back, and when all has come, is the state's business.
"""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing
from typing import Any

from websockets.asyncio import client as asyncio_client
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync import client as sync_client
from websockets.typing import Subprotocol

from quafu_runtime._client import jobs
from quafu_runtime._client.addresses import address_of, origin_of, proxy_for, warn_of_clear_text
from quafu_runtime._client.drivers import AsyncClient, SyncClient
from quafu_runtime._client.pools import tls_context
from quafu_runtime._client.stream import OPERATION, SUBPROTOCOL, Arrived, StreamState
from quafu_runtime.account import Credentials
from quafu_runtime.errors import StreamTimeoutError

_PING_INTERVAL = 20.0
"""Seconds between pings, which keep proxies from closing a quiet line and find a dead one."""

_CLOSE_TIMEOUT = 2.0
"""Seconds to wait for the other side when we close: nothing is expected from it any more."""

_LARGEST_MESSAGE = 256 * 1024 * 1024
"""Bytes; far beyond a sensible interim result, and a bound on what a server can make a client hold."""

_ABNORMAL = 1006
"""The code of a connection that ended without a close frame (RFC 6455, 7.1.5)."""

_BROKEN = (OSError, EOFError, WebSocketException)
"""What a connection raises when it breaks or cannot be made; TimeoutError is an OSError."""

_log = logging.getLogger("quafu_runtime.websocket")
_log.setLevel(logging.INFO)  # at DEBUG, websockets writes all header fields, the token among them


class _RefusedError(Exception):
    """The server answered the handshake with an HTTP status: raised in its place, so that no redirect is followed."""

    def __init__(self, error: InvalidStatus) -> None:
        super().__init__()
        self.status = error.response.status_code
        self.headers = {name.lower(): value for name, value in error.response.headers.raw_items()}
        self.body = bytes(error.response.body or b"")


class _SyncConnection(sync_client.ClientConnection):
    def handshake(self, *args: Any, **options: Any) -> None:
        try:
            super().handshake(*args, **options)
        except InvalidStatus as error:
            raise _RefusedError(error) from None


class _AsyncConnection(asyncio_client.ClientConnection):
    async def handshake(self, *args: Any, **options: Any) -> None:
        try:
            await super().handshake(*args, **options)
        except InvalidStatus as error:
            raise _RefusedError(error) from None


class SyncReader:
    """Reads one job's stream in the thread that iterates over it; `stop` ends that from any thread."""

    def __init__(self, client: SyncClient, state: StreamState) -> None:
        self.state = state
        self._client = client
        self._stopped = threading.Event()
        self._socket: sync_client.ClientConnection | None = None

    def __iter__(self) -> Generator[Arrived, None, None]:
        while not (self.state.ended or self._stopped.is_set()):
            account = self._client.account.credentials()
            line = _Line(self.state, account, self._client.policy.open_timeout)
            try:
                with sync_client.connect(**line.options(), create_connection=_SyncConnection) as socket:
                    self._socket = socket
                    line.opened(socket.subprotocol)
                    yield from self._messages(socket)
            except (*_BROKEN, _RefusedError) as error:
                if not self._stopped.is_set():
                    self._stopped.wait(line.pause_after(error))
            if self.state.may_have_ended and not self._stopped.is_set() and self._see_whether_it_ended():
                self.state.warn_of_gap()

    def stop(self) -> None:
        """End the iteration, wherever it stands."""
        self._stopped.set()
        socket = self._socket
        if socket is not None:
            socket.close()

    def _messages(self, socket: sync_client.ClientConnection) -> Iterator[Arrived]:
        while not self._stopped.is_set():
            try:
                message = socket.recv(self._client.policy.silence)
            except TimeoutError:
                if self.state.may_have_ended and self._see_whether_it_ended():
                    return
            else:
                yield from self.state.received(message)

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
            line = _Line(self.state, account, self._client.policy.open_timeout)
            try:
                async with asyncio_client.connect(**line.options(), create_connection=_AsyncConnection) as socket:
                    line.opened(socket.subprotocol)
                    async with aclosing(self._messages(socket)) as messages:
                        async for arrived in messages:
                            yield arrived
            except (*_BROKEN, _RefusedError) as error:
                await asyncio.sleep(line.pause_after(error))
            if self.state.may_have_ended and await self._see_whether_it_ended():
                self.state.warn_of_gap()

    async def _messages(self, socket: asyncio_client.ClientConnection) -> AsyncGenerator[Arrived, None]:
        while True:
            try:
                async with asyncio.timeout(self._client.policy.silence):
                    message = await socket.recv()
            except TimeoutError:
                if self.state.may_have_ended and await self._see_whether_it_ended():
                    return
            else:
                for arrived in self.state.received(message):
                    yield arrived

    async def _see_whether_it_ended(self) -> bool:
        self.state.ended = await self._client.drive(jobs.has_ended(self.state.job_id))
        return self.state.ended


class _Line:
    """One connection: how it is made, and what its end means."""

    def __init__(self, state: StreamState, account: Credentials, open_timeout: float) -> None:
        self._state = state
        self._account = account
        self._open_timeout = open_timeout
        self._opened_at: float | None = None

    def options(self) -> dict[str, Any]:
        """What both `connect` functions of websockets take."""
        url = self._account.ws_url
        scheme, host, port = address_of(url)
        warn_of_clear_text(scheme, host)
        return {
            "uri": url,
            "additional_headers": {"api_token": self._account.token, **self._state.headers()},
            "subprotocols": [Subprotocol(SUBPROTOCOL)],
            "compression": None,  # large values come compressed, and small ones gain nothing
            "proxy": proxy_for(scheme, host, port),
            "open_timeout": self._open_timeout,
            "ping_interval": _PING_INTERVAL,
            "ping_timeout": _PING_INTERVAL,
            "close_timeout": _CLOSE_TIMEOUT,
            "max_size": _LARGEST_MESSAGE,
            "logger": _log,
            **({"ssl": tls_context()} if scheme == "wss" else {}),
        }

    def opened(self, subprotocol: str | None) -> None:
        """The connection is open."""
        self._opened_at = time.monotonic()
        self._state.opened(subprotocol)

    def pause_after(self, error: Exception) -> float:
        """Seconds until the next connection, or the error that ends the stream."""
        lasted = 0.0 if self._opened_at is None else time.monotonic() - self._opened_at
        if isinstance(error, _RefusedError):
            return self._state.refused(error.status, error.headers, error.body, self._account.token)
        if isinstance(error, ConnectionClosed):
            frame = error.rcvd
            return self._state.closed(frame.code if frame else _ABNORMAL, frame.reason if frame else "", lasted)
        if isinstance(error, TimeoutError) and self._state.replays is None:
            within = f"within {self._open_timeout:g} seconds at {origin_of(self._account.ws_url)}"
            message = f"The stream of job {self._state.job_id} was not opened {within}."
            raise StreamTimeoutError(message, operation=OPERATION) from None
        return self._state.failed(str(error) or type(error).__name__, lasted)
