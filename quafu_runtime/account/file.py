"""The account file, `~/.quafu/api`: read in both of its forms, changed under a lock, replaced in one step.

The file is shared with the pyquafu SDK. It is JSON, or the SDK's older text: the token on the first line, and the URL
of the quantum backend on the second, which may be missing. A file that can be read in neither form is never written.
Whatever stands in the file and is not ours is kept.

The file has the mode 0600. Its folder gets the mode 0700, also where the SDK made it with another one, unless the
folder is a symbolic link: then it may be shared on purpose. Where others may write to the folder, nothing is read from
it or written to it, since they could put an account of theirs in the place of this one.
"""

import fcntl
import json
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from quafu_runtime.account.folders import complaint_about
from quafu_runtime.errors import AccountError

_LARGEST_FILE = 2**20
"""Bytes: an account file has a few hundred, and what is larger is something else."""

_TEXT_LINES = 2
_BEGINNING = ".api-"
"""How the name of a file begins that is being written."""


def account_path() -> Path:
    """Where the account file is.

    Raises:
        AccountError: There is no home folder.
    """
    try:
        return Path.home() / ".quafu" / "api"
    except RuntimeError:
        message = "There is no home folder to keep an account in: set the environment variable HOME."
        raise AccountError(message) from None


def read_document() -> dict[str, Any]:
    """What the account file says, or an empty document where there is no file.

    Raises:
        AccountError: The file cannot be read, or is neither JSON nor the SDK's older text.
    """
    path = account_path()
    try:
        with open(path, "rb", opener=_without_waiting) as file:
            _see_whose(path, os.fstat(file.fileno()))
            data = file.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        _fail(path, f"cannot be read ({error.strerror}): change that, or move it away")
    if len(data) > _LARGEST_FILE:
        _fail(path, f"is larger than {_LARGEST_FILE:,} bytes, and so is no account file: move it away")
    return _parse(path, data)


def change_document(change: Callable[[dict[str, Any]], None]) -> None:
    """Change the account file: nothing that another process writes at the same time is lost.

    Args:
        change: Is given the document as it stands in the file, and changes it.

    Raises:
        AccountError: The file cannot be read or written, is broken, or is a symbolic link.
    """
    path = account_path()
    try:
        _make_folder(path.parent)
        with _lock(path.with_name("api.lock")):
            if path.is_symlink():
                # Writing through a link could reach a file that others read, replacing it would break the link.
                _fail(path, f"is a symbolic link to {path.readlink()}: put the file itself in its place")
            _clear_away(path.parent)
            document = read_document()
            change(document)
            if document:
                _replace(path, json.dumps(document, indent=2) + "\n")
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        where = error.filename or path
        _fail(path, f"cannot be written ({where}: {error.strerror}): see to the folder's permissions and space")


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe that somebody has put in its place would else wait for a writer."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


def _see_whose(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        _fail(path, "is not a regular file: move it away")
    if status.st_uid not in {os.geteuid(), 0}:
        _fail(path, "belongs to another user: move it away")
    complaint = complaint_about(path.parent)
    if complaint is not None:
        _fail(path, complaint)


def _parse(path: Path, data: bytes) -> dict[str, Any]:
    # Errors are raised outside of the except blocks: a JSONDecodeError has the whole file in it, token included.
    line = 0
    text = ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
    if line:
        _fail(path, f"is broken: line {line} is not UTF-8. {_WAY_OUT}")
    return _parse_json(path, text) if text.lstrip().startswith(("{", "[")) else _parse_text(path, text)


_WAY_OUT = "Mend it, or move it away and save the token again; it was left as it is"


def _parse_json(path: Path, text: str) -> dict[str, Any]:
    complaint = ""
    document: object = None
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        complaint = f"line {error.lineno}, column {error.colno}: {error.msg}"
    except (ValueError, RecursionError):
        complaint = "line 1: it has a number too long, or is nested too deep"
    if not complaint and not isinstance(document, dict):
        complaint = "line 1: it is a list, where an object should be"
    if complaint or not isinstance(document, dict):
        _fail(path, f"is broken: {complaint}. {_WAY_OUT}")
    return document


def _parse_text(path: Path, text: str) -> dict[str, Any]:
    lines = [line.strip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return {}
    if not lines[0] or " " in lines[0] or "<" in lines[0]:
        _fail(path, f"is broken: line 1 is neither JSON nor a token. {_WAY_OUT}")
    if len(lines) > _TEXT_LINES:
        _fail(path, f"is broken: line {_TEXT_LINES + 1} follows the token and the URL. {_WAY_OUT}")
    return dict(zip(("token", "url"), lines, strict=False))


def _make_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) != stat.S_IRWXU:
        folder.chmod(stat.S_IRWXU)
    complaint = complaint_about(folder, others=stat.S_IWGRP | stat.S_IWOTH)
    if complaint is not None:
        _fail(folder / "api", complaint)


def _clear_away(folder: Path) -> None:
    """Remove what a writer left that was killed: whoever holds the lock is the only one."""
    for left in list(folder.glob(f"{_BEGINNING}*")):
        left.unlink(missing_ok=True)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=_BEGINNING, dir=path.parent)  # with the mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fail(path: Path, complaint: str) -> NoReturn:
    message = f"The account file {path} {complaint}."
    raise AccountError(message) from None
