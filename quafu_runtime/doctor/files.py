"""The files that this package keeps: whose they are, who may read them, and whether they can be read at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from quafu_runtime._client.recording import VARIABLE, registry_for
from quafu_runtime.account.file import account_path, read_document
from quafu_runtime.account.profiles import profile_names
from quafu_runtime.doctor.finding import Finding, fail, ok, warn
from quafu_runtime.errors import AccountError


def of_files() -> Iterator[Finding]:
    """Look at the account file, its folder and the registry of jobs."""
    try:
        path = account_path()
    except AccountError as error:
        yield fail("account file", error.message, "set the variable HOME to your home folder")
        return
    if path.parent.exists():
        yield _folder("folder", path.parent)
    yield _account_file(path)
    yield _registry()


def _account_file(path: Path) -> Finding:
    check = "account file"
    if path.is_symlink():
        message = f"{path} is a symbolic link to {path.readlink()}: an account is never saved through one."
        return fail(check, message, "put the file itself in the place of the link")
    if not path.exists():
        return ok(check, f"There is no {path}: no account is saved.")
    finding = _private_file(check, path)
    if finding is not None:
        return finding
    try:
        names = profile_names(read_document())
    except AccountError as error:
        return fail(check, error.message, f"mend {path}, or move it away and log in again: quafu-runtime login")
    return ok(check, f"{path} is yours alone; saved profiles: {', '.join(names) or 'none'}.")


def _registry() -> Finding:
    registry = registry_for(None)
    if registry is None:
        return ok("registry", f"{VARIABLE} is off: jobs are not written down.")
    path = registry.path
    if not path.exists():
        return ok("registry", f"There is no {path} yet: it is made with the first job.")
    return _private_file("registry", path) or ok("registry", f"{path} is yours alone.")


def _folder(check: str, folder: Path) -> Finding:
    status = folder.stat()
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid != os.geteuid():
        remedy = f"make it yours: sudo chown $(id -u) {folder}"
        return fail(check, f"{folder} belongs to user {status.st_uid}, not to you.", remedy)
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        message = f"Others may write to {folder} (mode {mode:04o}), and so put an account of theirs in place of yours."
        return fail(check, message, f"chmod 700 {folder}")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return warn(check, f"Others may look into {folder} (mode {mode:04o}).", f"chmod 700 {folder}")
    return ok(check, f"{folder} is yours alone.")


def _private_file(check: str, path: Path) -> Finding | None:
    """What is wrong with a file that should be its owner's alone, or None."""
    status = path.stat()
    mode = stat.S_IMODE(status.st_mode)
    if not stat.S_ISREG(status.st_mode):
        return fail(check, f"{path} is not a regular file.", "move it away")
    if status.st_uid != os.geteuid():
        remedy = f"make it yours: sudo chown $(id -u) {path}"
        return fail(check, f"{path} belongs to user {status.st_uid}, not to you.", remedy)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = f"Others on this machine may read {path} (mode {mode:04o})."
        return fail(check, message, f"chmod 600 {path}")
    return None
