"""Nothing is left behind, whichever process is killed, and the others go on."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from quafu_runtime.server.executor import LaunchError
from quafu_runtime.server.runner.confinement import Confinement, Sandbox
from tests.e2e.attempt_service import AttemptService, wait_until
from tests.e2e.process_bench import Bench, Launched, is_alive, name_of, processes_of

FAMILY = """
import os, subprocess, time

def run(task, userpub, params):
    subprocess.run(["setsid", "-f", "sh", "-c", "trap '' TERM HUP; sleep 3600"])
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(3600)
        os._exit(0)
    subprocess.Popen(["sleep", "3600"])
    userpub.publish(os.getpid())
    time.sleep(3600)
"""
"""A program with children that have made themselves daemons."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("scratch")) as ready:
        yield ready


def start(bench: Bench, source: str = FAMILY) -> Launched:
    launched = bench.launch(source)
    launched.record.wait(lambda record: record.messages)
    return launched


def stop(bench: Bench, launched: Launched) -> None:
    bench.run(bench.executor.stop(launched.handle, 5.0))
    bench.check_clean(launched.handle)


def runner_of(launched: Launched) -> int:
    pid = launched.record.started[0]["runner"]["pid"]
    assert isinstance(pid, int)
    return pid


def test_a_killed_runner_takes_its_program_along_and_is_told(bench: Bench) -> None:
    lost, other = start(bench), start(bench)
    os.kill(runner_of(lost), signal.SIGKILL)
    assert bench.wait_for_exit(lost.handle) == "was killed by SIGKILL (Killed)"
    bench.check_clean(lost.handle)
    wait_until(lambda: not is_alive(int(lost.record.messages[0])))
    assert bench.probe(other.handle) is None
    assert is_alive(int(other.record.messages[0]))
    assert bench.finish("def run(task, userpub, params):\n    return 1\n").wait_for_end()["outcome"] == "done"
    stop(bench, other)


def test_a_killed_program_leaves_nothing(bench: Bench) -> None:
    launched = start(bench)
    os.kill(int(launched.record.messages[0]), signal.SIGKILL)
    assert launched.record.wait_for_end()["outcome"] == "error"
    bench.check_clean(launched.handle)


def test_a_program_that_kills_its_runner_leaves_nothing(tmp_path: Path) -> None:
    with Bench(tmp_path / "scratch", slots=1, confinement=Confinement(Sandbox.OFF)) as bench:
        launched = bench.launch(
            "import os\ndef run(task, userpub, params):\n    os.kill(os.getppid(), 9)\n    os.pause()\n"
        )
        assert bench.wait_for_exit(launched.handle) == "was killed by SIGKILL (Killed)"
        bench.check_clean(launched.handle)


def test_waiting_processes_that_are_killed_are_replaced(bench: Bench) -> None:
    wait_until(lambda: len(waiting_runners(bench)) == 2)
    before = waiting_runners(bench)
    twins = [pid for pid in processes_of(bench.scratch) if name_of(pid) == "quafu-program"]
    os.kill(before[0], signal.SIGKILL)
    os.kill(twins[1], signal.SIGKILL)
    wait_until(lambda: len(waiting_runners(bench)) == 2 and not set(before) & set(waiting_runners(bench)))
    assert bench.finish("def run(task, userpub, params):\n    return 1\n").wait_for_end()["outcome"] == "done"


def test_jobs_go_on_when_the_warm_parent_is_killed(bench: Bench) -> None:
    launched = start(bench)
    warm_parent = bench.warm_parent()
    os.kill(warm_parent, signal.SIGKILL)
    wait_until(lambda: not is_alive(warm_parent))
    assert bench.finish("def run(task, userpub, params):\n    return 1\n").wait_for_end()["outcome"] == "done"
    assert bench.warm_parent() != warm_parent
    assert bench.probe(launched.handle) is None
    os.kill(runner_of(launched), signal.SIGKILL)
    assert bench.wait_for_exit(launched.handle) == "was killed by SIGKILL (Killed)"
    bench.check_clean(launched.handle)


def test_a_launch_waits_for_the_next_warm_parent(bench: Bench) -> None:
    stop(bench, start(bench))
    os.kill(bench.warm_parent(), signal.SIGSTOP)
    attempt = bench.attempt("def run(task, userpub, params):\n    return 1\n")
    launching = bench.submit(bench.executor.launch(attempt))
    os.kill(bench.warm_parent(), signal.SIGKILL)
    launching.result(30)
    assert bench.service.record(attempt.job_id).wait_for_end()["outcome"] == "done"


def test_a_killed_supervisor_takes_all_along_and_is_replaced(bench: Bench) -> None:
    launched, supervisor = start(bench), bench.supervisor
    before = processes_of(bench.scratch)
    assert len(before) > 8
    os.kill(supervisor, signal.SIGKILL)
    assert bench.wait_for_exit(launched.handle) == "ended with its supervisor, which was killed by SIGKILL (Killed)"
    wait_until(lambda: not [pid for pid in before if is_alive(pid)])
    assert bench.finish("def run(task, userpub, params):\n    return 1\n").wait_for_end()["outcome"] == "done"
    assert bench.supervisor != supervisor
    assert launched.record.finished is None


def test_a_launch_waits_for_the_next_supervisor(bench: Bench) -> None:
    stop(bench, start(bench))
    os.kill(bench.warm_parent(), signal.SIGSTOP)
    attempt = bench.attempt("def run(task, userpub, params):\n    return 1\n")
    launching = bench.submit(bench.executor.launch(attempt))
    os.kill(bench.supervisor, signal.SIGKILL)
    launching.result(30)
    record = bench.service.record(attempt.job_id)
    assert record.wait_for_end()["outcome"] == "done"
    assert len(record.started) == 1


def test_a_supervisor_that_is_asked_to_end_leaves_nothing(bench: Bench) -> None:
    launched = start(bench)
    before = processes_of(bench.scratch)
    os.kill(bench.supervisor, signal.SIGTERM)
    assert "its supervisor, which exited with code 0" in bench.wait_for_exit(launched.handle)
    wait_until(lambda: not [pid for pid in before if is_alive(pid)])
    bench.check_clean(launched.handle)


def test_close_leaves_nothing(tmp_path: Path) -> None:
    with Bench(tmp_path / "scratch") as bench:
        launched = start(bench)
        before = processes_of(bench.scratch)
        bench.run(bench.executor.close())
        assert [pid for pid in before if is_alive(pid)] == []
        assert [entry.name for entry in bench.scratch.iterdir()] == [".matplotlib"]
        assert bench.probe(launched.handle) is not None
        with pytest.raises(LaunchError, match="closed"):
            bench.launch("")


SERVICE = """
import asyncio, json, sys
from contextlib import contextmanager
from pathlib import Path
from quafu_runtime.server.executor import Attempt, LocalExecutor

async def main(scratch, lifeline, fields):
    executor = LocalExecutor(slots=2, scratch=Path(scratch), lifeline=lifeline)
    await executor.start()
    await executor.launch(Attempt(**fields))
    await asyncio.sleep(3600)

asyncio.run(main(*json.loads(sys.argv[1])))
"""


@contextmanager
def serve(scratch: Path, service: AttemptService, lifeline: int | None) -> Iterator[subprocess.Popen[bytes]]:
    """Start another process, with an executor of its own that runs a job."""
    fields = {
        "job_id": "job",
        "number": 1,
        "token": "token",
        "service_url": service.url,
        "source": FAMILY,
        "program_name": "family",
        "params_json": "null",
        "backend": None,
        "seed": 1,
        "max_execution_time": 60.0,
    }
    arguments = json.dumps([str(scratch), lifeline, fields])
    pass_fds = [] if lifeline is None else [lifeline]
    with subprocess.Popen([sys.executable, "-c", SERVICE, arguments], pass_fds=pass_fds) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_service_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    with AttemptService() as service, serve(scratch, service, None) as process:
        service.record("job").wait(lambda record: record.messages)
        process.kill()
        process.wait()
        wait_until(lambda: not processes_of(scratch))
        wait_until(lambda: [entry.name for entry in scratch.iterdir()] == [".matplotlib"])
        assert service.record("job").finished is None


def test_the_end_of_a_lifeline_ends_the_processes_of_jobs(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    reading, writing = os.pipe()
    with AttemptService() as service, serve(scratch, service, reading) as process:
        os.close(reading)
        service.record("job").wait(lambda record: record.messages)
        os.kill(process.pid, signal.SIGSTOP)  # a service that does not see it itself
        os.close(writing)
        wait_until(lambda: processes_of(scratch) == [process.pid])


def test_what_an_executor_left_in_its_folder_is_deleted(tmp_path: Path) -> None:
    left = tmp_path / "scratch" / "job-1.1" / "folder"
    left.mkdir(parents=True)
    with Bench(tmp_path / "scratch") as bench:
        assert not left.parent.exists()
        assert bench.scratch.stat().st_mode & 0o777 == 0o700


def test_a_launch_says_why_no_program_can_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken" / "quafu"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("raise ImportError('pyquafu is broken here')\n")
    monkeypatch.setenv("PYTHONPATH", str(broken.parent))
    with Bench(tmp_path / "scratch") as bench:
        for _ in range(2):
            with pytest.raises(LaunchError, match="pyquafu is broken here"):
                bench.launch("")


def waiting_runners(bench: Bench) -> list[int]:
    return sorted(pid for pid in processes_of(bench.scratch) if name_of(pid) == "quafu-runner")
