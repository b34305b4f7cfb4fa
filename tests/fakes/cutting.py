"""A network that breaks: a TCP relay in front of a server, whose connections a test can cut."""

import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Allowance = tuple[int | None, int | None]
"""Bytes after which a connection is cut: from the client, from the server; None for as many as come."""


class CuttingRelay:
    """Hands bytes on, until it is told to cut, or has handed on as many as it was told to.

    `cuts` counts the connections that were cut by it, and not by a test.
    """

    def __init__(self, target: tuple[str, int], idle: float | None = None) -> None:
        self._target = target
        self._idle = idle
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self._allow: Callable[[], Allowance] = lambda: (None, None)
        self.connections = 0
        self.cuts = 0
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def cut_as(self, allow: Callable[[], Allowance]) -> None:
        """Cut each new connection after as many bytes as this says of it."""
        self._allow = allow

    def cut(self) -> None:
        """Cut every connection now."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self._thread.join(10.0)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._target)
            except OSError:  # the server is away, and may come back
                client.close()
                continue
            with self._lock:
                self.connections += 1
                self._pairs.append((client, server))
            threading.Thread(target=self._relay, args=(client, server, self._allow()), daemon=True).start()

    def _relay(self, client: socket.socket, server: socket.socket, allowed: Allowance) -> None:
        left = dict(zip((client, server), allowed, strict=True))
        with client, server, selectors.DefaultSelector() as ready, suppress(OSError):
            ready.register(client, selectors.EVENT_READ, server)
            ready.register(server, selectors.EVENT_READ, client)
            while True:
                happened = ready.select(self._idle)
                if not happened:
                    self._count_cut()
                    return
                for key, _ in happened:
                    source = client if key.data is server else server
                    data, rest = source.recv(65536), left[source]
                    if not data:
                        return
                    key.data.sendall(data if rest is None else data[:rest])
                    if rest is not None and rest <= len(data):
                        self._count_cut()
                        return
                    left[source] = None if rest is None else rest - len(data)

    def _count_cut(self) -> None:
        with self._lock:
            self.cuts += 1


@contextmanager
def cutting_relay(target: tuple[str, int], *, idle: float | None = None) -> Iterator[CuttingRelay]:
    """A relay; it also cuts a connection on which nothing happens for `idle` seconds."""
    relay = CuttingRelay(target, idle)
    try:
        yield relay
    finally:
        relay.close()
