"""A real executor on a loop of its own, with a small service beside it, for the tests of the processes of jobs."""

import asyncio
import itertools
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from attrs import frozen

from quafu_runtime.server.executor import Attempt, Handle, LocalExecutor
from quafu_runtime.server.runner.confinement import Confinement
from tests.e2e.attempt_service import PATIENCE, AttemptService, Record, wait_until

T = TypeVar("T")

TOKEN = "attempt-token-that-no-program-may-see"


@frozen(eq=False)
class Launched:
    """A job that was launched."""

    handle: Handle
    record: Record


class Bench:
    """The executor, the service, and what a test does with them."""

    def __init__(self, scratch: Path, slots: int = 2, confinement: Confinement | None = None) -> None:
        self.scratch = scratch
        self.service = AttemptService()
        self.executor = LocalExecutor(slots=slots, scratch=scratch, confinement=confinement)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        self.service.__enter__()
        self._thread.start()
        self.run(self.executor.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.run(self.executor.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.service.__exit__(kind, error, trace)
        assert processes_of(self.scratch) == []

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await something of the executor's on its loop."""
        return self.submit(coroutine).result(PATIENCE)

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Have something of the executor's awaited on its loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def attempt(self, source: str, **fields: Any) -> Attempt:
        """An attempt at a job of its own."""
        defaults: dict[str, Any] = {
            "job_id": f"job{next(self._numbers)}",
            "number": 1,
            "token": TOKEN,
            "service_url": self.service.url,
            "source": source,
            "program_name": "sample",
            "params_json": "null",
            "backend": None,
            "seed": 7,
            "max_execution_time": 60.0,
        }
        return Attempt(**(defaults | fields))

    def launch(self, source: str, **fields: Any) -> Launched:
        """Launch a program."""
        attempt = self.attempt(source, **fields)
        return Launched(self.run(self.executor.launch(attempt)), self.service.record(attempt.job_id))

    def finish(self, source: str, **fields: Any) -> Record:
        """Run a program to its end, and see that nothing is left of it."""
        launched = self.launch(source, **fields)
        launched.record.wait_for_end()
        assert self.wait_for_exit(launched.handle) == "exited with code 0"
        self.check_clean(launched.handle)
        return launched.record

    def probe(self, handle: Handle) -> str | None:
        """What the executor knows of an attempt."""
        return self.run(self.executor.probe([handle]))[handle]

    def wait_for_exit(self, handle: Handle) -> str:
        """How the runner ended."""
        wait_until(lambda: self.probe(handle) is not None)
        return self.probe(handle) or ""

    def check_clean(self, handle: Handle) -> None:
        """Nothing is left of an attempt: no process in its folder, no folder."""
        wait_until(lambda: not list(self.scratch.glob(f"*/{handle}.*")))
        wait_until(lambda: not self.in_folder_of(handle))

    def in_folder_of(self, handle: Handle) -> list[int]:
        """The processes in the folder of an attempt, also where the folder is gone."""
        return [pid for pid in processes_of(self.scratch) if f"/{handle}." in _folder(pid)]

    @property
    def supervisor(self) -> int:
        """The process above all."""
        pid = self.executor.supervisor_pid
        assert pid is not None
        return pid

    def warm_parent(self) -> int:
        """The warm parent, once it has forked."""
        found: list[int] = []

        def look() -> list[int]:
            found[:] = [pid for pid in processes_of(self.scratch) if name_of(pid) == "quafu-warm"]
            return found

        wait_until(look)
        return found[0]


def processes_of(scratch: Path) -> list[int]:
    """Every process that lives below an executor, however it has tried to get away; a zombie has ended."""
    return [pid for pid in _processes() if _is_of(pid, scratch)]


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie has ended."""
    return _state(pid) not in {"", "Z", "X"}


def children_of(parent: int) -> list[int]:
    """The children of a process, those that have ended and were not reaped included."""
    return [pid for pid in _processes() if _fields(pid)[1:2] == [str(parent)]]


def name_of(pid: int) -> str:
    """The name that a process has given itself."""
    return _read(pid, "comm").strip()


def _is_of(pid: int, scratch: Path) -> bool:
    # What was forked has the supervisor's command line; what was started anew has inherited its environment.
    mark = str(scratch)
    return is_alive(pid) and (mark in _read(pid, "cmdline") or mark in _read(pid, "environ"))


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _state(pid: int) -> str:
    return "".join(_fields(pid)[:1])


def _fields(pid: int) -> list[str]:
    """The state of a process, its parent, and so on."""
    return _read(pid, "stat").rpartition(")")[2].split()


def _folder(pid: int) -> str:
    try:
        return str(Path("/proc", str(pid), "cwd").readlink())
    except OSError:
        return ""


def _read(pid: int, name: str) -> str:
    try:
        return Path("/proc", str(pid), name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
