"""What every test gets: a home that is not that of whoever runs it, no account from the environment, and a last look.

After the last test nothing of ours may be left: no process, no file or folder among the temporary ones, no thread that
would keep the interpreter alive.
"""

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("hunt", max_examples=1000)
settings.load_profile("same")  # what holds for one commit holds each time; `make hunt` looks for more

END_DEADLINE = 30.0
LOOK_AGAIN = 0.1


@pytest.fixture(scope="session", autouse=True)
def _a_world_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home and a temporary folder for what outlives a test, such as a service that a module shares."""
    temporary = tmp_path_factory.mktemp("temporary")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("session-home")))
        patch.setenv("TMPDIR", str(temporary))
        patch.setattr(tempfile, "tempdir", str(temporary))
        for name in [name for name in os.environ if name.startswith("QUAFU_RUNTIME_")]:
            patch.delenv(name)
        yield
    _assert_nothing_is_left(temporary, tmp_path_factory.getbasetemp())


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home for each test."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    return folder


def _assert_nothing_is_left(temporary: Path, base: Path) -> None:
    deadline = time.monotonic() + END_DEADLINE
    while (left := _left(temporary, base)) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN)
    assert left == []


def _left(temporary: Path, base: Path) -> list[str]:
    threads = [repr(thread) for thread in threading.enumerate() if _keeps_alive(thread)]
    return [*_processes_of(base), *(str(path) for path in temporary.iterdir()), *threads]


def _keeps_alive(thread: threading.Thread) -> bool:
    """Whether it is a thread of ours that the interpreter would wait for; execnet's are the test runner's."""
    ours = thread is not threading.main_thread() and not thread.daemon
    return ours and "execnet" not in f"{type(thread).__module__} {thread.name}"


def _processes_of(base: Path) -> list[str]:
    """Our processes name their folders on their command lines; those of this session lie below its own."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if f"{base}/" in command and "quafu_runtime" in command:
                found.append(f"{entry.name} {command}")
    return found
