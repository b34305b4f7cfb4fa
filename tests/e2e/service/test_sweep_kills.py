"""A sweep whose process is killed at the worst moments, on a real local runtime: exactly one job for each point."""

import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from quafu_runtime import LocalRuntime, open_sweep
from tests.service_speaker import DEADLINE, Speaker

POINTS = 6

PROGRAM = "def run(task, userpub, params):\n    return params['x'] ** 2\n"

CHILD = """\
import sys
from quafu_runtime import Account, RuntimeService

url, token, path, program = sys.argv[1:]
service = RuntimeService(Account(token, url=url, ws_url="ws://127.0.0.1:1"), registry=False)
found = service.sweep(path, program, {"x": list(range(6))}, max_pending=3, seed=1)
print(found.results(), flush=True)
"""

RUN = b"POST /runtime/programs_run_deploy"
WAIT = b"POST /runtime/get_result_wait"


class KillingRelay:
    """Stands before a service, and kills whoever is there at a moment that a test names.

    Args:
        target: The service's address.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._moment: tuple[bytes, int, bool] | None = None
        self.victim: subprocess.Popen[str] | None = None
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def kill_at(self, request: bytes, number: int, *, accepted: bool) -> None:
        """Kill at a request of this kind: before the service has it, or once it has answered, before the victim knows.

        Args:
            request: How the request begins.
            number: Which of those that come from now on, counted from 1.
            accepted: Whether the service has it.
        """
        self._moment = (request, number, accepted)

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server, selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ)
            ready.register(server, selectors.EVENT_READ)
            dying = False
            with suppress(OSError):
                while True:
                    for key, _ in ready.select():
                        source = client if key.fileobj is client else server
                        data = source.recv(65536)
                        if not data:
                            return
                        accepted = self._is_the_moment(data) if source is client else None
                        if accepted is False or (dying and source is server):
                            self._kill()
                            return
                        dying = dying or accepted is True
                        (server if source is client else client).sendall(data)

    def _is_the_moment(self, data: bytes) -> bool | None:
        with self._lock:
            if self._moment is None or not data.startswith(self._moment[0]):
                return None
            request, number, accepted = self._moment
            self._moment = (request, number - 1, accepted) if number > 1 else None
            return accepted if number == 1 else None

    def _kill(self) -> None:
        assert self.victim is not None
        self.victim.send_signal(signal.SIGKILL)
        self.victim.wait(DEADLINE)


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime(max_jobs=2) as runtime:
        yield runtime


@contextmanager
def killing_relay(runtime: LocalRuntime) -> Iterator[KillingRelay]:
    place = urlsplit(runtime.url)
    with closing(KillingRelay((str(place.hostname), int(place.port or 0)))) as relay:
        yield relay


def child(relay: KillingRelay, token: str, path: Path, program: Path) -> subprocess.Popen[str]:
    relay.victim = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", CHILD, relay.url, token, str(path), str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return relay.victim


MOMENTS = [(RUN, 1, False), (RUN, 1, True), (RUN, 2, True), (RUN, 2, False), (WAIT, 2, True)]
"""Before the first point is accepted, after it, after and before a later one, and while ends come in."""


def test_however_often_it_is_killed_a_sweep_makes_exactly_one_job_for_each_point(
    runtime: LocalRuntime, tmp_path: Path
) -> None:
    path, program = tmp_path / "sweep.db", tmp_path / "square.py"
    program.write_text(PROGRAM)
    token = runtime.account.get_token()
    with killing_relay(runtime) as relay:
        for request, number, accepted in MOMENTS:
            relay.kill_at(request, number, accepted=accepted)
            with child(relay, token, path, program) as victim:
                _, errors = victim.communicate(timeout=DEADLINE)
            assert victim.returncode == -signal.SIGKILL, errors
            assert "done" not in open_sweep(path).counts() or open_sweep(path).counts()["done"] < POINTS
        with child(relay, token, path, program) as last:
            printed, errors = last.communicate(timeout=DEADLINE)
    assert last.returncode == 0, errors
    assert printed == f"{[x**2 for x in range(POINTS)]}\n"
    rows = open_sweep(path).rows()
    speaker = Speaker(runtime.url, runtime.ws_url, token)
    listed = speaker.data("jobs", limit=1000)
    assert listed["count"] == POINTS
    assert {job["job_id"] for job in listed["jobs"]} == {row["job_id"] for row in rows}
    assert [row["result"] for row in rows] == [x**2 for x in range(POINTS)]
    assert not list(tmp_path.glob("*journal"))
