"""A service from its start to its end: alone in its folder, private, ending cleanly, remembering what it was told."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from quafu_runtime.account import Account
from quafu_runtime.server.settings import ALREADY_RUNNING
from tests.service_speaker import (
    DEADLINE,
    ECHO,
    SLEEP,
    TICKS,
    ServiceProcess,
    descendants,
    established,
    eventually,
    has_ended,
    raw_connection,
)


def _ended(pids: list[int]) -> bool:
    return all(has_ended(pid) for pid in pids)


def test_a_service_remembers_programs_jobs_logs_and_interim_results(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path) as service:
        token = service.speaker.token
        program_id = service.speaker.upload("ticks", TICKS)
        job_id = service.speaker.run(program_id, 3)
        before = service.speaker.result(job_id), service.speaker.data("job_info", job_id=job_id)
    with ServiceProcess(tmp_path) as service:
        speaker = service.speaker
        assert speaker.token == token
        assert (speaker.result(job_id), speaker.data("job_info", job_id=job_id)) == before
        assert speaker.data("program", name="ticks")["program_id"] == program_id
        with speaker.listen(job_id) as stream:
            assert list(stream)[1:-1] == ["b'tick 0'", "b'tick 1'", "b'tick 2'"]
        assert speaker.result(speaker.run(program_id, 1))["status"] == 2


def test_a_service_ends_cleanly_with_open_connections_and_leaves_no_process(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path, "--max-jobs=1") as service, ThreadPoolExecutor(2) as pool:
        speaker = service.speaker
        program_id = speaker.upload("sleep", SLEEP)
        running, queued = speaker.run(program_id), speaker.run(program_id)
        speaker.wait_until_asleep(running)
        below = descendants(service.process.pid)
        assert below
        with raw_connection(speaker.url), speaker.listen(running) as stream, speaker.listen(queued):
            waits = [pool.submit(speaker.result, job_id) for job_id in (running, queued)]
            eventually(lambda: established(speaker) >= 5)
            began = time.monotonic()
            assert service.end(signal.SIGINT) == 0
            assert time.monotonic() - began < 10
            assert [wait.result()["status"] for wait in waits] == [4, 0]
            assert list(stream)[-1] == f"b'{running}'"
    assert _ended(below)
    assert not (tmp_path / "service.json").exists()
    with ServiceProcess(tmp_path, "--max-jobs=1") as service:
        result = service.speaker.result(running)
        assert result["status"] == 4
        assert "stopped while the job ran" in result["result"]
        service.speaker.wait_until_asleep(queued)
        assert service.end(signal.SIGINT) == 0


def test_one_service_holds_a_folder(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path) as first:
        second = ServiceProcess(tmp_path)
        _, said = second.process.communicate(timeout=DEADLINE)
        assert second.process.returncode == ALREADY_RUNNING
        assert said.strip() == f"The data folder {tmp_path} is in use by another runtime service."
        assert first.speaker.raw("GET", "/healthz").status == 200
    with ServiceProcess(tmp_path) as third:
        assert third.speaker.raw("GET", "/healthz").status == 200


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        service = ServiceProcess(tmp_path, f"--port={taken.getsockname()[1]}")
        _, said = service.process.communicate(timeout=DEADLINE)
    assert service.process.returncode == 1
    assert "Address already in use" in said
    assert "Traceback" not in said


def test_a_service_is_at_the_same_port_again_at_once(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path) as service:
        port = service.speaker.url.rpartition(":")[2]
        service.speaker.upload("echo", ECHO)
    with ServiceProcess(tmp_path, f"--port={port}") as service:
        assert service.speaker.data("programs")["count"] == 1


def test_all_that_is_kept_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with ServiceProcess(folder) as service:
        service.speaker.result(service.speaker.run(service.speaker.upload("echo", ECHO)))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes["jobs"] == 0o700
    assert {mode for name, mode in modes.items() if name != "jobs"} == {0o600}


def test_a_service_says_nothing_when_all_is_well(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path)
    speaker = service.speaker
    speaker.result(speaker.run(speaker.upload("echo", ECHO)))
    speaker.code("program", name="nothing")
    service.process.send_signal(signal.SIGTERM)
    _, said = service.process.communicate(timeout=DEADLINE)
    assert said == ""


def test_a_service_saves_the_profile_local_when_it_is_told_to(tmp_path: Path, home: Path) -> None:
    with ServiceProcess(tmp_path, "--save-profile") as service:
        account = Account(profile="local")
        assert account.get_token() == service.speaker.token
        assert account.get_url().rstrip("/") == service.speaker.url
        assert account.get_url_ws().rstrip("/") == service.speaker.ws_url
    assert (home / ".quafu" / "api").exists()


def test_a_service_ends_with_its_lifeline_and_deletes_its_folder_when_it_is_told_to(tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    services_end, lifeline = os.pipe()
    ready, services_ready = os.pipe()
    command = [sys.executable, "-m", "quafu_runtime.server", "--data-dir", str(folder), "--delete-data-dir"]
    command += ["--lifeline-fd", str(services_end), "--ready-fd", str(services_ready)]
    with subprocess.Popen(command, pass_fds=[services_end, services_ready]) as process:
        os.close(services_end)
        os.close(services_ready)
        with open(ready, encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor, not a path
            assert pipe.readline().startswith("{")
            assert pipe.read() == ""
        assert folder.exists()
        os.close(lifeline)
        assert process.wait(DEADLINE) == 0
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    service = ServiceProcess(tmp_path / "file" / "data")
    _, said = service.process.communicate(timeout=DEADLINE)
    assert service.process.returncode == 1
    assert "Not a directory" in said
    assert "Traceback" not in said


def test_a_store_that_is_none_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "runtime.db").write_text("this is no database, and far longer than the header of one" * 100)
    service = ServiceProcess(tmp_path)
    _, said = service.process.communicate(timeout=DEADLINE)
    assert service.process.returncode == 1
    assert "not a database" in said
    assert "Traceback" not in said


def test_a_wrong_option_is_a_usage_error(tmp_path: Path) -> None:
    service = ServiceProcess(tmp_path, "--max-jobs=0")
    _, said = service.process.communicate(timeout=DEADLINE)
    assert service.process.returncode == 2
    assert "max-jobs" in said


def test_the_service_does_not_import_pyquafu(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path) as service:
        service.speaker.result(service.speaker.run(service.speaker.upload("echo", ECHO)))
        maps = Path(f"/proc/{service.process.pid}/maps").read_text(encoding="utf-8")
    assert "sqlite" in maps
    assert "numpy" not in maps
    assert "quafu/" not in maps
