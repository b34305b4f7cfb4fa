"""A small HTTP server that stands for the runtime service: it notes what runners post, and answers as a test says."""

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from attrs import Factory, define, field

from quafu_runtime.server.runner.reporter import DESK

PATIENCE = 30.0
"""Seconds in which everything that a test waits for has happened, also on a busy machine."""


@define(eq=False)
class Record:
    """What a runner has said of one attempt, and what it is answered."""

    go: bool = True
    refusal: int = 409
    cancel: bool = False
    fenced: bool = False
    blocked: bool = False
    failures: int = 0
    closes_connections: bool = False
    started: list[dict[str, Any]] = Factory(list)
    finished: dict[str, Any] | None = None
    events: dict[int, dict[str, Any]] = field(factory=dict, repr=False)
    tokens: set[str] = Factory(set)
    posts: int = 0
    cancel_told_at: float | None = None
    finished_at: float | None = None
    largest_post: int = 0
    on_finished: Callable[[], object] = lambda: None
    changed: threading.Condition = Factory(threading.Condition)

    def wait(self, condition: Callable[["Record"], object], within: float = PATIENCE) -> None:
        """Wait until something is true of what was said."""
        with self.changed:
            assert self.changed.wait_for(lambda: condition(self), within), f"not within {within} seconds: {self}"

    def wait_for_end(self, within: float = PATIENCE) -> dict[str, Any]:
        """The last words of the runner."""
        self.wait(lambda record: record.finished is not None, within)
        assert self.finished is not None
        return self.finished

    def release(self) -> None:
        """Answer what was held back while `blocked` was set."""
        with self.changed:
            self.blocked = False
            self.changed.notify_all()

    @property
    def log(self) -> str:
        """All that the job has printed."""
        return "".join(event["text"] for event in self.events.values() if event["kind"] == "log")

    @property
    def messages(self) -> list[str]:
        """The texts of all that it has published."""
        return [event["text"] for event in self.events.values() if event["kind"] == "interim"]

    def note(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Take note of a post, and say how it is answered."""
        with self.changed:
            self.posts += 1
            self.changed.notify_all()
            if operation == "events":
                self.changed.wait_for(lambda: not self.blocked, PATIENCE)
            if self.failures:
                self.failures -= 1
                return 503, {}
            if self.fenced:
                return 409, {}
            self.events |= {event["seq"]: event for event in body.get("events", [])}
            if operation == "started":
                self.started.append(body)
                return (200 if self.go else self.refusal), {"go": self.go}
            if operation == "finished":
                self.on_finished()
                self.finished = body
                self.finished_at = time.monotonic()
                return 200, {}
            if self.cancel and self.cancel_told_at is None:
                self.cancel_told_at = time.monotonic()
            return 200, {"cancel": self.cancel}


class AttemptService:
    """The server. Each job has a record, made when a runner or a test asks for it first."""

    def __init__(self) -> None:
        self.records: dict[str, Record] = {}
        self.lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.service = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def record(self, job_id: str) -> Record:
        """What was said of a job."""
        with self.lock:
            return self.records.setdefault(job_id, Record())


class _Server(ThreadingHTTPServer):
    service: AttemptService

    def handle_error(self, request: object, client_address: object) -> None:
        """A runner that was killed in the midst of a request is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        attempts, job_id, _number, operation = self.path.strip("/").split("/")
        assert attempts == "attempts"
        assert isinstance(self.server, _Server)
        record = self.server.service.record(job_id)
        record.tokens.add(self.headers["attempt_token"])
        record.largest_post = max(record.largest_post, len(body))
        status, answer = record.note(operation, json.loads(body))
        self._answer(status, json.dumps(answer).encode())
        # Without a word of warning, as a service does with a connection that has been idle.
        self.close_connection = record.closes_connections

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header(DESK, "1")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's signature
        """Say nothing."""


def wait_until(condition: Callable[[], object], within: float = PATIENCE) -> None:
    """Wait until something is true that nobody tells of, such as the end of a process that is not a child."""
    give_up_at = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {within} seconds"
        pause.wait(0.005)
