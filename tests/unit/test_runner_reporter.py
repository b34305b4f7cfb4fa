"""How a runner finds its service again, and whom it does not take for it."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from quafu_runtime.server.runner.reporter import DESK, Answer, Reporter
from tests.service_speaker import DEADLINE, eventually


@contextmanager
def listening(*, is_service: bool) -> Iterator[tuple[str, list[str]]]:
    """A server that answers everything, and notes what it is told."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            heard.append(self.headers["attempt_token"])
            self.send_response(200 if is_service else 409)
            if is_service:
                self.send_header(DESK, "1")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's signature
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", heard
        finally:
            server.shutdown()
            thread.join()


def announce(file: Path, url: str, pid: int) -> None:
    file.write_text(json.dumps({"runners_url": url, "pid": pid}), encoding="utf-8")


def test_a_runner_turns_to_the_next_service_and_believes_nobody_else(tmp_path: Path) -> None:
    file, answered = tmp_path / "service.json", threading.Event()
    reporter = Reporter(answered.set)
    with listening(is_service=False) as (elsewhere, overheard), listening(is_service=True) as (url, _heard):
        announce(file, elsewhere, os.getpid())
        reporter.connect(f"{elsewhere}/attempts/job/1", "token", str(file))
        reporter.post("events", "{}")
        eventually(lambda: len(overheard) > 2)
        assert reporter.take_answer() is None  # a refusal, and not one of a service
        assert reporter.heard_at == 0.0
        announce(file, url, os.getpid())
        assert answered.wait(DEADLINE)
        assert reporter.take_answer() == Answer(fenced=False, data={})
        assert reporter.heard_at > 0.0


def test_a_token_is_not_sent_to_where_a_service_was_that_has_ended(tmp_path: Path) -> None:
    with subprocess.Popen(["true"]) as ended:
        pass
    file, answered = tmp_path / "service.json", threading.Event()
    reporter = Reporter(answered.set)
    with listening(is_service=False) as (elsewhere, overheard), listening(is_service=True) as (url, _heard):
        announce(file, elsewhere, ended.pid)
        reporter.connect("http://127.0.0.1:1/attempts/job/1", "token", str(file))  # where nobody listens
        reporter.post("events", "{}")
        assert not answered.wait(1.0)
        assert overheard == []
        announce(file, url, os.getpid())
        assert answered.wait(DEADLINE)
