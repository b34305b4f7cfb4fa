"""What a service writes down by itself, through both clients: and that nothing fails where it cannot."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from operator import methodcaller
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime._client import recording
from quafu_runtime._client.recording import VARIABLE
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.registry import JobRegistry, RegisteredJob
from quafu_runtime.service import RuntimeService
from quafu_runtime.status import JobStatus
from tests.fakes.answers import envelope, hang_up
from tests.fakes.deployed import CANCELLED, DONE, RUNNING, TOKEN, FakeService
from tests.fakes.faces import FACES, call, of_job

SOURCE = "def run(task, userpub, params):\n    return params\n"


@pytest.fixture(autouse=True)
def _nobody_was_told_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_FIRST", threading.Lock())


def only() -> RegisteredJob:
    (found,) = JobRegistry().jobs()
    return found


@pytest.mark.parametrize("face", FACES)
def test_a_submitted_job_is_written_down(service: FakeService, account: Account, face: str) -> None:
    program_id = service.add_program("hello")
    began = datetime.now(UTC)

    job = call(face, account, lambda client: client.run("hello", {"x": 1}, label="a label", tags=["b", "a", "b"]))

    found = only()
    assert began <= found.submitted_at <= datetime.now(UTC)
    assert (found.job_id, found.service) == (job.job_id(), service.url.rstrip("/"))
    assert (found.program_id, found.program_name, found.backend) == (program_id, "hello", "testbackend")
    assert (found.label, found.tags, found.seed, found.status) == ("a label", ("b", "a"), None, None)
    assert JobRegistry().params_of(job.job_id()) is None
    assert set(service.sent("programs_run_deploy")[0].json) == {"program_id", "program_name", "params"}


@pytest.mark.parametrize("face", FACES)
def test_the_program_of_a_file_is_written_down_by_its_name(
    service: FakeService, account: Account, face: str, tmp_path: Path
) -> None:
    path = tmp_path / "hello.py"
    path.write_text(SOURCE)

    call(face, account, lambda client: client.run(path))

    (program,) = service.programs.values()
    assert (only().program_name, only().program_id) == (program["name"], program["program_id"])
    assert program["name"].startswith("hello-")


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", ["status", "wait", "result", "err_msg"])
def test_an_end_that_is_seen_is_written_down(service: FakeService, account: Account, face: str, operation: str) -> None:
    service.add_program("hello")
    job_id = call(face, account, lambda client: client.run("hello")).job_id()
    call(face, account, of_job(job_id, "status"))
    assert only().status is None
    service.end(service.jobs[job_id])

    call(face, account, of_job(job_id, operation))

    assert only().status is JobStatus.DONE
    assert only().finished_at is not None


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_is_cancelled_is_written_down_as_such(service: FakeService, account: Account, face: str) -> None:
    service.add_program("hello")
    job_id = call(face, account, lambda client: client.run("hello")).job_id()

    call(face, account, of_job(job_id, "cancel"))

    assert only().status is JobStatus.CANCELLED


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_is_deleted_is_struck_out(service: FakeService, account: Account, face: str) -> None:
    service.add_program("hello")
    job_id = call(face, account, lambda client: client.run("hello")).job_id()
    service.end(service.jobs[job_id], CANCELLED)

    assert call(face, account, of_job(job_id, "delete"))

    assert JobRegistry().jobs() == []


@pytest.mark.parametrize("face", FACES)
def test_what_was_refused_or_lost_is_not_written_down(service: FakeService, account: Account, face: str) -> None:
    for answer in (hang_up, envelope(401, "no such params"), envelope(200, "ok", {"job_id": None})):
        service.script("programs_run_deploy", answer)
        with pytest.raises(errors.QuafuRuntimeError):
            call(face, account, methodcaller("run", "hello"))

    assert JobRegistry().jobs() == []


@pytest.mark.parametrize("face", FACES)
def test_a_job_by_its_id_knows_what_was_written_down(service: FakeService, account: Account, face: str) -> None:
    program_id = service.add_program("hello")
    kind = RuntimeService if face == "sync" else AsyncRuntimeService
    job_id = run_once(face, account, JobRegistry(keep_params=True), {"x": (1, 2)})

    again = kind(account, registry=JobRegistry(keep_params=True)).job(job_id)
    elsewhere = kind(account).job(job_id)
    unknown = kind(account).job("never-heard-of")

    assert (again.program_id(), again.backend, again.params) == (program_id, "testbackend", {"x": [1, 2]})
    assert (elsewhere.program_id(), elsewhere.backend, elsewhere.params) == (program_id, "testbackend", None)
    assert (unknown.program_id(), unknown.backend, unknown.params) == (None, None, None)
    assert service.sent("job_status") == []


def test_a_job_by_its_id_needs_no_account() -> None:
    assert RuntimeService().job("an-id").program_id() is None
    assert AsyncRuntimeService().job("an-id").program_id() is None


def run_once(face: str, account: Account, registry: Any = None, params: Any = None) -> str:
    """Run the program `hello` through a client that has this registry."""
    if face == "sync":
        with RuntimeService(account, registry=registry) as client:
            return client.run("hello", params).job_id()

    async def main() -> str:
        async with AsyncRuntimeService(account, registry=registry) as client:
            return (await client.run("hello", params)).job_id()

    return asyncio.run(main())


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("variable", [None, "off", "OFF"])
def test_it_can_be_switched_off(
    service: FakeService, account: Account, face: str, variable: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.add_program("hello")
    if variable is not None:
        monkeypatch.setenv(VARIABLE, variable)

    job_id = run_once(face, account, False if variable is None else None)

    assert job_id in service.jobs
    assert list(Path.home().iterdir()) == []


def test_another_file_is_named_by_argument_or_environment(
    service: FakeService, account: Account, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.add_program("hello")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "environment.db"))

    RuntimeService(account).run("hello")
    RuntimeService(account, registry=tmp_path / "argument.db").run("hello")
    RuntimeService(account, registry="~/mine.db").run("hello")

    for path in (tmp_path / "environment.db", tmp_path / "argument.db", home / "mine.db"):
        assert len(JobRegistry(path).jobs()) == 1


@pytest.mark.parametrize("registry", ["", 1, b"x", object()])
def test_what_is_no_registry_is_an_argument_error(registry: Any) -> None:
    with pytest.raises(errors.ArgumentError, match="registry"):
        RuntimeService(Account("t"), registry=registry)


@pytest.mark.parametrize("face", FACES)
def test_a_registry_that_cannot_be_written_is_told_once_and_nothing_fails(
    service: FakeService, account: Account, face: str, home: Path
) -> None:
    service.add_program("hello")
    (home / ".quafu").write_text("a file, where the folder should be")

    with pytest.warns(errors.RegistryWarning, match=r"QUAFU_RUNTIME_REGISTRY=off") as warned:
        job = call(face, account, lambda client: client.run("hello"))
    call(face, account, lambda client: client.run("hello"))
    service.end(service.jobs[job.job_id()])
    call(face, account, of_job(job.job_id(), "result"))

    assert len(warned) == 1
    if face == "sync":
        assert warned[0].filename == __file__
    assert len(service.jobs) == 2


@pytest.mark.parametrize("face", FACES)
def test_a_file_of_a_later_version_is_told_once_and_left_alone(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("hello")
    call(face, account, lambda client: client.run("hello"))
    with sqlite3.connect(JobRegistry().path) as later:
        later.execute("PRAGMA user_version = 9")
    later.close()

    with pytest.warns(errors.RegistryWarning, match="later version"):
        call(face, account, lambda client: client.run("hello"))

    call(face, account, lambda client: client.run("hello"))
    with sqlite3.connect(JobRegistry().path) as later:
        assert later.execute("SELECT count(*) FROM jobs").fetchone() == (1,)
    later.close()


def test_no_token_is_in_the_file(service: FakeService, account: Account) -> None:
    service.add_program("hello")
    RuntimeService(account, registry=JobRegistry(keep_params=True)).run("hello", {"a": 1})

    assert TOKEN.encode() not in JobRegistry().path.read_bytes()


def test_a_client_that_writes_nothing_down_does_not_import_sqlite() -> None:
    code = (
        "import sys, quafu_runtime.service as s; s.RuntimeService(registry=False); sys.exit('sqlite3' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_running_jobs_are_asked_for_again(service: FakeService, account: Account) -> None:
    job = service.add_job(status=RUNNING)
    JobRegistry().record(account, RegisteredJob(job.job_id, datetime.now(UTC)))
    with RuntimeService(account) as client:
        assert client.job(job.job_id).status() is JobStatus.RUNNING
        assert only().status is None
        service.end(job, DONE)
        assert client.job(job.job_id).status() is JobStatus.DONE
    assert only().status is JobStatus.DONE
