"""What a service is started with, and its data folder."""

import os
import stat
from pathlib import Path

import pytest

from quafu_runtime.server.folder import (
    Address,
    FolderInUseError,
    FolderLock,
    announce,
    announced,
    is_held,
    make_private,
    write_private,
)
from quafu_runtime.server.settings import LOOPBACK, Settings
from tests.service_speaker import open_descriptors


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_service_that_was_told_nothing_is_in_the_home_and_on_the_loopback(home: Path) -> None:
    settings = Settings()
    assert settings.data_dir == home / ".quafu" / "runtime"
    assert settings.host == LOOPBACK
    assert settings.max_jobs == len(os.sched_getaffinity(0))


def test_no_jobs_at_once_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        Settings(max_jobs=0)


def test_all_that_is_kept_is_in_the_data_folder(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    kept = [settings.database, settings.owner_token, settings.address_file, settings.lock_file, settings.scratch]
    assert all(path.parent == tmp_path for path in kept)


def test_the_folder_and_its_files_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    make_private(folder)
    write_private(folder / "token", "secret\n")
    assert _mode(folder) == 0o700
    assert _mode(folder / "token") == 0o600
    assert (folder / "token").read_text() == "secret\n"
    assert [path.name for path in folder.iterdir()] == ["token"]


def test_a_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private(tmp_path)
    assert _mode(tmp_path) == 0o700


def test_one_service_holds_a_folder_at_a_time(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert not is_held(settings)
    lock = FolderLock(settings.lock_file)
    assert is_held(settings)
    with pytest.raises(FolderInUseError, match=str(tmp_path)):
        FolderLock(settings.lock_file)
    lock.release()
    assert not is_held(settings)
    FolderLock(settings.lock_file).release()


def test_whoever_looks_whether_a_folder_is_held_leaves_it_free(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    FolderLock(settings.lock_file).release()
    before = open_descriptors()
    assert not any(is_held(settings) for _ in range(20))
    assert open_descriptors() == before


def test_where_a_service_is_reached_is_read_as_it_was_written(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert announced(settings) is None
    address = Address(url="http://127.0.0.1:1", ws_url="ws://127.0.0.1:1", pid=7, runners_url="http://127.0.0.1:2")
    announce(settings, address)
    assert announced(settings) == address


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": "http://x"}'])
def test_a_file_that_does_not_say_where_a_service_is_reached_says_nothing(tmp_path: Path, text: str) -> None:
    settings = Settings(data_dir=tmp_path)
    settings.address_file.write_text(text)
    assert announced(settings) is None
