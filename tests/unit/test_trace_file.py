"""The trace as a file: private, whole lines from many threads and processes, no failure where it cannot be written."""

import json
import os
import stat
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime._client.tracing.trace import Trace, trace_for
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.errors import ArgumentError, TraceWarning
from quafu_runtime.service import RuntimeService
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, call


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_trace_is_its_owner_s_alone_and_says_who_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    trace = Trace(str(path))
    assert not path.exists()
    trace.write("one", size=1)
    trace.write("two", "exchange-1")

    first, one, two = lines_of(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(first["versions"]) == {"quafu_runtime", "contract", "python"}
    assert (one["event"], one["size"]) == ("one", 1)
    assert (two["event"], two["exchange"]) == ("two", "exchange-1")


def test_a_trace_is_added_to_a_file_that_is_there_and_makes_it_private(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text('{"event": "earlier"}\n')
    path.chmod(0o644)
    Trace(str(path)).write("later")
    assert [line["event"] for line in lines_of(path)] == ["earlier", "trace", "later"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_lines_of_many_threads_and_processes_stay_whole(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    script = (
        "import sys\nfrom quafu_runtime._client.tracing.trace import Trace\n"
        "trace = Trace(sys.argv[1])\nfor n in range(100): trace.write('child', n=n, text='x' * 5000)\n"
    )
    children = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(2)]
    trace = Trace(str(path))

    def write_fifty() -> None:
        for _ in range(50):
            trace.write("thread", text="y" * 5000)

    threads = [threading.Thread(target=write_fifty) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
    assert [child.wait(60.0) for child in children] == [0, 0]

    events = [line["event"] for line in lines_of(path)]
    assert (events.count("child"), events.count("thread"), events.count("trace")) == (200, 400, 3)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("fault", ["folder", "link", "pipe", "missing"])
def test_a_trace_that_cannot_be_written_is_one_warning_and_no_failure(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, face: str, fault: str
) -> None:
    account = Account(TOKEN, url=service.url)
    path = tmp_path / "trace.jsonl"
    match fault:
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(tmp_path / "target")
        case "pipe":
            os.mkfifo(path)
        case "missing":
            path = tmp_path / "no-such-folder" / "trace.jsonl"
    monkeypatch.setenv("QUAFU_RUNTIME_TRACE", str(path))
    service.add_program("hello")

    with pytest.warns(TraceWarning, match=r"The trace .* cannot be written .*The calls go on without it") as caught:
        assert [one.name for one in call(face, account, lambda client: client.programs())] == ["hello"]

    assert len(caught) == 1
    assert Path(caught[0].filename).name in {"test_trace_file.py", "faces.py"}
    assert not (tmp_path / "target").exists()


def test_a_device_is_no_file_for_a_trace_and_is_told_once() -> None:
    trace = Trace("/dev/full")
    with pytest.warns(TraceWarning, match="not a regular file"):
        trace.write("one")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace.write("two")


@pytest.mark.parametrize("given", [5, "", b"x", False])
def test_a_trace_that_is_no_path_is_refused_at_once(given: Any) -> None:
    for make in (RuntimeService, AsyncRuntimeService):
        with pytest.raises(ArgumentError, match="trace is the path of a file"):
            make(trace=given)


def test_a_path_holds_also_when_the_process_changes_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trace = trace_for("trace.jsonl")
    monkeypatch.chdir("/")
    assert trace is not None
    trace.write("one")
    assert (tmp_path / "trace.jsonl").exists()


def test_without_an_argument_and_a_variable_there_is_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trace_for(None) is None
    monkeypatch.setenv("QUAFU_RUNTIME_TRACE", "")
    assert trace_for(None) is None
