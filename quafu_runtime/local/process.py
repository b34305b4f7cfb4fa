"""Starts a runtime service as a process, and ends it with this one.

The service holds the other end of a pipe of this process, its lifeline: however this process ends, the pipe ends, and
with it the service and everything that the service has started.
"""

import contextlib
import importlib.util
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import weakref
from pathlib import Path

from attrs import field, frozen

from quafu_runtime.account.environment import TOKEN_VARIABLE
from quafu_runtime.errors import LocalRuntimeError
from quafu_runtime.server.folder import PRIVATE_FILE, make_private
from quafu_runtime.server.settings import ALREADY_RUNNING, Settings

START_TIMEOUT = 60.0
"""Seconds for a service to come up: a second on a fast machine, far more on one that is busy."""

CLOSE_TIMEOUT = 20.0
"""Seconds for a service to end by itself, before it is killed."""

ENDING = 5.0
"""Seconds from the service's last word to its end."""

SHOWN_OF_LOG = 4000
"""Bytes of the service's last words that an error shows."""

ONE_READ = 4096

NEEDED = ("alembic", "jsonschema", "quafu", "sqlalchemy", "starlette", "uvicorn")
"""What the service and its jobs import, and the client does not have."""


class FolderInUseError(LocalRuntimeError):
    """Another service holds the data folder."""


@frozen
class Reached:
    """How a running service is reached, and with which token."""

    url: str
    ws_url: str
    token: str = field(repr=False)


class ServiceProcess:
    """A service that this process has started, with the pipe that keeps it alive.

    Args:
        process: The service.
        lifeline: Our end of the pipe; None for a service that outlives this process.
        temporary: The folder that is deleted with the service, or None.
        reached: How it is reached.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", lifeline: int | None, temporary: Path | None, reached: Reached
    ) -> None:
        self._process = process
        self._lifeline = lifeline
        self._temporary = temporary
        self.reached = reached
        if lifeline is None:
            _let_be(process)
        else:
            _ours.add(self)

    def end(self) -> None:
        """End the service, and return when nothing of it is left. Does nothing for one that outlives this process."""
        if self._lifeline is None:
            return
        os.close(self._lifeline)
        self._lifeline = None
        _wait_for_end(self._process)
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def disown(self) -> None:
        """Leave the service to the parent, in a forked child: its life must not hang on this process."""
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
            _let_be(self._process)


_ours: "weakref.WeakSet[ServiceProcess]" = weakref.WeakSet()


def _disown_all() -> None:
    for service in list(_ours):
        service.disown()


os.register_at_fork(after_in_child=_disown_all)


def start_service(data_dir: Path | None, max_jobs: int | None, *, keep: bool = False) -> ServiceProcess:
    """Start a service on a free port, and return when it can be used.

    Args:
        data_dir: Its data folder; None for a temporary one that is deleted with it.
        max_jobs: How many jobs run at once; None for as many as there are cores.
        keep: Whether it outlives this process.

    Returns:
        The service.

    Raises:
        FolderInUseError: Another service holds the folder.
        LocalRuntimeError: The extra `local` is not installed, or the service does not come up.
    """
    _require_extra()
    if max_jobs is not None and max_jobs < 1:
        message = f"max_jobs is the number of jobs that run at once, at least 1, not {max_jobs}."
        raise LocalRuntimeError(message)
    with contextlib.ExitStack() as on_failure:
        temporary = None
        if data_dir is None:
            temporary = Path(tempfile.mkdtemp(prefix="quafu-runtime-"))
            on_failure.callback(shutil.rmtree, temporary, ignore_errors=True)
        settings = Settings(data_dir=temporary or data_dir or Path())
        try:
            make_private(settings.data_dir)
            service = _launch(settings, max_jobs, temporary, keep=keep)
        except OSError as error:
            message = f"The local runtime cannot be started in the folder {settings.data_dir}: {error}"
            raise LocalRuntimeError(message) from error
        on_failure.pop_all()
        return service


def _launch(settings: Settings, max_jobs: int | None, temporary: Path | None, *, keep: bool) -> ServiceProcess:
    with contextlib.ExitStack() as always, contextlib.ExitStack() as on_failure:
        log = os.open(settings.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, PRIVATE_FILE)
        always.callback(os.close, log)
        said_before = os.fstat(log).st_size
        ready, services_ready = os.pipe()
        always.callback(os.close, ready)
        inherited = [services_ready]
        lifeline = None
        if not keep:
            services_lifeline, lifeline = os.pipe()
            on_failure.callback(os.close, lifeline)
            inherited.append(services_lifeline)
        try:
            process = _spawn(
                _command(settings, max_jobs, inherited, is_temporary=temporary is not None), inherited, log
            )
        finally:
            for descriptor in inherited:
                os.close(descriptor)
        on_failure.callback(_kill, process)
        line = _first_line(ready, time.monotonic() + START_TIMEOUT)
        if line is None:
            raise _not_up(settings, process, said_before)
        place = json.loads(line)
        token = settings.owner_token.read_text(encoding="utf-8").strip()
        on_failure.pop_all()
        return ServiceProcess(process, lifeline, temporary, Reached(place["url"], place["ws_url"], token))


def _command(settings: Settings, max_jobs: int | None, inherited: list[int], *, is_temporary: bool) -> list[str]:
    # -P: a file in the working directory must not stand in for a module of the service.
    command = [sys.executable, "-P", "-m", "quafu_runtime.server", "--data-dir", str(settings.data_dir)]
    command += ["--ready-fd", str(inherited[0])]
    command += [part for descriptor in inherited[1:] for part in ("--lifeline-fd", str(descriptor))]
    command += [] if max_jobs is None else ["--max-jobs", str(max_jobs)]
    # The service deletes a temporary folder too: this process may be killed before it does.
    return [*command, "--delete-data-dir"] if is_temporary else command


def _spawn(command: list[str], inherited: list[int], log: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
        # A token of this user is for another service, and an environment can be read by whatever runs as this user.
        env={name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE},
        pass_fds=inherited,
        start_new_session=True,  # Ctrl-C at the terminal is for this process: it decides when the service ends
    )


def _first_line(descriptor: int, deadline: float) -> bytes | None:
    """What the service says when it is up; None where it has ended, or takes too long."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    line = b""
    while not line.endswith(b"\n"):
        left = deadline - time.monotonic()
        chunk = os.read(descriptor, ONE_READ) if left > 0 and poll.poll(left * 1000) else b""
        if not chunk:
            return None
        line += chunk
    return line


def _not_up(settings: Settings, process: "subprocess.Popen[bytes]", said_before: int) -> LocalRuntimeError:
    """Why a service is not there, in its own words."""
    try:
        code: int | None = process.wait(ENDING)
    except subprocess.TimeoutExpired:
        code = None
    if code == ALREADY_RUNNING:
        return FolderInUseError(f"The folder {settings.data_dir} is in use by another runtime service.")
    with settings.log_file.open("rb") as log:
        log.seek(said_before)
        words = log.read()[-SHOWN_OF_LOG:].decode(errors="replace").strip()
    how = f"did not come up within {START_TIMEOUT:.0f} seconds" if code is None else f"ended with code {code}"
    return LocalRuntimeError(f"The local runtime {how}. It said:\n{words or '(nothing)'}")


def _kill(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()


def _wait_for_end(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(CLOSE_TIMEOUT)
    except subprocess.TimeoutExpired:
        _kill(process)
    except BaseException:  # Ctrl-C: the service must not outlive this call in any case
        _kill(process)
        raise


def _let_be(process: "subprocess.Popen[bytes]") -> None:
    """Leave a process to itself: `subprocess` would warn that it still runs."""
    process.returncode = 0


def _require_extra() -> None:
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        message = (
            f"The local runtime needs packages that are not installed ({', '.join(missing)}): "
            "pip install 'quafu-runtime[local]'"
        )
        raise LocalRuntimeError(message)
