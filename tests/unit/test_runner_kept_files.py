"""How much a program keeps in files, and how its folder is deleted."""

import os
import subprocess
from pathlib import Path

import pytest

from quafu_runtime.server.runner.folder import remove_home
from quafu_runtime.server.runner.kept_files import AT_ONCE, SMALLEST, Kept, KeptFiles, TooDeepError

MEBIBYTE = 2**20


def kept(home: Path, pids: list[int] | None = None) -> Kept:
    files = KeptFiles(home)
    while (found := files.step(pids or [])) is None:
        pass
    return found


def deepen(home: Path, depth: int, name: str = "folder") -> None:
    """Folders within each other, deeper than a path can name."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(home)
        for _ in range(depth):
            os.mkdir(name)  # noqa: PTH102 - a path would be too long
            os.chdir(name)
    finally:
        os.fchdir(here)
        os.close(here)


def test_files_count_what_they_take(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * MEBIBYTE)
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(100 * MEBIBYTE)
    found = kept(tmp_path).on_disk
    assert MEBIBYTE + SMALLEST <= found < 2 * MEBIBYTE


def test_a_file_of_two_names_counts_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * MEBIBYTE)
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    (tmp_path / "elsewhere").symlink_to("/")
    assert kept(tmp_path).on_disk < MEBIBYTE + 10 * SMALLEST


def test_every_entry_counts_and_a_step_looks_at_some(tmp_path: Path) -> None:
    for number in range(AT_ONCE + 10):
        (tmp_path / str(number)).touch()
    files = KeptFiles(tmp_path)
    assert files.step([]) is None
    assert files.so_far.on_disk == AT_ONCE * SMALLEST
    assert files.step([]) == Kept((AT_ONCE + 10) * SMALLEST)


def test_files_without_a_name_count_while_they_are_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.write(b"x" * MEBIBYTE)
        file.flush()
        (tmp_path / "file").unlink()
        assert kept(tmp_path, [os.getpid(), os.getpid()]).on_disk == MEBIBYTE
    assert kept(tmp_path, [os.getpid()]).on_disk == 0


def test_files_that_are_memory_count_as_memory(tmp_path: Path) -> None:
    before = kept(tmp_path, [os.getpid()]).in_memory
    number = os.memfd_create("kept")
    os.posix_fallocate(number, 0, MEBIBYTE)
    assert kept(tmp_path, [os.getpid()]).in_memory - before == MEBIBYTE
    os.close(number)


def test_a_folder_that_is_gone_or_of_somebody_else_holds_nothing(tmp_path: Path) -> None:
    assert kept(tmp_path / "gone", [2**30]) == Kept()


def test_a_folder_deeper_than_a_path_can_name_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    deepen(home, 1200)
    try:
        with pytest.raises(TooDeepError):
            kept(home)
        remove_home(home)
        assert not list(tmp_path.iterdir())
    finally:
        subprocess.run(["rm", "-rf", str(home)], check=True)  # what pytest deletes itself may not be so deep


def test_a_folder_is_deleted_with_folders_that_are_closed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "a" / "b").mkdir(parents=True)
    (home / "a" / "b" / "file").touch()
    (home / "a" / "link").symlink_to("/")
    for folder in (home / "a" / "b", home / "a", home):
        folder.chmod(0)
    remove_home(home)
    assert not list(tmp_path.iterdir())


def test_what_a_link_in_the_place_of_a_folder_points_to_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").touch()
    (tmp_path / "home").symlink_to(tmp_path / "precious")
    remove_home(tmp_path / "home")
    assert [path.name for path in tmp_path.rglob("*")] == ["precious", "file"]
