"""How long a job takes from its launch to its result, beside a bare fork and beside a fresh interpreter.

Run it with `python benchmarks/launch.py`. Every row runs the same program with the same pyquafu; the peers do only
what cannot be left out: no supervision, no live log, no time limit, no cancel, nothing hidden from the program.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

from quafu_runtime.server.executor import Attempt, LocalExecutor
from quafu_runtime.server.runner.reporter import DESK

JOBS = 40
FRESH_INTERPRETERS = 5

PROGRAM = """
import time

def run(task, userpub, params):
    called_at = time.monotonic()
    print("hello")
    return called_at
"""

BARE = """
import gc, json, os, sys, time
from pathlib import Path
from quafu_runtime.server.runner import quafu_seam

home = Path(sys.argv[1])
os.environ["HOME"] = str(home)

def work(source):
    session = quafu_seam.install(seed=1, backend=None, home=home, log=print)
    names = {}
    exec(compile(source, "program", "exec"), names)
    return names["run"](session.task, None, None)

source = sys.stdin.readline()
source = json.loads(source)
quafu_seam.warm()
if len(sys.argv) > 2:
    print(work(source), file=sys.stderr)
    sys.exit()
gc.collect()
gc.freeze()
print(flush=True)
for _ in sys.stdin:
    asked_at = time.monotonic()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
        os.write(writing, json.dumps(work(source)).encode())
        os._exit(0)
    os.close(writing)
    called_at = json.loads(os.read(reading, 1000))
    os.waitpid(pid, 0)
    os.close(reading)
    print(json.dumps([called_at - asked_at, time.monotonic() - asked_at]), flush=True)
"""

Times = tuple[float, float]
"""Seconds from the launch to the call of `run`, and to the end of it all."""


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = {
            "a bare fork of a warm process": _bare_forks(Path(folder)),
            "LocalExecutor": asyncio.run(_jobs(Path(folder, "scratch"))),
            "a fresh interpreter": [_fresh_interpreter(Path(folder)) for _ in range(FRESH_INTERPRETERS)],
        }
    peer = _medians(rows["a bare fork of a warm process"])
    print(f"{'':32}{'run called':>14}{'ratio':>8}{'job ended':>14}{'ratio':>8}")
    for name, times in rows.items():
        called, ended = _medians(times)
        ratios = called / peer[0], ended / peer[1]
        print(f"{name:32}{called * 1e3:11.1f} ms{ratios[0]:8.2f}{ended * 1e3:11.1f} ms{ratios[1]:8.2f}")


def _medians(times: list[Times]) -> Times:
    called, ended = zip(*times, strict=True)
    return statistics.median(called), statistics.median(ended)


def _bare_forks(home: Path) -> list[Times]:
    with _bare(home) as process:
        _of(process.stdout).readline()
        times = []
        for _ in range(JOBS):
            _of(process.stdin).write("\n")
            _of(process.stdin).flush()
            times.append(tuple(json.loads(_of(process.stdout).readline())))
        _of(process.stdin).close()
    return times


def _fresh_interpreter(home: Path) -> Times:
    asked_at = time.monotonic()
    with _bare(home, "once") as process:
        called_at = float(_of(process.stderr).read().split()[-1])
    return called_at - asked_at, time.monotonic() - asked_at


def _bare(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", BARE, str(home), *arguments],
        text=True,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _of(process.stdin).write(json.dumps(PROGRAM) + "\n")
    _of(process.stdin).flush()
    return process


def _of(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise AssertionError
    return stream


async def _jobs(scratch: Path) -> list[Times]:
    service = _Service()
    executor = LocalExecutor(slots=2, scratch=scratch)
    await executor.start()
    with contextlib.closing(service):
        await _job(executor, service, 0)  # waits for the warm parent
        times = [await _job(executor, service, number) for number in range(1, JOBS + 1)]
    await executor.close()
    return times


async def _job(executor: LocalExecutor, service: "_Service", number: int) -> Times:
    ended, result = asyncio.Event(), [0.0, 0.0]
    loop = asyncio.get_running_loop()

    def note(body: dict[str, str]) -> None:
        result[:] = [json.loads(body["result"]), time.monotonic()]
        loop.call_soon_threadsafe(ended.set)

    service.on_finished = note
    attempt = Attempt(
        job_id=f"job{number}",
        number=1,
        token="token",  # noqa: S106 - there is nothing to protect
        service_url=f"http://127.0.0.1:{service.server_port}",
        source=PROGRAM,
        program_name="hello",
        params_json="null",
        backend=None,
        seed=1,
        max_execution_time=60.0,
    )
    asked_at = time.monotonic()
    handle = await executor.launch(attempt)
    await ended.wait()
    await executor.stop(handle, grace=10.0)  # the runner is about to end, and the next job should not pay for it
    return result[0] - asked_at, result[1] - asked_at


class _Service(ThreadingHTTPServer):
    """Answers a runner, and hands on how the job ended."""

    on_finished: Callable[[dict[str, str]], None]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A runner closes its connection as it pleases."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "12")
        self.send_header(DESK, "1")
        self.end_headers()
        self.wfile.write(b'{"go": true}')
        self.wfile.flush()
        if self.path.endswith("/finished") and isinstance(self.server, _Service):
            self.server.on_finished(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's signature
        """Say nothing."""


if __name__ == "__main__":
    main()
