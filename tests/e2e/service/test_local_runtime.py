"""The local runtime: ready when it is there, gone when it is not needed, however whoever started it ends."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from quafu_runtime.errors import LocalRuntimeError
from quafu_runtime.local import LocalRuntime, attach_or_start
from quafu_runtime.local.process import _ours
from quafu_runtime.server.folder import announced, is_held
from quafu_runtime.server.settings import Settings
from tests.service_speaker import (
    DEADLINE,
    ECHO,
    SLEEP,
    ServiceProcess,
    Speaker,
    descendants,
    eventually,
    has_ended,
    open_descriptors,
)


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made, so that one sees what is left there."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def _speaker(runtime: LocalRuntime) -> Speaker:
    return Speaker(runtime.url, runtime.ws_url, runtime.account.get_token())


def test_a_local_runtime_is_ready_and_leaves_nothing(temporary: Path) -> None:
    before = open_descriptors(), threading.active_count(), descendants(os.getpid())
    with LocalRuntime(max_jobs=1) as runtime:
        speaker = _speaker(runtime)
        assert runtime.account.get_url() == runtime.url
        assert runtime.account.get_url_ws() == runtime.ws_url
        assert speaker.result(speaker.run(speaker.upload("echo", ECHO), 1))["status"] == 2
        started = descendants(os.getpid())
        assert len(list(temporary.iterdir())) == 1
        assert runtime.url in repr(runtime)
        assert speaker.token not in repr(runtime)
    assert all(has_ended(pid) for pid in set(started) - set(before[2]))
    assert (open_descriptors(), threading.active_count(), descendants(os.getpid())) == before
    assert list(temporary.iterdir()) == []
    with pytest.raises(LocalRuntimeError, match="not running"):
        _ = runtime.account


def test_a_local_runtime_may_be_started_and_closed_by_hand_and_again(tmp_path: Path) -> None:
    runtime = LocalRuntime(tmp_path)
    runtime.start()
    assert runtime.start() is runtime
    program_id = _speaker(runtime).upload("kept", ECHO)
    runtime.close()
    runtime.close()
    with runtime:
        assert _speaker(runtime).data("program", name="kept")["program_id"] == program_id
    assert (tmp_path / "runtime.db").exists()


def test_a_folder_in_use_is_said_to_be(tmp_path: Path) -> None:
    with LocalRuntime(tmp_path), pytest.raises(LocalRuntimeError, match=f"{tmp_path} is in use"):
        LocalRuntime(tmp_path).start()


def test_a_service_that_does_not_come_up_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "runtime.db").write_text("no database" * 1000)
    before = open_descriptors()
    with pytest.raises(LocalRuntimeError, match=r"ended with code 1.*\n.*not a database"):
        LocalRuntime(tmp_path).start()
    assert open_descriptors() == before


def test_a_folder_that_cannot_be_used_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalRuntimeError, match="Not a directory"):
        LocalRuntime(tmp_path / "file" / "data").start()


def test_no_jobs_at_once_is_refused(temporary: Path) -> None:
    with pytest.raises(LocalRuntimeError, match="at least 1, not 0"):
        LocalRuntime(max_jobs=0).start()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("missing", ["starlette", "quafu"])
def test_a_missing_extra_is_named_with_the_way_to_get_it(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # what Python then says is that it is not installed
    with pytest.raises(LocalRuntimeError, match=rf"{missing}.*pip install 'quafu-runtime\[local\]'"):
        LocalRuntime().start()


SCRIPT = """\
import os, sys, time
from quafu_runtime.local import LocalRuntime
runtime = LocalRuntime(max_jobs=1).start()
print(runtime.url, runtime.ws_url, runtime.account.get_token(), flush=True)
"""

ENDS = {
    "returns": "",
    "os._exit": "os._exit(3)\n",
    "is killed": "os.kill(os.getpid(), 9)\n",
}


@pytest.mark.parametrize("end", ENDS)
def test_nothing_is_left_however_the_parent_ends(end: str, temporary: Path) -> None:
    with _parent(SCRIPT + "sys.stdin.readline()\n" + ENDS[end]) as parent:
        assert parent.stdout is not None
        assert parent.stdin is not None
        speaker = Speaker(*parent.stdout.readline().split())
        speaker.wait_until_asleep(speaker.run(speaker.upload("sleep", SLEEP)))
        below = descendants(parent.pid)
        assert len(below) >= 4  # the service, the supervisor, a runner and a program at least
        parent.stdin.close()
        parent.wait(DEADLINE)
    eventually(lambda: all(has_ended(pid) for pid in below))
    eventually(lambda: list(temporary.iterdir()) == [])


def _parent(script: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_forked_child_does_not_keep_the_service_alive_and_does_not_end_it(temporary: Path) -> None:
    script = (
        SCRIPT
        + "child = os.fork()\n"
        + "if child == 0:\n    sys.stdin.readline()\n    sys.exit(0)\n"
        + "print(child, flush=True)\n"
        + "time.sleep(600)\n"
    )
    with _parent(script) as parent:
        assert parent.stdout is not None
        speaker = Speaker(*parent.stdout.readline().split())
        child = int(parent.stdout.readline())
        below = set(descendants(parent.pid)) - {child}
        assert speaker.raw("GET", "/healthz").status == 200
        parent.kill()
        parent.wait(DEADLINE)
        eventually(lambda: all(has_ended(pid) for pid in below))
        assert not has_ended(child)
        os.kill(child, signal.SIGKILL)
    eventually(lambda: list(temporary.iterdir()) == [])


def test_a_forked_child_that_ends_leaves_the_service_to_its_parent() -> None:
    script = (
        SCRIPT
        + "child = os.fork()\n"
        + "if child == 0:\n    runtime.close()\n    sys.exit(0)\n"
        + "print(os.waitpid(child, 0)[1], flush=True)\n"
        + "sys.stdin.readline()\n"
    )
    with _parent(script) as parent:
        assert parent.stdout is not None
        speaker = Speaker(*parent.stdout.readline().split())
        assert parent.stdout.readline() == "0\n"
        assert speaker.raw("GET", "/healthz").status == 200
        parent.communicate(timeout=DEADLINE)
        assert parent.returncode == 0


def test_a_temporary_folder_is_deleted_when_the_service_was_killed(temporary: Path) -> None:
    before = descendants(os.getpid())
    with LocalRuntime():
        (service,) = [pid for pid in set(descendants(os.getpid())) - set(before) if _parent_of(pid) == os.getpid()]
        os.kill(service, signal.SIGKILL)
        eventually(lambda: has_ended(service))
        assert list(temporary.iterdir()) != []
    assert list(temporary.iterdir()) == []


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def test_ctrl_c_at_the_terminal_leaves_the_service_to_its_parent() -> None:
    interrupted = "import signal\nsignal.signal(signal.SIGINT, lambda *_: print('interrupted', flush=True))\n"
    with _parent(interrupted + SCRIPT + "sys.stdin.readline()\n") as parent:
        assert parent.stdout is not None
        speaker = Speaker(*parent.stdout.readline().split())
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.readline() == "interrupted\n"
        assert speaker.result(speaker.run(speaker.upload("echo", ECHO)))["status"] == 2
        parent.communicate(timeout=DEADLINE)


def test_a_file_in_the_working_directory_does_not_stand_in_for_a_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "starlette.py").write_text("raise SystemExit('mine')\n")
    monkeypatch.chdir(tmp_path)
    with LocalRuntime() as runtime:
        assert _speaker(runtime).raw("GET", "/healthz").status == 200


def test_two_runtimes_know_nothing_of_each_other() -> None:
    with LocalRuntime(max_jobs=1) as one, LocalRuntime(max_jobs=1) as other:
        _speaker(one).upload("mine", ECHO)
        assert _speaker(other).data("programs")["count"] == 0
        assert Speaker(other.url, other.ws_url, one.account.get_token()).code("programs") == 201


@pytest.fixture
def ended_services() -> Iterator[None]:
    """Ends the services that `attach_or_start` would keep until the end of this process."""
    yield
    for service in list(_ours):
        service.end()


@pytest.mark.usefixtures("ended_services")
def test_a_service_of_the_home_is_started_once_and_then_attached_to(home: Path) -> None:
    first = attach_or_start()
    assert is_held(Settings(data_dir=home / ".quafu" / "runtime"))
    second = attach_or_start()
    assert (first.url, first.account.get_token()) == (second.url, second.account.get_token())
    speaker = _speaker(first)
    second.close()
    first.close()
    assert speaker.raw("GET", "/healthz").status == 200


@pytest.mark.usefixtures("ended_services")
def test_when_several_start_at_once_one_does_and_the_others_attach(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        runtimes = list(pool.map(lambda _: attach_or_start(tmp_path), range(3)))
    assert len({runtime.url for runtime in runtimes}) == 1
    assert _speaker(runtimes[0]).raw("GET", "/healthz").status == 200


def test_a_service_that_somebody_serves_is_attached_to_and_goes_on(tmp_path: Path) -> None:
    with ServiceProcess(tmp_path) as service:
        with attach_or_start(tmp_path, keep=True) as runtime:
            assert runtime.url == service.speaker.url
            assert runtime.account.get_token() == service.speaker.token
        assert service.speaker.raw("GET", "/healthz").status == 200


ATTACH = """\
import sys
from quafu_runtime.local import attach_or_start
runtime = attach_or_start(sys.argv[1], keep=sys.argv[2] == "keep")
print(runtime.url, flush=True)
"""


@pytest.mark.parametrize("keep", [True, False])
def test_a_service_outlives_the_process_that_started_it_only_if_it_is_kept(tmp_path: Path, *, keep: bool) -> None:
    command = [sys.executable, "-W", "error", "-c", ATTACH, str(tmp_path), "keep" if keep else "end"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=DEADLINE)
    assert done.stderr == ""
    settings = Settings(data_dir=tmp_path)
    assert is_held(settings) == keep
    if keep:
        address = announced(settings)
        assert address is not None
        assert attach_or_start(tmp_path).url == address.url == done.stdout.strip()
        os.kill(address.pid, signal.SIGTERM)
        eventually(lambda: not is_held(settings))
