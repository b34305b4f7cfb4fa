"""A runtime service as a process, and a speaker of its protocol without anything of our client, for tests."""

import base64
import contextlib
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from attrs import frozen
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from websockets.sync.client import ClientConnection, connect

from quafu_runtime.server.auth import add_user
from quafu_runtime.server.settings import Settings

DEADLINE = 60.0
"""Seconds after which a test gives up: generous, since the machine may be busy."""

LONGEST = 300.0
"""Seconds after which a test gives up an answer that goes on: of a job that waits for many others, too."""

DOCUMENT = json.loads((resources.files("quafu_runtime_api") / "openapi.json").read_text(encoding="utf-8"))
OPERATIONS = {
    operation["operationId"]: (path, method)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
_REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:document", Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
)

_user_numbers = itertools.count(1)

ECHO = 'def run(task, userpub, params):\n    print("params:", params)\n    return {"result": params}\n'
"""A program that gives back what it got."""

TICKS = (
    "def run(task, userpub, params):\n"
    "    for number in range(params):\n"
    '        userpub.publish(b"tick %d" % number)\n'
    "    return params\n"
)
"""A program that publishes as many messages as it is told."""

SLEEP = 'import time\ndef run(task, userpub, params):\n    userpub.publish(b"asleep")\n    time.sleep(600)\n'
"""A program that says that it runs, and then does nothing for long."""

RAISE = 'def run(task, userpub, params):\n    print("before")\n    raise RuntimeError("it failed")\n'
"""A program that fails."""


@frozen
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def _whole(response: http.client.HTTPResponse) -> bytes:
    """The body of an answer; of a call that waits for ever, which is kept alive by spaces, an error."""
    ends_at = time.monotonic() + LONGEST
    body = bytearray()
    while part := response.read1(64 * 1024):
        body += part
        assert time.monotonic() < ends_at, "the answer does not end"
    return bytes(body)


@frozen
class Speaker:
    """Speaks to a service as one of its users, and holds every answer against the document."""

    url: str
    ws_url: str
    token: str

    def raw(self, method: str, target: str, body: bytes = b"", **headers: str) -> Answer:
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=DEADLINE)
        with contextlib.closing(connection):
            connection.request(method, target, body, {"api_token": self.token, **headers})
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), _whole(response))

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        path, method = OPERATIONS[operation]
        if method == "post":
            answer = self.raw("POST", path, json.dumps(arguments).encode(), **{"Content-Type": "application/json"})
        else:
            answer = self.raw(method.upper(), f"{path}?{urlencode(arguments)}")
        assert answer.status == 200, answer
        return self.held_against_document(operation, answer.body)

    def held_against_document(self, operation: str, body: bytes) -> dict[str, Any]:
        path, method = OPERATIONS[operation]
        pointer = f"/paths/{path.replace('/', '~1')}/{method}/responses/200/content/application~1json/schema"
        decoded = json.loads(body)
        Draft202012Validator({"$ref": f"urn:document#{pointer}"}, registry=_REGISTRY).validate(decoded)
        assert isinstance(decoded, dict)
        return decoded

    def data(self, operation: str, **arguments: Any) -> dict[str, Any]:
        answer = self.call(operation, **arguments)
        assert answer["status"] == 200, answer
        data = answer["data"]
        assert isinstance(data, dict)
        return data

    def code(self, operation: str, **arguments: Any) -> int:
        return int(self.call(operation, **arguments)["status"])

    def upload(self, name: str, source: str, **more: Any) -> str:
        data = base64.b64encode(source.encode()).decode()
        return str(self.data("programs_upload", name=name, data=data, **more)["id"])

    def run(self, program_id: str, params: Any = None, **more: Any) -> str:
        return str(self.data("programs_run_deploy", program_id=program_id, params=params, **more)["job_id"])

    def result(self, job_id: str) -> dict[str, Any]:
        return self.data("get_result_wait", job_id=job_id)

    def status(self, job_id: str) -> int:
        return int(self.data("job_status", job_id=job_id)["status"])

    def listen(self, job_id: str, *, subprotocol: str | None = None, **headers: str) -> ClientConnection:
        return connect(
            self.ws_url,
            additional_headers={"api_token": self.token, "job_id": job_id, **headers},
            subprotocols=None if subprotocol is None else [subprotocol],  # type: ignore[list-item]
            open_timeout=DEADLINE,
            close_timeout=DEADLINE,
        )

    def wait_until_asleep(self, job_id: str) -> None:
        """Wait until the program `SLEEP` says that it runs."""
        with self.listen(job_id) as stream:
            stream.recv(DEADLINE)
            assert stream.recv(DEADLINE) == "b'asleep'"


class ServiceProcess:
    """A service as it is started in earnest: a process, with its address on a pipe."""

    def __init__(
        self, data_dir: Path, *options: str, start: Sequence[str] = ("-m", "quafu_runtime.server"), inherited: int = -1
    ) -> None:
        self.data_dir = data_dir
        ready, services_ready = os.pipe()
        command = [sys.executable, "-P", *start, f"--data-dir={data_dir}"]
        self.process = subprocess.Popen(
            [*command, f"--ready-fd={services_ready}", *options],
            pass_fds=[services_ready, *([] if inherited < 0 else [inherited])],
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(services_ready)
        with open(ready, encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor, not a path
            self._line = pipe.readline()

    @property
    def speaker(self) -> Speaker:
        """The owner of the service."""
        place = json.loads(self._line)
        token = (self.data_dir / "owner.token").read_text(encoding="utf-8").strip()
        return Speaker(place["url"], place["ws_url"], token)

    def end(self, number: int = signal.SIGINT) -> int:
        """End the service, with all that runs by default, and give its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=DEADLINE)
        return self.process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()


def add_speaker(service: ServiceProcess) -> tuple[str, Speaker]:
    """Add a user to a service, and give the name with one who speaks for them."""
    name = f"user{next(_user_numbers)}"
    token = add_user(Settings(data_dir=service.data_dir), name)
    return name, Speaker(service.speaker.url, service.speaker.ws_url, token)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for something that nobody announces."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def has_ended(pid: int) -> bool:
    """Whether a process is gone; a zombie is."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def open_descriptors() -> int:
    """How many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def descendants(pid: int) -> list[int]:
    """The processes below a process."""
    children = [child for task in Path(f"/proc/{pid}/task").glob("*") for child in _children(task)]
    return children + [below for child in children for below in descendants(child)]


def _children(task: Path) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended since
        return [int(child) for child in (task / "children").read_text(encoding="utf-8").split()]
    return []


@contextlib.contextmanager
def raw_connection(url: str) -> Iterator[socket.socket]:
    """A bare connection to a service."""
    place = urlsplit(url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=DEADLINE) as connection:
        yield connection


def established(speaker: Speaker) -> int:
    """How many connections the service has open."""
    port = f":{urlsplit(speaker.url).port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="utf-8").splitlines()[1:]]
    return sum(row[1].endswith(port) and row[3] == "01" for row in rows)
