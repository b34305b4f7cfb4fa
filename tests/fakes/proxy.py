"""A small HTTP proxy on this machine: CONNECT and plain requests, to the names that a test gives it, with a password.

It resolves the names itself, so that a client can ask for a service that is not on this machine, as far as it can tell.
"""

import base64
import selectors
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import cast
from urllib.parse import urlsplit

Address = tuple[str, int]


class FakeProxy:
    """A proxy that knows some names.

    `seen` has the first line of each request, and `passed` all bytes that came from clients: what a proxy could read.
    """

    def __init__(self, routes: Mapping[str, int], user: str | None, context: ssl.SSLContext | None) -> None:
        self.routes = dict(routes)
        self.seen: list[str] = []
        self.passed = bytearray()
        self.expected = None if user is None else "Basic " + base64.b64encode(user.encode()).decode()
        self.context = context
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10.0)


@contextmanager
def fake_proxy(
    routes: Mapping[str, int], *, user: str | None = None, context: ssl.SSLContext | None = None
) -> Iterator[FakeProxy]:
    """A proxy that leads these names to ports of this machine; `user` is `name:password`, `context` for TLS to it."""
    proxy = FakeProxy(routes, user, context)
    try:
        yield proxy
    finally:
        proxy.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: FakeProxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of a fake."""


class _Handler(socketserver.BaseRequestHandler):
    request: socket.socket

    def handle(self) -> None:
        proxy = cast("_Server", self.server).proxy
        if proxy.context is None:
            return self._serve(proxy, self.request)
        with proxy.context.wrap_socket(self.request, server_side=True) as client:
            return self._serve(proxy, client)

    def _serve(self, proxy: FakeProxy, client: socket.socket) -> None:
        head = _head(client)
        proxy.passed += head
        line, _, rest = head.partition(b"\r\n")
        proxy.seen.append(line.decode())
        method, target, _version = line.decode().split(" ")
        if proxy.expected is not None and f"Proxy-Authorization: {proxy.expected}".lower() not in rest.decode().lower():
            return client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        host = target.rpartition(":")[0] if method == "CONNECT" else urlsplit(target).hostname
        if host not in proxy.routes:
            return client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        with socket.create_connection(("127.0.0.1", proxy.routes[host])) as service:
            if method == "CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                service.sendall(head)
            _relay(client, service, proxy.passed)
        return None


def _head(client: socket.socket) -> bytes:
    """Everything up to the first body, or what has come of it."""
    head = b""
    while b"\r\n\r\n" not in head:
        part = client.recv(65536)
        if not part:
            break
        head += part
    return head


def _relay(client: socket.socket, service: socket.socket, passed: bytearray) -> None:
    with selectors.DefaultSelector() as ready, suppress(OSError):
        ready.register(client, selectors.EVENT_READ, service)
        ready.register(service, selectors.EVENT_READ, client)
        while True:
            for key, _ in ready.select():
                source = cast("socket.socket", key.fileobj)
                data = source.recv(65536)
                if not data:
                    return
                if source is client:
                    passed += data
                key.data.sendall(data)
