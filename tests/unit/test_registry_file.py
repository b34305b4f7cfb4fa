"""The registry's file: whose it is, what is refused, and what several who use it at once find in it."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quafu_runtime.account import Account
from quafu_runtime.errors import RegistryError
from quafu_runtime.registry import JobRegistry, RegisteredJob
from quafu_runtime.registry.file import writing

TOKEN = "a-token-that-nobody-may-read"
ACCOUNT = Account(TOKEN, url="http://127.0.0.1:1")


def job(job_id: str) -> RegisteredJob:
    return RegisteredJob(job_id=job_id, submitted_at=datetime.now(UTC), program_name="hello")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_file_is_made_for_its_owner_alone_whatever_the_umask_says(home: Path) -> None:
    registry = JobRegistry()
    assert registry.path == home / ".quafu" / "runtime-client" / "jobs.db"
    before = os.umask(0)
    try:
        registry.record(ACCOUNT, job("a"))
    finally:
        os.umask(before)

    assert (mode(registry.path), mode(registry.path.parent)) == (0o600, 0o700)
    assert list(registry.path.parent.iterdir()) == [registry.path]


def test_modes_that_somebody_widened_are_set_back(home: Path) -> None:
    registry = JobRegistry()
    registry.record(ACCOUNT, job("a"))
    registry.path.chmod(0o644)
    registry.path.parent.chmod(0o755)

    registry.record(ACCOUNT, job("b"))

    assert (mode(registry.path), mode(home / ".quafu" / "runtime-client")) == (0o600, 0o700)


def test_a_folder_that_its_user_named_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    registry = JobRegistry(tmp_path / "mine.db")

    registry.record(ACCOUNT, job("a"))

    assert (mode(registry.path), mode(tmp_path)) == (0o600, 0o755)


def test_a_folder_that_does_not_exist_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    registry = JobRegistry(tmp_path / "new" / "mine.db")

    registry.record(ACCOUNT, job("a"))

    assert mode(tmp_path / "new") == 0o700


def test_reading_makes_nothing(home: Path) -> None:
    registry = JobRegistry()

    assert registry.jobs() == []
    assert registry.find(ACCOUNT, "a") is None
    assert registry.params_of("a") is None
    registry.forget("a")
    registry.clear()
    registry.update(ACCOUNT, "a", None)
    assert list(home.iterdir()) == []


def test_neither_the_token_nor_params_nor_what_was_struck_out_is_in_the_file() -> None:
    registry = JobRegistry()
    registry.record(ACCOUNT, job("a"), {"secret": "the-params"})
    registry.record(ACCOUNT, RegisteredJob("b", datetime.now(UTC), label="a-label-to-be-struck-out"))
    registry.forget("b")

    data = registry.path.read_bytes()

    for hidden in (TOKEN, "the-params", "a-label-to-be-struck-out"):
        assert hidden.encode() not in data


def link_to_a_file(path: Path, elsewhere: Path) -> None:
    path.parent.mkdir(parents=True)
    elsewhere.write_bytes(b"")
    path.symlink_to(elsewhere)


def link_to_nothing(path: Path, elsewhere: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to(elsewhere)


def link_to_a_folder(path: Path, elsewhere: Path) -> None:
    path.parent.parent.mkdir(parents=True)
    elsewhere.mkdir()
    path.parent.symlink_to(elsewhere)


@pytest.mark.parametrize("make", [link_to_a_file, link_to_nothing, link_to_a_folder])
def test_nothing_is_written_through_a_link(make: Callable[[Path, Path], None], tmp_path: Path) -> None:
    registry, elsewhere = JobRegistry(), tmp_path / "elsewhere"
    make(registry.path, elsewhere)
    before = elsewhere.stat().st_size if elsewhere.is_file() else None

    with pytest.raises(RegistryError, match="symbolic link"):
        registry.record(ACCOUNT, job("a"))

    assert (elsewhere.stat().st_size if elsewhere.is_file() else None) == before
    assert not elsewhere.is_dir() or list(elsewhere.iterdir()) == []


def a_text(path: Path) -> None:
    path.write_text("no database at all, but long enough to be read as one " * 100)


def another_database(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE mine (a)")
    other.close()


def a_later_version(path: Path) -> None:
    JobRegistry(path).record(ACCOUNT, job("a"))
    with sqlite3.connect(path) as later:
        later.execute("PRAGMA user_version = 2")
    later.close()


def a_torn_one(path: Path) -> None:
    JobRegistry(path).record(ACCOUNT, job("a"))
    data = bytearray(path.read_bytes())
    data[100:] = b"\xff" * (len(data) - 100)
    path.write_bytes(data)


def a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (a_text, "is broken .*move it away"),
        (another_database, "is no list of jobs"),
        (a_later_version, "later version.*update"),
        (a_torn_one, "is broken .*move it away"),
        (a_folder, "not a regular file"),
    ],
)
def test_a_file_that_is_no_registry_is_refused_and_left_as_it_is(
    make: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "jobs.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None

    for act in (
        lambda: JobRegistry(path).record(ACCOUNT, job("b")),
        lambda: JobRegistry(path).jobs(),
        lambda: JobRegistry(path).clear(),
    ):
        with pytest.raises(RegistryError, match=said) as raised:
            act()
        assert str(path) in str(raised.value)

    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_row_that_holds_something_else_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    registry = JobRegistry(tmp_path / "jobs.db")
    registry.record(ACCOUNT, job("a"))
    with writing(registry.path) as file:
        file.execute("UPDATE jobs SET tags = '{'")

    with pytest.raises(RegistryError, match="move it away"):
        registry.jobs()


def test_a_file_in_which_somebody_writes_for_long_is_waited_for_a_second_and_no_longer(tmp_path: Path) -> None:
    registry = JobRegistry(tmp_path / "jobs.db")
    registry.record(ACCOUNT, job("a"))
    with writing(registry.path), pytest.raises(RegistryError, match="in use by other processes"):
        registry.record(ACCOUNT, job("b"))

    registry.record(ACCOUNT, job("c"))
    assert {one.job_id for one in registry.jobs()} == {"a", "c"}


def test_what_fails_in_the_middle_leaves_nothing_behind(tmp_path: Path) -> None:
    registry = JobRegistry(tmp_path / "jobs.db")
    registry.record(ACCOUNT, job("a"))

    def fail() -> None:
        with writing(registry.path) as file:
            file.execute("DELETE FROM jobs")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert len(registry.jobs()) == 1


def test_several_threads_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    registry, threads = JobRegistry(tmp_path / "jobs.db"), 4
    ready, failures = threading.Barrier(threads), list[BaseException]()

    def write(name: str) -> None:
        ready.wait(30.0)
        try:
            for number in range(10):
                registry.record(ACCOUNT, job(f"{name}-{number}"))
        except BaseException as error:  # noqa: BLE001 - a test looks at all of them
            failures.append(error)

    writers = [threading.Thread(target=write, args=(str(number),)) for number in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60.0)

    assert failures == []
    assert len(registry.jobs(limit=None)) == threads * 10


WRITER = """
import sys
from datetime import UTC, datetime
from quafu_runtime.account import Account
from quafu_runtime.registry import JobRegistry, RegisteredJob

sys.stdin.readline()
for number in range(10):
    job = RegisteredJob(f"{sys.argv[2]}-{number}", datetime.now(UTC))
    JobRegistry(sys.argv[1]).record(Account("t", url="http://127.0.0.1:1"), job)
"""


def test_several_processes_begin_a_file_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    started = [
        subprocess.Popen([sys.executable, "-c", WRITER, path, str(number)], stdin=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        process.communicate(timeout=60.0)

    assert [process.returncode for process in started] == [0, 0, 0]
    assert len(JobRegistry(path).jobs(limit=None)) == 30


def test_without_a_home_the_error_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", no_home)

    with pytest.raises(RegistryError, match="HOME"):
        JobRegistry().jobs()
