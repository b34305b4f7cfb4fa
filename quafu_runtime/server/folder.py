"""The data folder of a service: made private, held by one service at a time, and telling where that one is reached.

Standard library and attrs only, like the settings.
"""

import json
import os
import time
from pathlib import Path

from attrs import asdict, frozen

from quafu_runtime.server.runner import holding
from quafu_runtime.server.runner.holding import try_to_hold
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
        runners_url: The base URL at which its runners report; only for them.
    """

    url: str
    ws_url: str
    pid: int
    runners_url: str


class FolderLock:
    """The lock that makes one service the only one of its data folder; it ends with the process at the latest."""

    def __init__(self, path: Path) -> None:
        deadline = time.monotonic() + LOCK_PATIENCE
        while (descriptor := try_to_hold(path)) is None:
            if time.monotonic() > deadline:
                message = f"The data folder {path.parent} is in use by another runtime service."
                raise FolderInUseError(message)
            time.sleep(LOCK_PAUSE)
        self._descriptor = descriptor

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
    return holding.is_held(settings.lock_file)


def announce(settings: Settings, address: Address) -> None:
    """Write down where the service is reached.

    Raises:
        OSError: The file cannot be written.
    """
    write_private(settings.address_file, json.dumps(asdict(address)) + "\n")


def announced(settings: Settings) -> Address | None:
    """Where the last service of this folder said that it is reached; None where none has said so."""
    try:
        fields = json.loads(settings.address_file.read_text(encoding="utf-8"))
        return Address(
            url=str(fields["url"]),
            ws_url=str(fields["ws_url"]),
            pid=int(fields["pid"]),
            runners_url=str(fields.get("runners_url", "")),  # a service of an earlier version says nothing of it
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
