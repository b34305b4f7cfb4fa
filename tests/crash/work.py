"""The jobs of the crash tests: what they run, how they are submitted, and what their readers saw."""

import base64
import contextlib
import http.client
import json
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from attrs import define, field
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from tests.service_speaker import DEADLINE, OPERATIONS

MESSAGES = 12
"""How many interim results a job publishes."""

PROGRAM = """
import os, subprocess, time
def run(task, userpub, params):
    mark = os.open(params["marks"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(mark, (params["tag"] + "\\n").encode())
    os.close(mark)
    if params["child"]:
        subprocess.Popen(["sleep", "600"], start_new_session=True)
    for number in range(params["messages"]):
        print("line", number)
        userpub.publish("%s %d" % (params["tag"], number))
        time.sleep(params["pause"])
    return params["tag"]
"""
"""Leaves a mark each time that it is run, prints and publishes, and may leave a child behind."""

PAUSE = 0.02
"""Seconds between two messages of a job, so that there is time to kill it."""

LOOK_AGAIN = 0.05


@define
class Work:
    """One job, from the request on.

    Attributes:
        tag: What tells its request from all others.
        child: Whether its program starts a process that would outlive it.
        is_cancelled: Whether it was asked to be cancelled.
        job_id: Its id, when it was accepted.
        seen: The events that its reader got, by their numbers.
        has_end: Whether its reader was told that it has ended.
        trouble: What its reader should not have seen.
    """

    tag: str = field(factory=lambda: uuid4().hex)
    child: bool = False
    is_cancelled: bool = False
    job_id: str | None = None
    seen: dict[int, tuple[str, str]] = field(factory=dict)
    has_end: bool = False
    trouble: list[str] = field(factory=list)


class Line:
    """A line to a service that may be gone at any moment, and come back at the same port.

    Args:
        port: The port.
        token: The owner's token.
        marks: The file in which programs leave their marks.
    """

    def __init__(self, port: int, token: str, marks: Path) -> None:
        self._port = port
        self._token = token
        self._marks = marks
        self._is_over = threading.Event()

    def give_up(self) -> None:
        """Let every call end, since the service will not come back."""
        self._is_over.set()

    def upload(self, name: str) -> str:
        """Upload the program. Returns its id."""
        source = base64.b64encode(PROGRAM.encode()).decode()
        return str(self._insist("programs_upload", uuid4().hex, name=name, data=source)["id"])

    def submit(self, work: Work, program_id: str) -> None:
        """Submit a job, with the same key until it is accepted, and read its events to the end."""
        params = {"marks": str(self._marks), "tag": work.tag, "messages": MESSAGES, "pause": PAUSE, "child": work.child}
        data = self._insist("programs_run_deploy", work.tag, program_id=program_id, params=params)
        work.job_id = str(data["job_id"])
        while not work.has_end and not self._is_over.is_set():
            with contextlib.suppress(OSError, WebSocketException, EOFError, TimeoutError):
                self._read(work)
            self._is_over.wait(LOOK_AGAIN)

    def cancel(self, work: Work) -> None:
        """Cancel a job that was accepted."""
        work.is_cancelled = True
        self._insist("job_cancel", uuid4().hex, job_id=work.job_id)

    def _read(self, work: Work) -> None:
        headers = {
            "api_token": self._token,
            "job_id": work.job_id or "",
            "after": str(max(work.seen, default=0)),
            "kinds": "log,interim",
        }
        where = f"ws://127.0.0.1:{self._port}"
        protocols: Any = ["quafu-runtime.events.v1"]
        with connect(where, additional_headers=headers, subprotocols=protocols, open_timeout=DEADLINE) as stream:
            for text in stream:
                self._take(work, json.loads(text))

    def _take(self, work: Work, frame: dict[str, Any]) -> None:
        for event in frame.get("events", []):
            if event["seq"] <= max(work.seen, default=0):
                work.trouble.append(f"the event {event['seq']} came twice or out of order")
            work.seen[event["seq"]] = (event["kind"], event["text"])
        work.has_end = work.has_end or "end" in frame

    def _insist(self, operation: str, key: str, **arguments: Any) -> dict[str, Any]:
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline and not self._is_over.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                answer = self._ask(operation, key, arguments)
                if answer.get("status") == 200:
                    return dict(answer["data"])
            self._is_over.wait(LOOK_AGAIN)
        message = f"{operation} was not answered"
        raise TimeoutError(message)

    def _ask(self, operation: str, key: str, arguments: dict[str, Any]) -> dict[str, Any]:
        path, method = OPERATIONS[operation]
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=DEADLINE)
        headers = {"api_token": self._token, "Idempotency-Key": key, "Content-Type": "application/json"}
        with contextlib.closing(connection):
            if method == "post":
                connection.request("POST", path, json.dumps(arguments).encode(), headers)
            else:
                connection.request(method.upper(), f"{path}?{urlencode(arguments)}", headers=headers)
            return dict(json.loads(connection.getresponse().read()))
