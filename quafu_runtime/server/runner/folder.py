"""A job's own folder: made for it, and gone with it."""

import contextlib
import itertools
import shutil
from pathlib import Path

_PRIVATE = 0o700
_BOX = ".box-"


def make_home(home: Path) -> None:
    """Make a job's folder, empty and closed to other users.

    Args:
        home: Where; what an earlier attempt of the same number has left there is deleted.

    Raises:
        OSError: It cannot be made.
    """
    remove_home(home)
    home.mkdir(mode=_PRIVATE)


def remove_home(home: Path) -> None:
    """Delete a job's folder with all that is in it, as far as the system allows.

    Args:
        home: The folder; it need not be there.
    """
    if home.is_symlink():  # a program has put it there
        home.unlink()
    with contextlib.suppress(RecursionError):
        shutil.rmtree(home, ignore_errors=True)
    if home.exists():
        _take_apart(home)


def box_folder(above: Path, runner: int) -> Path:
    """The folder of a box that waits for its job, and with it for its name.

    Args:
        above: The folder of the jobs' folders.
        runner: The process that has started the box.
    """
    return above / f"{_BOX}{runner}"


def _take_apart(home: Path) -> None:
    """Delete a folder in which folders are closed, or lie deeper within each other than a path can name."""
    heap = home.with_name(f"{home.name}.heap")
    numbers = itertools.count()
    with contextlib.suppress(OSError):
        heap.mkdir(_PRIVATE)
    waiting = [home]
    while waiting:
        folder = waiting.pop()
        with contextlib.suppress(OSError):
            folder.chmod(_PRIVATE)
            for entry in list(folder.iterdir()):
                # A folder is moved up before it is looked into, so that nothing is ever deep.
                with contextlib.suppress(OSError):
                    if entry.is_dir() and not entry.is_symlink():
                        waiting.append(_moved(entry, heap / str(next(numbers))))
                    else:
                        entry.unlink()
            folder.rmdir()
    with contextlib.suppress(OSError):
        heap.rmdir()


def _moved(folder: Path, place: Path) -> Path:
    with contextlib.suppress(OSError):
        folder.chmod(_PRIVATE)  # a folder that cannot be written to cannot be moved either
    return folder.rename(place)
