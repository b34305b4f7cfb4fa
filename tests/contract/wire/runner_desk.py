"""The service without processes of jobs: a test is given the attempts, and reports in the runner's place."""

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from queue import Queue
from typing import Any

import uvicorn
from attrs import define, field
from starlette.applications import Starlette

from quafu_runtime.server.app import make_app, make_desk
from quafu_runtime.server.auth import ensure_owner
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.clock import Clock
from quafu_runtime.server.engine import Engine
from quafu_runtime.server.executor import Attempt, Handle, LaunchError
from quafu_runtime.server.hub import Hub
from quafu_runtime.server.settings import Settings
from quafu_runtime.server.sources import SourceCheck
from quafu_runtime.server.store.database import Database
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.store import Store
from tests.service_speaker import DEADLINE, Speaker


@define
class Handout:
    """An executor that hands each attempt to the test, and believes of it what the test says."""

    slots: int = 1
    handed: "Queue[Attempt]" = field(factory=Queue)
    stopped: "Queue[tuple[Handle, float]]" = field(factory=Queue)
    adopted: "Queue[Handle]" = field(factory=Queue)
    gone: dict[Handle, str] = field(factory=dict)
    failures: list[str] = field(factory=list)

    async def start(self) -> None:
        """Do nothing."""

    async def launch(self, attempt: Attempt) -> Handle:
        if self.failures:
            raise LaunchError(self.failures.pop())
        self.handed.put(attempt)
        return attempt.handle

    async def adopt(self, handle: Handle, runner: Mapping[str, Any] | None) -> bool:
        self.adopted.put(handle)
        return runner is not None

    async def end_others(self) -> None:
        """Do nothing."""

    async def stop(self, handle: Handle, grace: float) -> None:
        self.stopped.put((handle, grace))

    async def probe(self, handles: Iterable[Handle]) -> dict[Handle, str | None]:
        return {handle: self.gone.get(handle) for handle in handles}

    def capacity(self) -> int:
        return self.slots

    async def close(self) -> None:
        """Do nothing."""

    async def leave(self) -> None:
        """Do nothing."""


@define
class Desk:
    """A running service of this kind."""

    speaker: Speaker
    url: str
    executor: Handout
    hub: Hub
    store: Store
    loop: asyncio.AbstractEventLoop
    begun: list[Attempt] = field(factory=list)

    def attempt(self) -> Attempt:
        return self.executor.handed.get(timeout=DEADLINE)

    def report(
        self, attempt: Attempt, what: str, body: dict[str, Any], *, token: str | None = None
    ) -> "tuple[int, Any]":
        port = int(self.url.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
        headers = {"attempt_token": attempt.token if token is None else token}
        with closing(connection):
            path = f"/attempts/{attempt.job_id}/{attempt.number}/{what}"
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def begin(self, attempt: Attempt) -> "tuple[int, Any]":
        self.begun.append(attempt)
        return self.report(attempt, "started", {"versions": {"python": "3"}, "runner": RUNNER})

    def tell(self, attempt: Attempt, *events: dict[str, Any]) -> "tuple[int, Any]":
        return self.report(attempt, "events", {"events": list(events)})

    def finish(self, attempt: Attempt, outcome: str = "done", **more: Any) -> "tuple[int, Any]":
        body = {"events": [], "outcome": outcome, "result": "1", "types": None, "engine": None, **more}
        return self.report(attempt, "finished", body)

    def finish_all(self) -> None:
        """End what the test left running, so that the service need not wait for it."""
        for attempt in self.begun:
            self.finish(attempt)


RUNNER = {"pid": 1, "started": 1, "boot": "of this test"}
"""What a runner says of itself."""


def event(seq: int, text: str, kind: str = "interim") -> dict[str, Any]:
    return {"seq": seq, "kind": kind, "text": text, "types": None, "at": datetime.now(UTC).isoformat()}


@contextmanager
def open_desk(
    folder: Path,
    *,
    slots: int = 1,
    clock: Clock | None = None,
    make_store: Callable[[Database], Store] = Store,
    drains: bool = False,
) -> Iterator[Desk]:
    """Run such a service in a thread; at its end jobs that run are ended, or left where it drains."""
    settings = Settings(data_dir=folder)
    opened: Queue[Desk] = Queue()
    closing_time = threading.Event()
    serving = partial(_serve, settings, slots, opened, closing_time, clock=clock, make_store=make_store, drains=drains)
    thread = threading.Thread(target=lambda: asyncio.run(serving()))
    thread.start()
    try:
        yield opened.get(timeout=DEADLINE)
    finally:
        closing_time.set()
        thread.join()


async def _serve(
    settings: Settings,
    slots: int,
    opened: "Queue[Desk]",
    closing_time: threading.Event,
    *,
    clock: Clock | None,
    make_store: Callable[[Database], Store],
    drains: bool,
) -> None:
    database = Database(settings.database)
    migrate(database)
    token = ensure_owner(database, settings)
    store, hub, executor = make_store(database), Hub(), Handout(slots)
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_server(("127.0.0.1", 0)) as desk:
        place, runners = (f"127.0.0.1:{each.getsockname()[1]}" for each in (listener, desk))
        engine = Engine(store, hub, executor, f"http://{runners}", clock=clock)
        stage = Backstage(store, hub, engine, SourceCheck())
        servers = [_server(make_app(stage, "127.0.0.1")), _server(make_desk(stage))]
        await engine.start()
        serving = asyncio.gather(servers[0].serve([listener]), servers[1].serve([desk]))
        speaker = Speaker(f"http://{place}", f"ws://{place}", token)
        loop = asyncio.get_running_loop()
        opened.put(Desk(speaker, f"http://{runners}", executor, hub, store, loop))
        await asyncio.to_thread(closing_time.wait)
        await (engine.drain() if drains else engine.stop())
        hub.drain()
        for server in servers:
            server.should_exit = True
        await serving
    store.close()


def _server(app: Starlette) -> uvicorn.Server:
    return uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, timeout_graceful_shutdown=3))
