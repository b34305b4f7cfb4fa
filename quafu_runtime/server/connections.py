"""A connection of a caller, and what is asked of it: to say something in time, and to read what it asked for.

uvicorn speaks HTTP and WebSocket on it. What is added here is patience, and that it has an end: a connection that says
nothing, that sends its request a byte at a time, or that does not read its answers is closed.
"""

import asyncio
import sys
from functools import partial
from typing import Any

import h11
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from quafu_runtime.server.crowd import Crowd, Line
from quafu_runtime.server.wire import TOO_SLOW, Refusal, failure

BAD_REQUEST = 400

UNREAD = 60.0
"""Seconds in which a caller has to take something of what was written to it, where its connection is being closed or
it waits for the answer of a call. A reader of a stream may take its time: what it costs is one page of events."""


UNREADABLE = "The handshake cannot be read: a header of it is too long, or is none."


class Stall:
    """Watches a connection whose other end does not read: nothing of what was written goes out."""

    def __init__(self, transport: asyncio.Transport, *, is_stream: bool) -> None:
        self._transport = transport
        self._is_stream = is_stream
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def begins(self) -> None:
        """There is more to write than the connection takes."""
        self._left = self._transport.get_write_buffer_size()
        self._timer = asyncio.get_running_loop().call_later(UNREAD, self._look)

    def ends(self) -> None:
        """The connection takes more, or is closed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        left, before = self._transport.get_write_buffer_size(), self._left
        self.begins()
        if left >= before and (self._transport.is_closing() or not self._is_stream):
            self.ends()
            self._transport.abort()


class HttpConnection(H11Protocol):
    """A connection on which HTTP is spoken.

    Args:
        line: The connection, as the crowd knows it.
        crowd: All connections.
        headers_within: Seconds in which a request's headers must come.
        **uvicorn: What uvicorn's own class takes.
    """

    def __init__(self, *, line: Line, crowd: Crowd, headers_within: float, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.ws_protocol_class = partial(SocketConnection, line=line, crowd=crowd)  # type: ignore[assignment]
        self._line = line
        self._crowd = crowd
        self._headers_within = headers_within
        self._patience: asyncio.TimerHandle | None = None
        self._upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The connection is open."""
        super().connection_made(transport)
        self._stall = Stall(transport, is_stream=False)
        self._line.end = transport.abort
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_expecting()
        self._stall.ends()
        self._crowd.leaves(self._line)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The caller has sent something."""
        super().data_received(data)
        if not self._upgraded and not self._is_asked():
            self._expect_request()

    def handle_events(self) -> None:
        """Look at what has come: there may be the whole head of a request."""
        super().handle_events()
        if self._upgraded or self._is_asked():
            self._stop_expecting()
            self._crowd.is_used(self._line)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """The caller goes on with WebSocket: the connection is another class's from here on."""
        self._upgraded = True
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """The answer is written, though perhaps not sent."""
        self._rest()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer to what is no HTTP, with the status that fits best."""
        del msg
        if self._is_asked() and self.cycle.response_started:
            self.transport.abort()  # there is half an answer already
            return
        status = getattr(sys.exc_info()[1], "error_status_hint", BAD_REQUEST)
        self.transport.write(_last_words(Refusal(status, "This is no HTTP that is understood here.", http=status)))
        self.transport.close()

    def pause_writing(self) -> None:
        """The caller does not read what is written."""
        super().pause_writing()
        self._stall.begins()

    def resume_writing(self) -> None:
        """The caller has read."""
        self._stall.ends()
        super().resume_writing()
        self._rest()

    def _rest(self) -> None:
        if not self._is_asked() and not self.flow.write_paused:
            self._crowd.rests(self._line)

    def _is_asked(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_request(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self._headers_within, self._lose_patience)

    def _stop_expecting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _lose_patience(self) -> None:
        self._patience = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            message = f"No whole request has come within {self._headers_within:.0f} seconds."
            self.transport.write(_last_words(Refusal(TOO_SLOW, message, http=TOO_SLOW)))
        self.transport.close()


class SocketConnection(WebSocketsSansIOProtocol):
    """A connection on which WebSocket is spoken."""

    def __init__(self, *, line: Line, crowd: Crowd, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self._line = line
        self._crowd = crowd

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is handed over."""
        super().connection_made(transport)
        self._stall = Stall(self.transport, is_stream=True)

    def data_received(self, data: bytes) -> None:
        """The reader has sent something. A handshake that cannot be read has no answer of uvicorn's, and no end."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated and not self.transport.is_closing():
            self.transport.write(_last_words(Refusal(BAD_REQUEST, UNREADABLE, http=BAD_REQUEST)))
            self.transport.close()

    async def run_asgi(self) -> None:
        """Serve the reader. One who has been served may still not have read it all."""
        await super().run_asgi()
        self._crowd.rests(self._line)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stall.ends()
        self._crowd.leaves(self._line)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The reader does not read what is written."""
        super().pause_writing()
        self._stall.begins()

    def resume_writing(self) -> None:
        """The reader has read."""
        self._stall.ends()
        super().resume_writing()

    def handle_ping(self) -> None:
        """Answer a ping, unless the reader leaves the answers unread: nothing need answer every one of them."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()


def _last_words(refusal: Refusal) -> bytes:
    """An answer that nobody of the application gives, after which the connection is closed."""
    return as_bytes(failure(refusal))


def as_bytes(response: Response) -> bytes:
    """An answer as it goes on the wire, the last one of its connection."""
    headers = [*(pair for pair in response.raw_headers if pair[0] != b"connection"), (b"connection", b"close")]
    head = h11.Response(status_code=response.status_code, headers=headers)
    speaker = h11.Connection(h11.SERVER)
    speaker.receive_data(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    speaker.next_event()
    parts = [speaker.send(head), speaker.send(h11.Data(data=bytes(response.body))), speaker.send(h11.EndOfMessage())]
    return b"".join(part or b"" for part in parts)
