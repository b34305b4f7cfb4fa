"""The way into a box: bubblewrap, which gives a program a file system and process numbers of its own.

What runs in the box cannot be forked, as other programs are: it is a fresh interpreter, `boxed`, started ahead.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.visible import HARDWARE, MATPLOTLIB, SETTINGS, SYSTEM, python_folders

BWRAP = "bwrap"

HOME = Path("/home/program")
"""The program's own folder, as the program sees it."""

UP = b"\x06"
"""What is said on the channel from within as soon as the box is there: from then on its folder may be renamed."""

_MATPLOTLIB = Path("/run/matplotlib")
_MATPLOTLIB_BYTES = 16 * 1024**2
_SHARED_MEMORY_BYTES = 1024**3
"""The most that programs may put into shared memory that nobody has in use, unless they are held to less in all."""

_APART = ("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")


def bwrap_command(folder: Path, confinement: Confinement, inside: Sequence[str]) -> list[str]:
    """The command that runs another one in a box.

    Args:
        folder: What will be the program's own folder.
        confinement: What the program is held to.
        inside: The command to run there.

    Returns:
        The words of the command.
    """
    words = [shutil.which(BWRAP) or BWRAP, *_APART, *([] if confinement.network else ["--unshare-net"])]
    words += ["--uid", str(os.getuid()), "--gid", str(os.getgid()), "--hostname", "program"]
    words += ["--cap-drop", "ALL", "--die-with-parent"]
    shared = min(confinement.memory or _SHARED_MEMORY_BYTES, _SHARED_MEMORY_BYTES)
    words += ["--proc", "/proc", "--dev", "/dev", "--size", str(shared)]
    words += ["--tmpfs", "/dev/shm", "--dir", "/tmp", *_readable(), *_matplotlib()]  # noqa: S108 - within the box
    words += ["--bind", str(folder), str(HOME), "--chdir", str(HOME)]
    # Not all that the kernel lets root write there is a right that can be given up.
    words += ["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"]
    return [*words, "--setenv", "HOME", str(HOME), "--", *inside]


def python_command(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of this package, in the box or outside.

    Args:
        module: The module.
        arguments: Its arguments.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def _readable() -> Iterable[str]:
    for path in SYSTEM:
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), str(path))
        elif path.exists():
            yield from ("--ro-bind", str(path), str(path))
    for path in (*SETTINGS, *HARDWARE, *python_folders()):
        yield from ("--ro-bind-try", str(path), str(path))


def _matplotlib() -> Iterable[str]:
    """What matplotlib has found out about fonts, in a folder to which more can be added, for as long as the box is."""
    place = str(_MATPLOTLIB)
    yield from ("--dir", "/run", "--size", str(_MATPLOTLIB_BYTES), "--tmpfs", place, "--setenv", MATPLOTLIB, place)
    for found in Path(os.environ[MATPLOTLIB]).glob("fontlist-*.json"):
        yield from ("--ro-bind-try", str(found), str(_MATPLOTLIB / found.name))
