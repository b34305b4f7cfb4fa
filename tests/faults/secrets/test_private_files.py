"""Files with something private in them: for their owner alone, whole or not at all, and never through a link."""

import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from quafu_runtime import Account, AccountError, BundleError, JobRegistry, RegistryError, TraceWarning
from quafu_runtime._client.tracing.trace import Trace
from quafu_runtime.account.folders import complaint_about
from quafu_runtime.bundle.archive import see_that_it_is_free, write_archive
from quafu_runtime.registry import RegisteredJob

TOKEN = "token-in-a-private-file"
ACCOUNT = Account(TOKEN, url="http://127.0.0.1:1")
OLD = {"token": "the-old-one", "quafu_runtime": {"profiles": {"lab": {"token": "of-the-lab"}}}}
WRITERS = 4


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


@pytest.fixture
def path(home: Path) -> Path:
    (home / ".quafu").mkdir(mode=0o700)
    return home / ".quafu" / "api"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def save(path: Path) -> None:
    assert path == Path.home() / ".quafu" / "api"
    ACCOUNT.save()


def record(path: Path) -> None:
    JobRegistry(path).record(ACCOUNT, RegisteredJob(job_id="a", submitted_at=datetime.now(UTC)))


def trace(path: Path) -> None:
    Trace(str(path)).write("request")


def bundle(path: Path) -> None:
    see_that_it_is_free(path, overwrite=True)
    write_archive(path, {}, {"logs.txt": b"private"}, overwrite=True)


Write = Callable[[Path], None]
WRITES: dict[str, Write] = {"account": save, "registry": record, "trace": trace, "bundle": bundle}
REFUSALS = (AccountError, RegistryError, TraceWarning, BundleError)
KINDS = pytest.mark.parametrize("kind", WRITES)


def place(kind: str, home: Path, tmp_path: Path) -> Path:
    (home / ".quafu").mkdir(mode=0o700, exist_ok=True)
    return home / ".quafu" / "api" if kind == "account" else tmp_path / "file"


@KINDS
@pytest.mark.usefixtures("umask")
def test_a_file_is_its_owners_alone_also_where_new_files_are_everybodys(kind: str, home: Path, tmp_path: Path) -> None:
    path = place(kind, home, tmp_path)

    WRITES[kind](path)

    assert mode(path) == 0o600
    assert [one.name for one in path.parent.iterdir() if mode(one) & 0o077 and one.is_file()] == []


@KINDS
def test_nothing_is_written_through_a_symbolic_link(kind: str, home: Path, tmp_path: Path) -> None:
    path, elsewhere = place(kind, home, tmp_path), tmp_path / "elsewhere"
    elsewhere.write_text(json.dumps(OLD))
    path.symlink_to(elsewhere)

    refused = attempt(kind, path)

    assert json.loads(elsewhere.read_text()) == OLD
    assert (refused, path.is_symlink()) == ((True, True) if kind != "bundle" else (False, False))  # it takes its place


@KINDS
def test_nothing_is_written_into_a_file_that_has_a_second_name(kind: str, home: Path, tmp_path: Path) -> None:
    path, elsewhere = place(kind, home, tmp_path), tmp_path / "elsewhere"
    elsewhere.write_text("{}" if kind == "account" else "")
    path.hardlink_to(elsewhere)

    refused = attempt(kind, path)

    assert elsewhere.read_text() == ("{}" if kind == "account" else "")
    assert refused or not path.samefile(elsewhere)


@KINDS
def test_a_pipe_in_the_place_of_a_file_holds_nobody(kind: str, home: Path, tmp_path: Path) -> None:
    path = place(kind, home, tmp_path)
    os.mkfifo(path)
    over, held = threading.Event(), threading.Event()

    def release() -> None:
        if not over.wait(10.0):
            held.set()
            os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK))

    thread = threading.Thread(target=release)
    thread.start()
    refused = attempt(kind, path)
    over.set()
    thread.join()

    assert refused or path.is_file()
    assert not held.is_set()


@KINDS
def test_a_folder_in_the_place_of_a_file_is_an_error_that_says_so(kind: str, home: Path, tmp_path: Path) -> None:
    path = place(kind, home, tmp_path)
    path.mkdir()

    assert attempt(kind, path)
    assert path.is_dir()


@KINDS
def test_nothing_is_written_where_others_may_put_files_of_theirs(kind: str, home: Path, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    path = shared / "file"
    if kind == "account":
        (home / ".quafu").symlink_to(shared)
        path = home / ".quafu" / "api"

    with pytest.raises(REFUSALS, match="others may write") if kind != "trace" else pytest.warns(TraceWarning):
        WRITES[kind](path)

    assert [one.name for one in shared.iterdir() if one.stat().st_size] == []
    shared.chmod(0o1777)  # each may only remove their own
    if kind != "account":
        WRITES[kind](path)
        assert mode(path) == 0o600


def test_an_account_that_others_may_have_put_there_is_not_read(home: Path, path: Path) -> None:
    path.write_text(json.dumps(OLD))
    path.parent.chmod(0o777)

    with pytest.raises(AccountError, match="others may write"):
        Account().get_token()

    path.parent.chmod(0o775)  # the group of a user alone, as many systems have it
    assert Account().get_token() == "the-old-one"
    assert home.is_dir()


def test_a_link_or_a_folder_of_somebody_else_is_not_trusted(tmp_path: Path) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    folder.mkdir()
    link.symlink_to(folder)
    somebody = os.geteuid() + 1

    assert complaint_about(folder) is None
    assert complaint_about(link) is None
    assert "belongs to another user" in str(complaint_about(folder, me=somebody))
    assert "a symbolic link that another user made" in str(complaint_about(link, me=somebody))


def test_a_registry_does_not_take_back_what_the_journal_of_somebody_else_says(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    record(path)
    (tmp_path / "jobs.db-journal").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(RegistryError, match="symbolic link"):
        record(path)

    assert not (tmp_path / "elsewhere").exists()


SAVE = """
    import os, signal
    from quafu_runtime import Account

    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    {fault}
    Account("the-new-one", url="http://127.0.0.1:1", profile="new").save()
"""
FAULTS = {
    "before a byte is written": "os.fdopen = die",
    "before it is on the disk": "os.fsync = die",
    "before it takes its place": "from pathlib import Path; Path.replace = die",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_process_that_is_killed_while_it_writes_leaves_the_old_account(path: Path, fault: str) -> None:
    path.write_text(json.dumps(OLD))

    killed = run(SAVE.format(fault=FAULTS[fault]))

    assert killed.returncode == -signal.SIGKILL
    assert json.loads(path.read_text()) == OLD
    Account("later", url="http://127.0.0.1:1", profile="lab").save()
    assert sorted(one.name for one in path.parent.iterdir()) == ["api", "api.lock"]
    assert Account.profiles() == ["default", "lab"]


def test_a_process_that_is_killed_right_after_leaves_the_new_account(path: Path) -> None:
    path.write_text(json.dumps(OLD))
    fault = "from pathlib import Path; put = Path.replace; Path.replace = lambda *to: (put(*to), die())"

    assert run(SAVE.format(fault=fault)).returncode == -signal.SIGKILL

    assert Account.profiles() == ["default", "lab", "new"]


def test_writers_at_the_same_time_lose_nothing(path: Path) -> None:
    path.write_text(json.dumps(OLD))
    program = textwrap.dedent("""
        import sys
        from quafu_runtime import Account
        for number in range(10):
            Account("t", url="http://127.0.0.1:1", profile=f"{sys.argv[1]}-{number}").save()
    """)
    writers = [subprocess.Popen([sys.executable, "-c", program, str(one)]) for one in range(WRITERS)]

    assert [writer.wait(60) for writer in writers] == [0] * WRITERS

    assert len(Account.profiles()) == 2 + 10 * WRITERS
    assert mode(path) == 0o600


def test_a_bundle_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "job.zip"
    bundle(path)
    before = path.read_bytes()
    program = """
        import os, signal
        from pathlib import Path
        from quafu_runtime.bundle.archive import write_archive
        os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        write_archive(Path({path!r}), {{}}, {{"logs.txt": b"new"}}, overwrite=True)
    """

    assert run(program.format(path=str(path))).returncode == -signal.SIGKILL

    assert path.read_bytes() == before
    with zipfile.ZipFile(path) as archive:
        assert archive.read("logs.txt") == b"private"


def attempt(kind: str, path: Path) -> bool:
    """Write, and tell whether that was refused."""
    if kind == "trace":
        with pytest.warns(TraceWarning):
            WRITES[kind](path)
        return True
    try:
        WRITES[kind](path)
    except REFUSALS:
        return True
    return False


def run(program: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run([sys.executable, "-c", textwrap.dedent(program)], timeout=60, check=False)
