"""A server that is none: what it does with a connection is a function of the test, on bare sockets."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from attrs import frozen

Treat = Callable[[socket.socket, threading.Event], None]
"""Does something with a connection, until it ends or the test is over."""


@contextmanager
def raw_server(treat: Treat, *, receive_buffer: int | None = None) -> Iterator[int]:
    """Serve each connection in a thread; gives the port.

    Args:
        treat: What is done with a connection.
        receive_buffer: Bytes that the system takes before they are read.
    """
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        if receive_buffer is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        thread = threading.Thread(target=_accept, args=(listener, treat, over), daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(10.0)


@frozen
class Deaf:
    """An address that answers no attempt to connect."""

    host: str
    port: int


@contextmanager
def deaf_address(host: str = "127.0.0.2", port: int = 0) -> Iterator[Deaf]:
    """An address whose queue of connections is full, so that the system lets every further one wait."""
    with socket.create_server((host, port), backlog=0) as listener:
        place = listener.getsockname()
        waiting: list[socket.socket] = []
        try:
            while _gets_in(waiting, place):
                pass
            yield Deaf(host, place[1])
        finally:
            for one in waiting:
                one.close()


def drip(part: bytes, begun: bytes = b"") -> Treat:
    """Send a part now and then, for ever."""

    def treat(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(begun)
        while not over.wait(0.02):
            connection.sendall(part)

    return treat


def read_slowly(connection: socket.socket, over: threading.Event) -> None:
    """Read a few bytes now and then, and say nothing."""
    _read(connection, over, 64)


def read_steadily(connection: socket.socket, over: threading.Event) -> None:
    """Read about a megabyte a second, so that each write gets on, and say nothing."""
    _read(connection, over, 20_000)


def _read(connection: socket.socket, over: threading.Event, most: int) -> None:
    while not over.wait(0.02):
        if not connection.recv(most):
            return


def _gets_in(waiting: list[socket.socket], place: tuple[str, int]) -> bool:
    one = socket.socket()
    waiting.append(one)
    one.settimeout(0.2)
    try:
        one.connect(place)
    except TimeoutError:
        return False
    return True


def _accept(listener: socket.socket, treat: Treat, over: threading.Event) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_treated, args=(connection, treat, over), daemon=True).start()


def _treated(connection: socket.socket, treat: Treat, over: threading.Event) -> None:
    with connection, suppress(OSError):
        treat(connection, over)
