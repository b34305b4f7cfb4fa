"""A job's own folder: made for it, and gone with it."""

import contextlib
import os
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
    shutil.rmtree(home, ignore_errors=True)
    if not home.exists():
        return
    _open_folders(home)
    shutil.rmtree(home, ignore_errors=True)


def box_folder(above: Path, runner: int) -> Path:
    """The folder of a box that waits for its job, and with it for its name.

    Args:
        above: The folder of the jobs' folders.
        runner: The process that has started the box.
    """
    return above / f"{_BOX}{runner}"


def _open_folders(home: Path) -> None:
    """Take back the rights to folders that a program has taken from itself, as an unpacked archive does."""
    with contextlib.suppress(OSError):
        home.chmod(_PRIVATE)
        for above, names, _files in os.walk(home):
            for folder in (Path(above, name) for name in names):
                if not folder.is_symlink():
                    folder.chmod(_PRIVATE)
