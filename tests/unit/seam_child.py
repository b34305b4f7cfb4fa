"""Runs functions of tests as jobs: in processes of their own, forked from one that is warm, as the runtime does it.

What the seam puts in place changes pyquafu for the whole process, so nothing of it may happen where pytest runs. A test
calls `in_job(function, *args)`; the function stands at the top level of the test's file and takes the `Job` first.
"""

import atexit
import faulthandler
import importlib.util
import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import Any, NoReturn

from attrs import field, frozen

from quafu_runtime import codec
from quafu_runtime.server.runner import quafu_seam

DEADLINE = 120.0
"""Seconds after which a job is given up; the longest takes some five."""


@frozen
class Job:
    """What a function of a test gets: what a program gets, and what the test wants to see besides.

    Attributes:
        task: The job's task.
        session: What `install` returned.
        log: The lines that the seam has written to the job's log.
        home: The job's folder.
    """

    task: Any
    session: quafu_seam.Session
    log: list[str]
    home: Path
    published: list[Any] = field(factory=list)

    def publish(self, message: Any) -> None:
        """Stand in for `userpub.publish`."""
        self.published.append(message)


@frozen
class Outcome:
    """How a job ended.

    Attributes:
        value: What the function returned.
        error: The name of the class of what it raised, or None.
        message: Its text.
        log: The lines that the seam wrote to the job's log.
        output: What the process wrote to its standard output and error.
        signal: What ended the process, or 0.
    """

    value: Any = None
    error: str | None = None
    message: str = ""
    log: Sequence[str] = ()
    output: str = ""
    signal: int = 0


def in_job(
    function: Callable[..., Any],
    *args: Any,
    seed: int = 7,
    backend: str | None = None,
    memory: int | None = None,
) -> Outcome:
    """Run a function as a job.

    Args:
        function: At the top level of its file; it takes the job, and then the args.
        *args: What JSON can hold.
        seed: The job's.
        backend: The job's.
        memory: The job's, in bytes.

    Returns:
        How it ended.
    """
    with tempfile.TemporaryDirectory() as folder:
        request = {
            "path": inspect.getfile(function),
            "name": function.__name__,
            "args": args,
            "install": {"seed": seed, "backend": backend, "memory": memory},
            "folder": folder,
        }
        status = _parent().ask(request)
        report = Path(folder, "report.json")
        told = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
        value = codec.decode(told.pop("text"), told.pop("types")) if "text" in told else None
        output = Path(folder, "output.txt").read_text(encoding="utf-8")
        return Outcome(value=value, output=output, signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, **told)


class _WarmParent:
    """The process from which jobs are forked."""

    def __init__(self) -> None:
        environment = {**os.environ, "MPLBACKEND": "Agg"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.seam_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parents[2],
        )
        self._lock = Lock()
        atexit.register(self._close)

    def ask(self, request: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def _close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(DEADLINE)


@cache
def _parent() -> _WarmParent:
    return _WarmParent()


def _serve() -> None:
    quafu_seam.warm()
    for line in sys.stdin:
        request = json.loads(line)
        module = _loaded(request["path"])
        child = os.fork()
        if not child:
            _live(request, module)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


@cache
def _loaded(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _live(request: dict[str, Any], module: ModuleType) -> NoReturn:
    folder = Path(request["folder"])
    output = os.open(folder / "output.txt", os.O_WRONLY | os.O_CREAT)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    faulthandler.enable()
    faulthandler.dump_traceback_later(DEADLINE, exit=True)
    home = folder / "home"
    home.mkdir()
    os.chdir(home)
    _have_another_account(folder / "importer")
    log: list[str] = []
    told: dict[str, Any] = {"log": log}
    try:
        session = quafu_seam.install(**request["install"], home=home, log=log.append)
        value = getattr(module, request["name"])(Job(session.task, session, log, home), *request["args"])
        encoded = codec.encode(value)
        told |= {"text": encoded.text, "types": encoded.types}
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is told
        told |= {"error": type(error).__name__, "message": str(error)}
    (folder / "report.json").write_text(json.dumps(told), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)


def _have_another_account(home: Path) -> None:
    """Be at home where a real token is, as the process that imported pyquafu may be."""
    (home / ".quafu").mkdir(parents=True)
    (home / ".quafu" / "api").write_text(json.dumps({"token": "a real one"}), encoding="utf-8")
    os.environ["HOME"] = str(home)


if __name__ == "__main__":
    _serve()
