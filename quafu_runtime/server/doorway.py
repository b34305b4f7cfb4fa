"""Takes the connections of callers: as many as there may be, each in a bounded time, and never none for good.

In place of asyncio's own way of listening, which takes every connection until the process has no descriptor left, for
its files and its jobs neither.
"""

import asyncio
import errno
import logging
import resource
import socket
import ssl
from collections.abc import Callable
from functools import partial

from attrs import define, field

from quafu_runtime.server.connections import as_bytes
from quafu_runtime.server.crowd import Crowd, Line
from quafu_runtime.server.wire import Refusal, failure

HANDSHAKE_WITHIN = 10.0
"""Seconds for the handshake of TLS."""

RESERVED = 256
"""Descriptors that are kept from connections: for the store, for the log, and for starting jobs."""

BACKLOG = 2048
"""Connections that the system holds until they are taken: one that does not fit is tried again a second later."""

NO_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
PAUSE = 0.1
"""Seconds until the next connection is taken, where the machine has no descriptor for it."""

UNAVAILABLE = 503
FULL_PAUSE = 5
_FULL = as_bytes(
    failure(Refusal(UNAVAILABLE, "The service has as many callers as it can have.", http=503, retry_after=FULL_PAUSE))
)

_log = logging.getLogger(__name__)


def raise_descriptors(connections: int) -> int:
    """Let this process have descriptors for so many connections, as far as the system allows.

    Returns:
        For how many connections there are descriptors.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + RESERVED
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return connections if soft == resource.RLIM_INFINITY else max(min(connections, soft - RESERVED), 1)


@define(eq=False)
class Doorway:
    """Listens at a socket, in the place of one of asyncio's servers.

    Attributes:
        listener: The socket.
        crowd: The connections.
        make: Makes the protocol of a connection.
        tls: How TLS is spoken; None for clear text.
    """

    listener: socket.socket
    crowd: Crowd
    make: Callable[[Line], asyncio.Protocol]
    tls: ssl.SSLContext | None
    _accepting: asyncio.Task[None] | None = field(default=None, init=False)
    _opening: set[asyncio.Task[None]] = field(factory=set, init=False)

    def open(self) -> None:
        """Begin to take connections."""
        self.listener.listen(BACKLOG)
        self.listener.setblocking(False)  # noqa: FBT003 - the standard library's own signature
        self._accepting = asyncio.create_task(self._accept_all())

    def close(self) -> None:
        """Take no more connections."""
        for task in (self._accepting, *self._opening):
            if task is not None:
                task.cancel()

    async def wait_closed(self) -> None:
        """Wait until no more connections are taken."""
        tasks = [task for task in (self._accepting, *self._opening) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept_all(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(self.listener)
            except OSError as error:
                if error.errno in NO_DESCRIPTORS:
                    _log.warning("No connection can be taken: %s. The longest idle one is closed.", error)
                    self.crowd.close_idlest()
                    await asyncio.sleep(PAUSE)
                continue  # or the caller has gone again already
            self._take(connection, str(address[0]))
            await asyncio.sleep(0)  # many who come at once do not keep those who are there waiting

    def _take(self, connection: socket.socket, address: str) -> None:
        line = self.crowd.enter(address)
        if line is None:
            _turn_away(connection, in_clear=self.tls is None)
            return
        opening = asyncio.create_task(self._open(connection, line))
        line.end = partial(_cancel, opening)
        self._opening.add(opening)
        opening.add_done_callback(self._opening.discard)
        opening.add_done_callback(lambda done: connection.close() if done.cancelled() else None)

    async def _open(self, connection: socket.socket, line: Line) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self.make(line),
                connection,
                ssl=self.tls,
                ssl_handshake_timeout=None if self.tls is None else HANDSHAKE_WITHIN,
            )
        except OSError:  # a caller who does not speak TLS, or has gone
            connection.close()
            self.crowd.leaves(line)


def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()


def _turn_away(connection: socket.socket, *, in_clear: bool) -> None:
    """Say that there is no room, to whoever can be told in passing."""
    connection.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    try:
        if in_clear:
            connection.send(_FULL)
    except OSError:
        pass  # it has gone, which is all the same now
    finally:
        connection.close()
