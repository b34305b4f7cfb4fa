"""One runtime service from its start to its end, in the process that calls."""

import asyncio
import contextlib
import logging
import os
import shutil
import socket
import ssl
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

import uvicorn

from quafu_runtime.server.admission import Admission
from quafu_runtime.server.app import make_app, make_desk
from quafu_runtime.server.auth import ensure_owner
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.clock import Clock
from quafu_runtime.server.connections import HttpConnection
from quafu_runtime.server.crowd import Crowd, Line
from quafu_runtime.server.doorway import Doorway, raise_descriptors
from quafu_runtime.server.ending import Ending
from quafu_runtime.server.engine import Engine
from quafu_runtime.server.executor import LocalExecutor
from quafu_runtime.server.folder import Address, FolderLock, announce, make_private
from quafu_runtime.server.hub import Hub
from quafu_runtime.server.seams import Seams
from quafu_runtime.server.settings import LOOPBACK, Limits, Settings
from quafu_runtime.server.sources import SourceCheck
from quafu_runtime.server.store.database import Database
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.store import Store
from quafu_runtime.server.tls import server_context

LOOPBACK_OF = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - looked up, and not bound
"""How a service that listens at all addresses is reached from its own machine."""

KEEP_ALIVE = 75
"""Seconds for which an idle connection stays open: longer than a client keeps one in its pool, so that it is the client
that closes it, and no request meets a connection that is just being closed."""

SHUTDOWN = 3
"""Seconds that open requests have to end when the service does. Waits are ended before, so that they need none."""

PING_INTERVAL = 20.0
"""Seconds between two pings of a WebSocket. There is no time-out for the answer: it stands behind what a slow reader
has not read yet, and a reader that is gone without a word fails to take the ping."""

MAX_MESSAGE = 64 * 1024
"""Bytes of a message to the WebSocket: no reader has anything to say."""

PRIVATE = 0o077
"""What is made by the service is its user's alone."""


def run(
    settings: Settings,
    on_ready: Callable[[Address, str], None],
    lifeline: int | None = None,
    *,
    seams: Seams | None = None,
) -> None:
    """Run a service until SIGINT, SIGTERM or the end of the lifeline.

    SIGTERM leaves the jobs that run to the next service of the folder, unless there is a lifeline or the folder is
    deleted. Whatever else ends the service, or a second signal, ends them.

    Args:
        settings: What it is started with.
        on_ready: Called once when it can be reached, with its address and its owner's token.
        lifeline: A descriptor that is open for reading: when its other end is closed, the service ends.
        seams: Parts that somebody else puts in.

    Raises:
        FolderInUseError: Another service holds the data folder.
        ArgumentError: The files of TLS cannot be used.
        OSError: The folder cannot be used, or the address cannot be listened at.
        LaunchError: No job can be run on this machine.
        sqlalchemy.exc.SQLAlchemyError: The store cannot be used.
        alembic.util.CommandError: The store was written by a newer version of this package.
    """
    os.umask(PRIVATE)
    tls = server_context(settings)
    seams = seams or Seams()
    with _folder(settings), contextlib.closing(Database(settings.database, settings.limits.store_within)) as database:
        migrate(database)
        token = ensure_owner(database, settings)
        with _listener(settings.host, settings.port) as listener, _listener(LOOPBACK, 0) as desk:
            store = seams.make_store(database)

            def ready(address: Address) -> None:
                on_ready(address, token)

            listeners = (listener, desk)
            asyncio.run(
                _serve(settings, store, seams.clock, listeners=listeners, tls=tls, on_ready=ready, lifeline=lifeline)
            )


@contextlib.contextmanager
def _folder(settings: Settings) -> Iterator[None]:
    """Hold the data folder."""
    make_private(settings.data_dir)
    lock = FolderLock(settings.lock_file)
    try:
        settings.address_file.unlink(missing_ok=True)
        yield
    finally:
        settings.address_file.unlink(missing_ok=True)
        if settings.delete_data_dir:
            shutil.rmtree(settings.data_dir, ignore_errors=True)
        lock.release()


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    # Inherited by every connection. asyncio would set it only where the socket was made for TCP by name, and without it
    # an answer that is written in two parts waits 40 ms for the caller's system to acknowledge the first.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


async def _serve(
    settings: Settings,
    store: Store,
    clock: Clock,
    *,
    listeners: tuple[socket.socket, socket.socket],
    tls: ssl.SSLContext | None,
    on_ready: Callable[[Address], None],
    lifeline: int | None,
) -> None:
    address = _address(settings, *listeners)
    hub = Hub()
    executor = LocalExecutor(
        slots=settings.max_jobs,
        scratch=settings.scratch,
        lifeline=lifeline,
        confinement=settings.confinement,
        afterlife=settings.afterlife,
    )
    admission = Admission(settings.max_jobs_per_user, settings.min_free_memory)
    engine = Engine(store, hub, executor, address.runners_url, clock=clock, lease=settings.lease, admission=admission)
    sources = SourceCheck()
    stage = Backstage(store, hub, engine, sources, settings.limits, settings.space_every)
    app = make_app(stage, settings.host, settings.allow_hosts)
    servers = [_PublicServer(_config(app), settings.limits, tls), _Server(_config(make_desk(stage)))]
    ending = Ending(lifeline, drains=lifeline is None and not settings.delete_data_dir)
    try:
        await engine.start()
        serving = asyncio.gather(
            *(server.serve([listener]) for server, listener in zip(servers, listeners, strict=True))
        )
        serving.add_done_callback(lambda _: ending.told.set())  # should one fail, there is nothing to wait for
        await _either(asyncio.gather(*(server.is_up.wait() for server in servers)), ending.told)
        if not ending.told.is_set():
            announce(settings, address)
            on_ready(address)
            await sources.prepare()
        await ending.told.wait()
        await (engine.stop() if ending.is_at_once else engine.drain())
        hub.drain()
        for server in servers:
            server.should_exit = True
        await serving
        if ending.is_at_once:  # also where that was said only now
            await engine.stop()
    finally:
        await (executor.close() if ending.is_at_once else executor.leave())
        sources.close()
        store.close()


async def _either(one: asyncio.Future[Any], other: asyncio.Event) -> None:
    waiting = asyncio.create_task(other.wait())
    await asyncio.wait([one, waiting], return_when=asyncio.FIRST_COMPLETED)
    for wait in (one, waiting):
        wait.cancel()
    await asyncio.gather(one, waiting, return_exceptions=True)


def _address(settings: Settings, listener: socket.socket, desk: socket.socket) -> Address:
    port = listener.getsockname()[1]
    reached = LOOPBACK_OF.get(settings.host, settings.host)
    # A certificate is for a name, which is the first that whoever starts the service says that it has.
    s = "" if settings.tls_cert is None else "s"
    if s and settings.allow_hosts:
        reached = settings.allow_hosts[0]
    place = f"[{reached}]:{port}" if ":" in reached else f"{reached}:{port}"
    runners = f"http://{LOOPBACK}:{desk.getsockname()[1]}"
    return Address(url=f"http{s}://{place}", ws_url=f"ws{s}://{place}", pid=os.getpid(), runners_url=runners)


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="h11",
        ws="websockets-sansio",
        lifespan="off",
        log_config=None,
        log_level=logging.ERROR,  # what callers do wrong fills no log
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=SHUTDOWN,
        ws_max_size=MAX_MESSAGE,
        ws_ping_interval=PING_INTERVAL,
        ws_ping_timeout=None,
    )


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it is up and leaves the signals to the service."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals alone: uvicorn would end the process by the same signal after it has shut down."""
        yield


class _PublicServer(_Server):
    """The one for callers, who may be anybody: it takes no more of them than it may, in clear text or not."""

    def __init__(self, config: uvicorn.Config, limits: Limits, tls: ssl.SSLContext | None) -> None:
        super().__init__(config)
        self._limits = limits
        self._tls = tls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await self.lifespan.startup()
        crowd = Crowd(raise_descriptors(self._limits.connections), self._limits.connections_per_address)
        make = partial(self._connection, crowd)
        doorways = [Doorway(listener, crowd, make, self._tls) for listener in sockets or ()]
        for doorway in doorways:
            doorway.open()
        self.servers = cast("list[asyncio.Server]", doorways)  # all that is asked of them is to close
        self.started = True
        self.is_up.set()

    def _connection(self, crowd: Crowd, line: Line) -> HttpConnection:
        return HttpConnection(
            line=line,
            crowd=crowd,
            headers_within=self._limits.headers_within,
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
