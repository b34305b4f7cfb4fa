"""A fake of the WebSocket of the deployed service, as `docs/protocol.md` describes it: each message as a test says.

The first message of a connection is an acknowledgement; nothing is replayed; the last is the job's id, then code 1000.
With `subprotocol`, it chooses the first that is offered, and sends the frames that a test gives it.
"""

import socket
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

Act = Callable[[ServerConnection], object]


class FakeStreams:
    def __init__(self, *, subprotocol: bool = False, context: ssl.SSLContext | None = None) -> None:
        self.handshakes: list[Mapping[str, str]] = []
        self._subprotocol = subprotocol
        self._refusals: deque[Response] = deque()
        self._open: dict[str, list[ServerConnection]] = defaultdict(list)
        self._closed: set[ServerConnection] = set()
        self._changed = threading.Condition()
        self._over = threading.Event()
        self._server: Server = serve(
            self._serve,
            "127.0.0.1",
            0,
            process_request=self._receive,
            select_subprotocol=self._choose if subprotocol else None,
            ssl=context,
            compression=None,
            ping_interval=None,
            close_timeout=1.0,
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def refuse(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer the next handshake with an HTTP status."""
        fields = {"Content-Length": str(len(body)), "Connection": "close", **headers}
        self._refusals.append(Response(status, "", Headers(fields), body))

    def wait_for_reader(self, job_id: str, connections: int = 1) -> None:
        """Wait until a job's stream has been opened this often, counted from the beginning."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._count(job_id) >= connections, 20.0), "nobody reads the stream"

    def wait_until_closed(self, job_id: str) -> None:
        """Wait until the last connection of a job's stream is closed."""
        with self._changed:
            connection = self._open[job_id][-1]
            assert self._changed.wait_for(lambda: connection in self._closed, 20.0), "the stream stays open"

    def publish(self, job_id: str, *messages: str | bytes) -> None:
        for message in messages:
            self._on_last(job_id, partial(_send, message))

    def end(self, job_id: str) -> None:
        """The deployed service's end: the job's id in the form of bytes, then code 1000."""
        self.publish(job_id, repr(job_id.encode()))
        self.close_with(job_id, 1000)

    def close_with(self, job_id: str, code: int) -> None:
        self._on_last(job_id, lambda connection: connection.close(code))

    def cut(self, job_id: str) -> None:
        """Break the connection without a word."""
        self._on_last(job_id, lambda connection: connection.socket.shutdown(socket.SHUT_RDWR))

    def close(self) -> None:
        self._over.set()
        with self._changed:
            connections = [one for several in self._open.values() for one in several]
        for connection in connections:
            with suppress(OSError):
                connection.socket.shutdown(socket.SHUT_RDWR)
        self._server.shutdown()
        self._thread.join(10.0)

    def _count(self, job_id: str) -> int:
        return len(self._open[job_id])

    def _on_last(self, job_id: str, act: Act) -> None:
        """Do something with the last connection; a reader who has gone already is no error of a fake."""
        with self._changed:
            connection = self._open[job_id][-1]
        with suppress(ConnectionClosed, OSError):
            act(connection)

    def _receive(self, _: ServerConnection, request: Request) -> Response | None:
        self.handshakes.append({name.lower(): value for name, value in request.headers.raw_items()})
        return self._refusals.popleft() if self._refusals else None

    def _choose(self, _: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
        return offered[0] if offered else None

    def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        job_id = connection.request.headers["job_id"]
        if not self._subprotocol:
            connection.send("Connected.")
        with self._changed:
            self._open[job_id].append(connection)
            self._changed.notify_all()
        with suppress(ConnectionClosed):
            while not self._over.is_set():
                connection.recv()
        with self._changed:
            self._closed.add(connection)
            self._changed.notify_all()


def _send(message: str | bytes, connection: ServerConnection) -> None:
    connection.send(message)


@contextmanager
def fake_streams(*, subprotocol: bool = False, context: ssl.SSLContext | None = None) -> Iterator[FakeStreams]:
    streams = FakeStreams(subprotocol=subprotocol, context=context)
    try:
        yield streams
    finally:
        streams.close()
