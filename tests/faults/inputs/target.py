"""The service that is given bad input, and its witnesses: what was there before, and has to be there after."""

import base64
import http.client
import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from attrs import define, field, frozen

from tests.service_speaker import DEADLINE, ECHO, SLEEP, ServiceProcess, Speaker

DONE = 200
MANY = 1000
"""As many as a page of a list has."""

UVICORNS = "Invalid UTF-8 sequence received from client."
"""A complaint of uvicorn's, which shows the traceback of it and closes the connection as it should."""


class Overheard(ServiceProcess):
    """A service whose complaints are read while it runs."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        super().__init__(data_dir, *options)
        self.complaints: list[str] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def end(self, number: int = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(DEADLINE)
        self._listener.join(DEADLINE)
        return self.process.returncode

    def __exit__(self, *_: object) -> None:
        try:
            self.end()
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stderr:
            self.complaints.extend(stderr)


@frozen
class Witnesses:
    """What was there before any bad input came.

    Attributes:
        program: A program's id.
        finished: A job that is done, with its result.
        running: A job that holds the only place.
        queued: A job that waits for it.
    """

    program: str
    finished: str
    running: str
    queued: str


@define
class Target:
    """A running service with its witnesses."""

    service: Overheard
    owner: Speaker
    witnesses: Witnesses
    before: list[Any] = field(init=False)
    _line: http.client.HTTPConnection = field(init=False)

    def __attrs_post_init__(self) -> None:
        place = urlsplit(self.owner.url)
        self._line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=DEADLINE)
        self.before = self._seen()

    @classmethod
    def of(cls, service: Overheard) -> Self:
        """Give a service that has one place its witnesses."""
        owner = service.speaker
        echo = owner.upload("witness", ECHO, description="was here before", is_public=0)
        finished = owner.run(echo, {"kept": [1, 2.5, None]}, seed=7)
        owner.result(finished)
        running = owner.run(owner.upload("asleep", SLEEP))
        owner.wait_until_asleep(running)
        return cls(service, owner, Witnesses(echo, finished, running, owner.run(echo, "waits")))

    def assert_unharmed(self) -> None:
        """The service answers, has lost nothing, and has not complained of an error of its own."""
        assert self.service.process.poll() is None, self.service.complaints
        assert self._seen() == self.before
        said, self.service.complaints[:] = "".join(self.service.complaints), []
        assert said.count("Traceback") == said.count(UVICORNS), said
        assert self.owner.token not in said

    def tidy(self) -> None:
        """Delete what was not there at the beginning."""
        mine = self.witnesses
        while more := self._jobs() - {mine.finished, mine.running, mine.queued}:
            for job_id in more:
                self.owner.call("job_cancel", job_id=job_id)
                assert self.owner.code("job_delete", job_id=job_id) == DONE
        kept = {program["program_id"] for program in self.before[-2]["programs"]}
        for program in self.owner.data("programs")["programs"]:
            if program["program_id"] not in kept:
                assert self.owner.code("program_delete", program_id=program["program_id"]) == DONE

    def _jobs(self) -> set[str]:
        return {job["job_id"] for job in self.owner.data("jobs", limit=MANY)["jobs"]}

    def close(self) -> None:
        """Close the connection of the witnesses."""
        self._line.close()

    def filled(self, text: bytes) -> bytes:
        """A request with what is only known now in the place of its names."""
        place = urlsplit(self.owner.url)
        known = {
            b"@HOST": f"127.0.0.1:{place.port}",
            b"@TOKEN": self.owner.token,
            b"@PROGRAM": self.witnesses.program,
            b"@FINISHED": self.witnesses.finished,
            b"@QUEUED": self.witnesses.queued,
        }
        for name, value in known.items():
            text = text.replace(name, value.encode())
        return text

    def exchange(self, *parts: bytes, closes: bool = False) -> "Reply | None":
        """Send bytes as they are, and read the first answer; None where the connection is closed without one."""
        with self.connected() as connection:
            try:
                for part in parts:
                    connection.sendall(self.filled(part))
                if closes:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # it has its answer already, and reads no more
            return read_reply(connection, bodiless=any(part.startswith(b"HEAD ") for part in parts))

    def connected(self) -> socket.socket:
        place = urlsplit(self.owner.url)
        return socket.create_connection((place.hostname or "", place.port or 0), timeout=DEADLINE)

    def _seen(self) -> list[Any]:
        mine = self.witnesses
        return [
            *(self._get(f"/runtime/job_status?job_id={it}") for it in (mine.finished, mine.running, mine.queued)),
            self._get(f"/runtime/program?program_id={mine.program}"),
            self._get("/runtime/programs"),
            self._get("/runtime/jobs"),
        ]

    def _get(self, path: str) -> Any:
        """Ask on a connection that is kept, so that a witness costs a millisecond."""
        try:
            self._line.request("GET", path, headers={"api_token": self.owner.token})
            return json.loads(self._line.getresponse().read())["data"]
        except (http.client.RemoteDisconnected, ConnectionError):
            self._line.close()  # nothing was asked for a while: it is opened anew
            return self._get(path)


@frozen
class Reply:
    """An answer as it came.

    Attributes:
        status: Its HTTP status.
        headers: Its header fields, names in lower case.
        body: What came of its body.
    """

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def envelope(self) -> dict[str, Any]:
        decoded = json.loads(self.body)
        assert isinstance(decoded, dict)
        return decoded

    @property
    def said(self) -> str:
        """What it says to people."""
        if not self.body.startswith(b"{"):
            return self.body.decode(errors="replace")
        return str(self.envelope.get("msg", self.envelope))


def read_reply(connection: socket.socket, *, bodiless: bool = False) -> Reply | None:
    """Read one answer, interim ones left out."""
    try:
        with connection.makefile("rb") as stream:
            while True:
                line = stream.readline()
                if not line:
                    return None
                status = int(line.split()[1])
                headers = dict(_fields(iter(stream.readline, b"\r\n")))
                if status >= 200 or status == 101:
                    return Reply(status, headers, b"" if bodiless or status == 101 else _body(stream, headers))
    except (ConnectionResetError, BrokenPipeError):
        return None


def _fields(lines: Iterable[bytes]) -> Iterable[tuple[str, str]]:
    for line in lines:
        assert line, "the answer ends in its header"
        name, _, value = line.decode("latin-1").partition(":")
        yield name.strip().lower(), value.strip()


def _body(stream: Any, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding") == "chunked":
        pieces = []
        while size := int(stream.readline(), 16):
            pieces.append(stream.read(size))
            stream.readline()
        return b"".join(pieces)
    return bytes(stream.read(int(headers.get("content-length", "0"))))


def encoded(source: str | bytes) -> str:
    """A source as an upload has it."""
    return base64.b64encode(source.encode() if isinstance(source, str) else source).decode()
