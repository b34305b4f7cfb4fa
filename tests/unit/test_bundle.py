"""Bundles of jobs: written through both clients against a fake of the deployed service, and read with no trust."""

import inspect
import io
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.bundle import JobBundle, load_bundle
from quafu_runtime.bundle.archive import FORMAT, MANIFEST, VERSION, write_archive
from quafu_runtime.status import JobStatus
from tests.fakes.deployed import CANCELLED, DONE, ERROR, RUNNING, TOKEN, FakeService, Job
from tests.fakes.faces import FACES, call

SOURCE = "def run(task, userpub, params):\n    return params\n"
INFO = {"job_id": "j", "status": 2}


def ended_job(service: FakeService, status: int = DONE, result: str | None = '{"a": [1, 2]}', logs: str = "") -> Job:
    job = service.add_job(service.add_program("vqe"))
    job.logs = logs
    service.end(job, status, result)
    return job


def bundled(face: str, account: Account, job_id: str, path: Path, **options: Any) -> JobBundle:
    assert call(face, account, lambda client: client.job(job_id).bundle(path, **options)) == path
    return load_bundle(path)


def run_and_bundle(face: str, account: Account, service: FakeService, path: Path, params: Any) -> JobBundle:
    """Run a program, end its job, and bundle it by the object that `run` gave."""
    program_id = service.add_program("vqe")

    def end() -> None:
        (job,) = service.jobs.values()
        service.end(job, DONE, "5")

    def sync(client: Any) -> Any:
        job = client.run(program_id, params=params)
        end()
        return job.bundle(path)

    async def awaited(client: Any) -> Any:
        job = await client.run(program_id, params=params)
        end()
        return await job.bundle(path)

    call(face, account, sync if face == "sync" else awaited)
    return load_bundle(path)


@pytest.mark.parametrize("face", FACES)
def test_a_bundle_says_what_the_deployed_service_does_not_tell(
    service: FakeService, account: Account, face: str, tmp_path: Path
) -> None:
    job = ended_job(service, logs="Hello\n")

    bundle = bundled(face, account, job.job_id, tmp_path / "run.zip")

    assert (bundle.result, bundle.logs, bundle.info.status) == ({"a": [1, 2]}, "Hello\n", JobStatus.DONE)
    assert (bundle.params, bundle.ledger, bundle.interim_results) == (None, None, ())
    assert {"params.json", "ledger.json", "interim_results.ndjson", "contract"} <= set(bundle.missing)
    with pytest.raises(errors.BundleError, match="text of the program"):
        bundle.reproduce()
    with pytest.raises(errors.BundleError, match="text of the program"):
        call(face, account, bundle.rerun)


@pytest.mark.parametrize("face", FACES)
def test_params_that_are_not_in_a_bundle_are_asked_for(
    service: FakeService, account: Account, face: str, tmp_path: Path
) -> None:
    path = tmp_path / "run.zip"
    path.write_bytes(whole(**{"program.py": SOURCE.encode()}))

    with pytest.raises(errors.ArgumentError, match="params="):
        call(face, account, load_bundle(path).rerun)

    assert service.sent("programs_run_deploy") == []


@pytest.mark.parametrize("face", FACES)
def test_what_is_known_here_is_in_the_bundle(service: FakeService, account: Account, face: str, tmp_path: Path) -> None:
    bundle = run_and_bundle(face, account, service, tmp_path / "run.zip", {"zero": 0})

    assert (bundle.params, bundle.source, bundle.result) == ({"zero": 0}, SOURCE, 5)
    assert bundle.info.backend == "testbackend"
    assert "program.py as it was run" in bundle.missing


@pytest.mark.parametrize("face", FACES)
def test_a_bundle_runs_again_at_a_service(service: FakeService, account: Account, face: str, tmp_path: Path) -> None:
    bundle = run_and_bundle(face, account, service, tmp_path / "run.zip", {"zero": 0})

    def act(client: Any) -> Any:
        job = bundle.rerun(client)
        if not inspect.isawaitable(job):
            return job.job_id()

        async def awaited() -> Any:
            return (await job).job_id()

        return awaited()

    again = service.jobs[call(face, account, act)]
    assert again.params == {"zero": 0}
    assert service.programs[again.program_id]["name"].startswith("vqe-")


@pytest.mark.parametrize("face", FACES)
def test_the_bundle_of_a_failed_job_raises_its_error(
    service: FakeService, account: Account, face: str, tmp_path: Path
) -> None:
    job = ended_job(service, ERROR, "ZeroDivisionError: division by zero", "before\n")

    bundle = bundled(face, account, job.job_id, tmp_path / "run.zip")

    with pytest.raises(errors.JobFailedError, match="division by zero") as caught:
        _ = bundle.result
    assert (caught.value.job_id, caught.value.logs) == (job.job_id, "before")


@pytest.mark.parametrize("face", FACES)
def test_the_bundle_of_a_cancelled_job_raises_that_it_was(
    service: FakeService, account: Account, face: str, tmp_path: Path
) -> None:
    job = ended_job(service, CANCELLED, None)

    with pytest.raises(errors.JobCancelledError, match="was cancelled"):
        _ = bundled(face, account, job.job_id, tmp_path / "run.zip").result


@pytest.mark.parametrize("face", FACES)
def test_no_token_is_in_a_bundle(service: FakeService, account: Account, face: str, tmp_path: Path) -> None:
    job = ended_job(service, result=json.dumps(TOKEN), logs=f"my token is {TOKEN}\n")

    bundled(face, account, job.job_id, tmp_path / "run.zip")

    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert not [name for name in archive.namelist() if TOKEN.encode() in archive.read(name)]
        assert not [name for name in archive.namelist() if b"127.0.0.1" in archive.read(name)]


@pytest.mark.parametrize("face", FACES)
def test_a_file_that_is_there_is_left_alone(service: FakeService, account: Account, face: str, tmp_path: Path) -> None:
    job, path = ended_job(service), tmp_path / "run.zip"
    path.write_text("mine")

    with pytest.raises(errors.BundleError, match="overwrite=True"):
        bundled(face, account, job.job_id, path)

    assert path.read_text() == "mine"
    assert service.requests == []
    assert bundled(face, account, job.job_id, path, overwrite=True).info.job_id == job.job_id
    assert os.listdir(tmp_path) == ["run.zip"]  # noqa: PTH208 - the names alone


def test_a_file_that_appears_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.zip"
    path.write_text("somebody else's")

    with pytest.raises(errors.BundleError, match="exists"):
        write_archive(path, {}, {}, overwrite=False)

    assert path.read_text() == "somebody else's"
    assert list(tmp_path.iterdir()) == [path]


def test_there_must_be_a_folder_to_write_to(service: FakeService, account: Account, tmp_path: Path) -> None:
    job = ended_job(service)
    for path, message in ((tmp_path / "none" / "run.zip", "no folder"), (tmp_path, "is a folder")):
        with pytest.raises(errors.BundleError, match=message):
            bundled("sync", account, job.job_id, path)


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_goes_on_is_not_bundled(service: FakeService, account: Account, face: str, tmp_path: Path) -> None:
    job = service.add_job(status=RUNNING)

    with pytest.raises(errors.JobStateError, match=r"wait\(\)"):
        bundled(face, account, job.job_id, tmp_path / "run.zip")

    assert list(tmp_path.iterdir()) == []


def whole(**files: bytes) -> bytes:
    """The bytes of a bundle, with files of one's own."""
    path = Path(os.environ["TMP_BUNDLE"])
    parts = {"info.json": json.dumps(INFO).encode(), "logs.txt": b"", "result.json": b"5", **files}
    write_archive(path, {"service": {}, "missing": {}}, parts, overwrite=True)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def place(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMP_BUNDLE", str(tmp_path_factory.mktemp("bundle") / "whole.zip"))


def changed(change: Callable[[dict[str, bytes]], object]) -> bytes:
    """A bundle, its files changed after it was written."""
    with zipfile.ZipFile(io.BytesIO(whole())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def with_manifest(**fields: Any) -> bytes:
    def change(files: dict[str, bytes]) -> None:
        files[MANIFEST] = json.dumps({**json.loads(files[MANIFEST]), **fields}).encode()

    return changed(change)


def twice() -> bytes:
    made = io.BytesIO(whole())
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(made, "a") as archive:
        archive.writestr("logs.txt", "another")
    return made.getvalue()


def sized(claimed: int) -> bytes:
    """A bundle in which the list of files says of one that it is larger, or smaller, than it is."""
    data = changed(lambda files: files.update({"logs.txt": b"x" * 1000}))
    return data.replace((1000).to_bytes(4, "little"), claimed.to_bytes(4, "little"))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"hello", "no zip"),
    "cut": (lambda: whole()[:-40], "no zip"),
    "a path upwards": (lambda: changed(lambda files: files.update({"../evil.py": b""})), "../evil.py"),
    "an absolute path": (lambda: changed(lambda files: files.update({"/etc/passwd": b""})), "/etc/passwd"),
    "another file": (lambda: changed(lambda files: files.update({"evil.pkl": b""})), "evil.pkl"),
    "a file twice": (twice, "twice"),
    "a bomb": (lambda: sized(2**31 - 1), "larger than"),
    "a wrong size": (lambda: sized(10), "no bundle"),
    "no manifest": (lambda: changed(lambda files: files.pop(MANIFEST)), "no manifest"),
    "a manifest of nothing": (lambda: changed(lambda files: files.update({MANIFEST: b"[]"})), FORMAT),
    "a manifest that is no JSON": (lambda: changed(lambda files: files.update({MANIFEST: b"{"})), "no JSON"),
    "a later version": (lambda: with_manifest(version=VERSION + 1), f"version {VERSION + 1}"),
    "no sums": (lambda: with_manifest(files=None), "no sums"),
    "a missing file": (lambda: changed(lambda files: files.pop("info.json")), "info.json"),
    "a changed file": (lambda: changed(lambda files: files.update({"result.json": b"6"})), "result.json was changed"),
    "a manifest in itself": (lambda: with_manifest(files={MANIFEST: {}}), "missing"),
    "a service that is none": (lambda: with_manifest(service=5), "what a bundle does"),
    "an info that is none": (lambda: whole(**{"info.json": b"5"}), "what a bundle does"),
    "a status that is none": (lambda: whole(**{"info.json": b'{"job_id": "j", "status": 9}'}), "what a bundle does"),
    "a ledger that is none": (lambda: whole(**{"ledger.json": b"[]"}), "what a bundle does"),
    "an event that is none": (lambda: whole(**{"interim_results.ndjson": b"{}\n"}), "what a bundle does"),
    "params that are none": (lambda: whole(**{"params.json": b"{"}), "what a bundle does"),
    "no text": (lambda: whole(**{"program.py": b"\xff\xfe"}), "what a bundle does"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_bundle_is_refused(what: str, tmp_path: Path) -> None:
    make, message = HOSTILE[what]
    path = tmp_path / "hostile.zip"
    path.write_bytes(make())

    with pytest.raises(errors.BundleError) as caught:
        load_bundle(path)

    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(errors.BundleError, match="No such file"):
        load_bundle(tmp_path / "none.zip")


def test_a_whole_bundle_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.zip"
    path.write_bytes(whole(**{"result.types.json": b'{"": "float"}', "result.json": b'"NaN"'}))
    result = load_bundle(path).result
    assert result != result  # noqa: PLR0124 - it is no number
