"""A fake of the deployed service, as `docs/protocol.md` describes it: HTTP on one port, a WebSocket on another.

It has no extension, replays nothing, and its jobs do what a test tells them. Any answer can be scripted.
"""

import base64
import json
import socket
import ssl
import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from tests.fakes.answers import Answer, hang_up, send

TOKEN = "a-token-of-the-fake"
QUEUED, RUNNING, DONE, CANCELLED, ERROR = range(5)


class Request:
    """What a client sent."""

    def __init__(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> None:
        parts = urlsplit(target)
        self.method = method
        self.path = parts.path
        self.operation = parts.path.rpartition("/")[2]
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.headers = headers
        self.json: Any = json.loads(body) if body else None


class Job:
    """A job that does what a test tells it."""

    def __init__(self, job_id: str, program_id: str, params: object) -> None:
        self.job_id = job_id
        self.program_id = program_id
        self.params = params
        self.status = QUEUED
        self.result: str | None = None
        self.logs = ""
        self.ended_at: str | None = None
        self.ended = threading.Event()


class FakeService:
    """The service's HTTP half, with its programs and jobs."""

    def __init__(self, port: int = 0, *jobs: Job, token: str = TOKEN) -> None:
        self._token = token
        self.programs: dict[str, dict[str, Any]] = {}
        self.jobs = {job.job_id: job for job in jobs}
        self.requests: list[Request] = []
        self.connections = 0
        self.over = threading.Event()
        self._arrived = threading.Condition()
        self._sockets: set[socket.socket] = set()
        self._scripted: dict[str, deque[Answer]] = defaultdict(deque)
        self._always: dict[str, Answer] = {}
        self._operations = {
            "programs_upload": self.programs_upload,
            "program_update": self.program_update,
            "program_delete": self.program_delete,
            "programs": self.programs_page,
            "program": self.program,
            "programs_run_deploy": self.programs_run_deploy,
            "get_result_nowait": self.get_result_nowait,
            "get_result_wait": self.get_result_wait,
            "job_status": self.job_status,
            "job_logs": self.job_logs,
            "job_cancel": self.job_cancel,
            "job_delete": self.job_delete,
        }
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def script(self, operation: str, *answers: Answer) -> None:
        """Give these answers next, one request each."""
        self._scripted[operation].extend(answers)

    def always(self, operation: str, answer: Answer | None) -> None:
        """Give this answer to every request, or the good one again."""
        self._always.pop(operation, None)
        if answer is not None:
            self._always[operation] = answer

    def sent(self, operation: str) -> list[Request]:
        return [request for request in self.requests if request.operation == operation]

    def wait_for(self, operation: str, requests: int) -> None:
        """Wait until this many requests of an operation have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.sent(operation)) >= requests, 30.0), "no such request came"

    def opened(self, connection: socket.socket) -> None:
        self.connections += 1
        self._sockets.add(connection)

    def closed(self, connection: socket.socket) -> None:
        self._sockets.discard(connection)

    def close_idle_connections(self) -> None:
        """What a server does to connections on which nothing has happened for a while."""
        for connection in list(self._sockets):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def add_program(self, name: str, **more: Any) -> str:
        program_id = uuid.uuid4().hex
        source = base64.b64encode(b"def run(task, userpub, params):\n    return params\n").decode()
        described = {"program_id": program_id, "name": name, "description": f"About {name}", "data": source}
        self.programs[program_id] = {**described, "backend": "testbackend", "owner": "me", "is_public": 0, **more}
        return program_id

    def add_job(self, program_id: str = "p", params: object = None, status: int = RUNNING) -> Job:
        job = Job(uuid.uuid4().hex, program_id, params)
        job.status = status
        self.jobs[job.job_id] = job
        return job

    def end(self, job: Job, status: int = DONE, result: str | None = "null") -> None:
        job.result, job.status, job.ended_at = result, status, formatdate(usegmt=True)
        job.ended.set()

    def close(self) -> None:
        self.over.set()
        for job in self.jobs.values():
            job.ended.set()
        self.close_idle_connections()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10.0)

    def answer(self, handler: BaseHTTPRequestHandler, request: Request) -> None:
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
        scripted = self._scripted[request.operation]
        if scripted:
            return scripted.popleft()(handler)
        if request.operation in self._always:
            return self._always[request.operation](handler)
        operation = self._operations.get(request.operation)
        if operation is None or request.path.replace("//", "/") != f"/runtime/{request.operation}":
            return send(handler, 404, b"<html><title>404 Not Found</title></html>", "text/html")
        if request.headers.get("api_token") != self._token:
            return send(handler, 200, json.dumps({"status": 201, "msg": "API token error"}).encode())
        made = operation({**request.query, **(request.json or {})})
        if self.over.is_set():
            return hang_up(handler)
        return send(handler, 200, json.dumps(made).encode())

    # One method for each operation of the protocol.

    def programs_upload(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given.get("name") or not given.get("data"):
            return _failure(406, "missing argument")
        if any(one["name"] == given["name"] for one in self.programs.values()):
            return _failure(409, f"{given['name']} exists")
        program_id = self.add_program(given.pop("name"), **given)
        return _success({"id": program_id})

    def program_update(self, given: dict[str, Any]) -> dict[str, Any]:
        found = self.programs.get(given["program_id"])
        if found is None:
            return _failure(404, "no such program")
        found.update(given)
        return _success(found)

    def program_delete(self, given: dict[str, Any]) -> dict[str, Any]:
        if self.programs.pop(given["program_id"], None) is None:
            return _failure(404, "no such program")
        return {"status": 200, "msg": "success"}

    def programs_page(self, given: dict[str, Any]) -> dict[str, Any]:
        limit, offset = int(given.get("limit", 20)), int(given.get("offset", 0))
        listed = [{**one, "data": None} for one in self.programs.values()]
        return _success({"programs": listed[offset : offset + limit], "count": len(listed)})

    def program(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted = given.get("program_id")
        found = [
            one for one in self.programs.values() if one["program_id"] == wanted or one["name"] == given.get("name")
        ]
        return _success(found[0]) if found else _failure(404, "no such program")

    def programs_run_deploy(self, given: dict[str, Any]) -> dict[str, Any]:
        wanted, name = given.get("program_id"), given.get("program_name")
        found = [one for one in self.programs.values() if one["program_id"] == wanted or one["name"] == name]
        if not found:
            return _failure(404, "no such program")
        job = self.add_job(found[0]["program_id"], given.get("params"), QUEUED)
        backend = given.get("backend") or found[0]["backend"]
        return _success(
            {
                "job_id": job.job_id,
                "program_id": job.program_id,
                "backend": backend,
                "status": QUEUED,
                "creation_time": "Wed, 10 May 2023 19:20:40 GMT",
            }
        )

    def get_result_nowait(self, given: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs.get(given["job_id"])
        if job is None:
            return _failure(404, "no such job")
        return _success({"status": job.status, "result": job.result, "finish_time": job.ended_at})

    def get_result_wait(self, given: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs.get(given["job_id"])
        if job is not None:
            job.ended.wait(30.0)
        return self.get_result_nowait(given)

    def job_status(self, given: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs.get(given["job_id"])
        if job is None:
            return _failure(404, "no such job")
        return _success({"status": job.status, "result": job.result, "finished_time": job.ended_at})

    def job_logs(self, given: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs.get(given["job_id"])
        return _failure(404, "no such job") if job is None else _success({"status": job.status, "logs": job.logs})

    def job_cancel(self, given: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs.get(given["job_id"])
        if job is None:
            return _failure(404, "no such job")
        if job.status > RUNNING:
            return _success({"status": -1})
        self.end(job, CANCELLED, None)
        return _success({"status": CANCELLED})

    def job_delete(self, given: dict[str, Any]) -> dict[str, Any]:
        job = self.jobs.get(given["job_id"])
        if job is None:
            return _failure(404, "no such job")
        deleted = job.status > RUNNING
        if deleted:
            del self.jobs[job.job_id]
        return _success({"status": job.status, "deleted": deleted})


@contextmanager
def fake_service(token: str = TOKEN) -> Iterator[FakeService]:
    service = FakeService(token=token)
    try:
        yield service
    finally:
        service.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, service: FakeService, port: int) -> None:
        self.service = service
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no error of a fake."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def _service(self) -> FakeService:
        return cast("_Server", self.server).service

    def setup(self) -> None:
        super().setup()
        self._service.opened(self.connection)

    def finish(self) -> None:
        self._service.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._service.answer(self, Request(self.command, self.path, headers, body))

    do_POST = do_DELETE = do_HEAD = do_GET  # noqa: N815 - http.server's names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """A fake writes no log."""


def _success(data: object) -> dict[str, Any]:
    return {"status": 200, "msg": "success", "data": data}


def _failure(code: int, said: str) -> dict[str, Any]:
    return {"status": code, "msg": said}
