"""The local runtime as users have it: a context manager, or the one service of a data folder."""

import atexit
import contextlib
import http.client
import json
import time
import weakref
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from quafu_runtime.account import Account
from quafu_runtime.errors import LocalRuntimeError
from quafu_runtime.local.process import (
    START_TIMEOUT,
    FolderInUseError,
    Reached,
    start_service,
)
from quafu_runtime.server.folder import announced, is_held
from quafu_runtime.server.settings import Settings, default_data_dir

HEALTH_TIMEOUT = 5.0
"""Seconds for a running service to say that it is there."""

LOOK_AGAIN = 0.05
"""Seconds between two looks at a service that somebody else starts or ends."""


class LocalRuntime:
    """A runtime service on this machine, for as long as the block runs: no account, no Docker, no network.

    The service is a process of its own. It ends with this Python process at the latest, however that ends.

    Args:
        data_dir: The folder that keeps programs, jobs and results; a temporary one, deleted at the end, by default.
        max_jobs: How many jobs run at once; as many as there are cores by default.

    Example:
        >>> from quafu_runtime import LocalRuntime, RuntimeService  # doctest: +SKIP
        >>> with LocalRuntime() as runtime:  # doctest: +SKIP
        ...     service = RuntimeService(runtime.account)
    """

    def __init__(self, data_dir: str | Path | None = None, *, max_jobs: int | None = None) -> None:
        self._data_dir = None if data_dir is None else _absolute(data_dir)
        self._max_jobs = max_jobs
        self._reached: Reached | None = None
        self._end: weakref.finalize[[], Self] | None = None

    def start(self) -> Self:
        """Start the service, and return when it can be used. Does nothing where it runs.

        Raises:
            LocalRuntimeError: The extra `local` is not installed, another service holds the folder, or the service
                does not come up; its own words are in the message.
        """
        if self._reached is None:
            service = start_service(self._data_dir, self._max_jobs)
            self._reached = service.reached
            self._end = weakref.finalize(self, service.end)
        return self

    def close(self) -> None:
        """End the service, and return when nothing of it is left. Does nothing where it does not run.

        A service that was running before, and to which `attach_or_start` attached, goes on.
        """
        self._reached = None
        if self._end is not None:
            self._end()

    @property
    def account(self) -> Account:
        """The account of the service's owner.

        Raises:
            LocalRuntimeError: The service is not running.
        """
        reached = self._running()
        return Account(reached.token, url=reached.url, ws_url=reached.ws_url)

    @property
    def url(self) -> str:
        """The base URL of the service for HTTP.

        Raises:
            LocalRuntimeError: The service is not running.
        """
        return self._running().url

    @property
    def ws_url(self) -> str:
        """The URL of the service for interim results.

        Raises:
            LocalRuntimeError: The service is not running.
        """
        return self._running().ws_url

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"LocalRuntime({'not running' if self._reached is None else self._reached.url})"

    @classmethod
    def _reaching(cls, settings: Settings, reached: Reached) -> Self:
        runtime = cls(settings.data_dir)
        runtime._reached = reached
        return runtime

    def _running(self) -> Reached:
        if self._reached is None:
            message = "The local runtime is not running. Use it as `with LocalRuntime() as runtime:`, or call start()."
            raise LocalRuntimeError(message)
        return self._reached


def attach_or_start(data_dir: str | Path | None = None, *, keep: bool = False) -> LocalRuntime:
    """The local runtime of a data folder: the one that runs, or else a new one.

    Args:
        data_dir: The folder; `~/.quafu/runtime` by default.
        keep: Whether a service that is started here goes on after this Python process. Otherwise it ends with it.

    Returns:
        The runtime. Closing it ends no service: neither one that ran before, nor the one that this process keeps for
        its later calls.

    Raises:
        LocalRuntimeError: As `LocalRuntime.start` does.
    """
    settings = Settings(data_dir=_absolute(data_dir or default_data_dir()))
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        reached = _found(settings) if is_held(settings) else _started(settings, keep=keep)
        if reached is not None:
            return LocalRuntime._reaching(settings, reached)  # noqa: SLF001 - made for this function
        time.sleep(LOOK_AGAIN)
    message = f"A runtime service holds the folder {settings.data_dir}, and does not answer."
    raise LocalRuntimeError(message)


def _started(settings: Settings, *, keep: bool) -> Reached | None:
    """Start a service; None where somebody else was faster, and theirs is the one to use."""
    try:
        service = start_service(settings.data_dir, None, keep=keep)
    except FolderInUseError:
        return None
    if not keep:
        atexit.register(service.end)
    return service.reached


def _found(settings: Settings) -> Reached | None:
    """The service that holds the folder; None while it is coming up or ending."""
    address = announced(settings)
    if address is None or not _answers(address.url):
        return None
    with contextlib.suppress(FileNotFoundError):
        token = settings.owner_token.read_text(encoding="utf-8").strip()
        return Reached(url=address.url, ws_url=address.ws_url, token=token)
    return None


def _answers(url: str) -> bool:
    """Whether a runtime service answers there."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=HEALTH_TIMEOUT)
    try:
        connection.request("GET", "/healthz")
        health: Any = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return isinstance(health, dict) and health.get("status") == "ok" and "version" in health


def _absolute(folder: str | Path) -> Path:
    return Path(folder).expanduser().absolute()
