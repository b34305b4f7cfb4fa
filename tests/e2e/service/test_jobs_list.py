"""The list of one's jobs, labels, tags and idempotency keys, at a real runtime, through both clients."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from operator import methodcaller
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from quafu_runtime import JobRegistry, LocalRuntime, program
from quafu_runtime.account import Account
from quafu_runtime.errors import ArgumentError
from quafu_runtime.service import JobList, RuntimeService
from quafu_runtime.status import JobStatus
from tests.fakes.answers import hang_up, send
from tests.fakes.faces import FACES, QUICK, call, of_job

ECHO = "def run(task, userpub, params):\n    return params\n"


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime(max_jobs=2) as runtime:
        yield runtime


@pytest.fixture(scope="module")
def echo(runtime: LocalRuntime) -> str:
    with RuntimeService(runtime.account, registry=False) as service:
        return service.upload_program(ECHO, name="echo")


@contextmanager
def losing_relay(runtime: LocalRuntime) -> Iterator[str]:
    """The URL of a relay that hands on everything but the first answer to a run."""
    target, losing = urlsplit(runtime.url).netloc, iter([True])

    class Relay(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            onward = HTTPConnection(target, timeout=30.0)
            onward.request(self.command, self.path, body, dict(self.headers))
            answer = onward.getresponse().read()
            onward.close()
            if self.path.endswith("programs_run_deploy") and next(losing, False):
                hang_up(self)
            else:
                send(self, 200, answer)

        do_POST = do_GET  # noqa: N815 - the handler's name for it

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - the handler's name for it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10.0)


@program
def doubled(task: Any, userpub: Any, params: Any) -> Any:  # noqa: ARG001 - what a program is given
    return 2 * params


def ids(found: JobList) -> list[str]:
    return [one.job_id for one in found]


@pytest.mark.parametrize("face", FACES)
def test_jobs_are_listed_by_the_service_with_label_and_tags_and_found_by_them(
    runtime: LocalRuntime, echo: str, face: str
) -> None:
    began = datetime.now(UTC)
    tag = f"tag of {face}"

    def act(client: Any) -> Any:
        return client.run("echo", 1, label="mine", tags=[tag, "other", tag])

    first = call(face, runtime.account, act)
    second = call(face, runtime.account, methodcaller("run", "echo", 2, tags=[tag]))
    call(face, runtime.account, lambda client: client.job(second.job_id()).result())
    call(face, runtime.account, lambda client: client.job(first.job_id()).result())

    found = call(face, runtime.account, methodcaller("jobs", tag=tag))

    assert isinstance(found, JobList)
    assert ids(found) == [second.job_id(), first.job_id()]
    assert (found[1].label, found[1].tags, found[1].program_id) == ("mine", (tag, "other"), echo)
    assert found.total == 2
    assert all(one.status is JobStatus.DONE and one.created_at and one.created_at >= began for one in found)
    for filters in (
        {"limit": 1, "tag": tag},
        {"tag": tag, "since": found[0].created_at},
        {"tag": "other", "program": "echo", "status": "done", "since": timedelta(hours=1), "limit": 1},
    ):
        assert len(call(face, runtime.account, methodcaller("jobs", **filters))) == 1
    assert call(face, runtime.account, methodcaller("jobs", tag=tag, status="running")) == []
    assert "mine" in repr(found)


@pytest.mark.parametrize("face", FACES)
def test_the_registry_holds_the_same_jobs_and_serves_without_the_service(
    runtime: LocalRuntime, echo: str, face: str
) -> None:
    job = call(face, runtime.account, methodcaller("run", "echo", 1, label="kept", seed=7))
    call(face, runtime.account, lambda client: client.job(job.job_id()).wait())

    (kept,) = call(face, runtime.account, methodcaller("jobs", refresh=False))

    assert (kept.job_id, kept.status, kept.program_id) == (job.job_id(), JobStatus.DONE, echo)
    assert (kept.program_name, kept.label, kept.seed) == ("echo", "kept", 7)
    assert kept.finished_at is not None


@pytest.mark.parametrize("face", FACES)
def test_the_same_key_is_the_same_job_and_with_another_request_an_error(
    runtime: LocalRuntime, echo: str, face: str
) -> None:
    key = f"key-{face}"
    first = call(face, runtime.account, methodcaller("run", echo, 1, idempotency_key=key))
    again = call(face, runtime.account, methodcaller("run", echo, 1, idempotency_key=key))

    assert first.job_id() == again.job_id()
    assert len(JobRegistry().jobs()) == 1
    with pytest.raises(ArgumentError, match="idempotency_key belongs to another request"):
        call(face, runtime.account, methodcaller("run", echo, 2, idempotency_key=key))


@pytest.mark.parametrize("face", FACES)
def test_a_run_whose_answer_is_lost_is_one_job_and_no_error(runtime: LocalRuntime, echo: str, face: str) -> None:
    with losing_relay(runtime) as url:
        tag = f"lost by {face}"
        account = Account(runtime.account.get_token(), url=url, ws_url=runtime.ws_url)

        job = call(face, account, methodcaller("run", echo, 1, tags=[tag]), policy=QUICK)

        assert ids(call(face, runtime.account, methodcaller("jobs", tag=tag))) == [job.job_id()]


@pytest.mark.parametrize("face", FACES)
def test_a_file_and_a_function_are_run_as_they_stand(runtime: LocalRuntime, face: str, tmp_path: Path) -> None:
    path = tmp_path / "echoed.py"
    path.write_text(ECHO)
    names = []
    for given, expected in ((path, 3), (str(path), 3), (doubled, 6)):
        job = call(face, runtime.account, methodcaller("run", given, 3))
        assert call(face, runtime.account, of_job(job.job_id(), "result")) == expected
        names.append(call(face, runtime.account, methodcaller("jobs", limit=1))[0].program_name.rpartition("-")[0])

    assert names == ["echoed", "echoed", "doubled"]
