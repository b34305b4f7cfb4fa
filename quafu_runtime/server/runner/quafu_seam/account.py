"""The account file that a job finds in its home: enough for `User()`, and no real token."""

import json
import os
from contextlib import ExitStack
from pathlib import Path

from quafu_runtime.server.runner.quafu_seam.replacing import replace

_CONTENT = json.dumps({"token": "local-runtime", "url": "https://local-runtime.invalid/"})


def write_account(home: Path) -> None:
    """Write `.quafu/api`, for its owner alone.

    Args:
        home: The job's own folder.

    Raises:
        FileExistsError: Another account is there already: this is no job's home, and nothing is overwritten.
    """
    folder = home / ".quafu"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "api"
    if path.exists() and path.read_text(encoding="utf-8") == _CONTENT:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_CONTENT)


def stand_in(home: Path, undo: ExitStack) -> None:
    """Let pyquafu find its account in a folder that is not HOME.

    Args:
        home: The folder, empty.
        undo: Takes it back when it is closed, with what the account file sets for the whole process.
    """
    from quafu import User
    from quafu.users import userapi

    write_account(home)
    replace(userapi, "get_homedir", lambda: str(home), undo)
    for name in User.list_configurable_attributes():
        replace(User, name, getattr(User, name), undo)
    replace(User, "backend_type", "quafu", undo)  # another one is of the account that this process has read before
