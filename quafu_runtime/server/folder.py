"""The data folder of a service: made private, held by one service at a time, and telling where that one is reached.

Standard library and attrs only, like the settings.
"""

import fcntl
import json
import os
import time
from pathlib import Path

from attrs import frozen

from quafu_runtime.server.settings import Settings

PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
LOCK_PATIENCE = 0.5
"""Seconds for which a lock is tried: whoever only looks whether it is held, holds it for some microseconds."""
LOCK_PAUSE = 0.02
"""Seconds between two tries."""


class FolderInUseError(Exception):
    """Another service holds the data folder."""


@frozen
class Address:
    """Where a service is reached.

    Attributes:
        url: The base URL for HTTP.
        ws_url: The base URL for WebSocket.
        pid: The process of the service.
    """

    url: str
    ws_url: str
    pid: int


class FolderLock:
    """The lock that makes one service the only one of its data folder; it ends with the process at the latest."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
        deadline = time.monotonic() + LOCK_PATIENCE
        while not self._taken():
            if time.monotonic() > deadline:
                os.close(self._descriptor)
                message = f"The data folder {path.parent} is in use by another runtime service."
                raise FolderInUseError(message)
            time.sleep(LOCK_PAUSE)

    def _taken(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        """Let another service have the folder."""
        os.close(self._descriptor)


def make_private(folder: Path) -> None:
    """Make the folder if it is not there, and close it to other users of the machine.

    Raises:
        OSError: The folder cannot be made, or is not ours to close.
    """
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    folder.chmod(PRIVATE_FOLDER)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step, so that no reader finds half of it.

    Raises:
        OSError: The file cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, PRIVATE_FILE)
    with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, not a path
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    beside.replace(path)


def is_held(settings: Settings) -> bool:
    """Whether a running service holds the data folder."""
    try:
        descriptor = os.open(settings.lock_file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # A shared lock, so that two processes that look at the same moment do not take each other for a service.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def announce(settings: Settings, address: Address) -> None:
    """Write down where the service is reached.

    Raises:
        OSError: The file cannot be written.
    """
    text = json.dumps({"url": address.url, "ws_url": address.ws_url, "pid": address.pid})
    write_private(settings.address_file, text + "\n")


def announced(settings: Settings) -> Address | None:
    """Where the last service of this folder said that it is reached; None where none has said so."""
    try:
        fields = json.loads(settings.address_file.read_text(encoding="utf-8"))
        return Address(url=str(fields["url"]), ws_url=str(fields["ws_url"]), pid=int(fields["pid"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
