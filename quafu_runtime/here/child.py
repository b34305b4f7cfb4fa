"""The processes of a dry run: one that watches, and below it the program's own.

The one that watches inherits whatever the program starts and leaves behind, and ends all of it: when the program has
ended, at the time limit, or when whoever started the dry run is gone.
"""

import faulthandler
import json
import os
import select
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

from quafu_runtime import codec
from quafu_runtime.here.plan import CRASH, ENDED, EVENTS, HOME, JOB, LOG
from quafu_runtime.here.userpub import UserPub
from quafu_runtime.server.runner import quafu_seam
from quafu_runtime.server.runner.assignment import Work
from quafu_runtime.server.runner.circuit_record import CircuitRecord
from quafu_runtime.server.runner.descendants import kill_descendants, open_process
from quafu_runtime.server.runner.failure import describe_death, describe_exception
from quafu_runtime.server.runner.linux import adopt_orphans, die_with
from quafu_runtime.server.runner.live_output import redirect_output
from quafu_runtime.server.runner.source import NoEntryPointError, load_run
from quafu_runtime.server.runner.userpub import flush_python_output

_OURS = str(Path(__file__).parent)
_LIFELINE = 0
"""The descriptor of standard input, whose other end is held by who started this."""


def main(folder: str) -> None:
    """Make the dry run that is described in a folder.

    Args:
        folder: The folder of its files.
    """
    place = Path(folder)
    job = json.loads((place / JOB).read_text(encoding="utf-8"))
    work = Work(job["name"], job["source"], json.dumps(job["params"]), job["backend"], job["seed"], str(place / HOME))
    adopt_orphans()
    start = time.monotonic()
    watcher = os.getpid()
    pid = os.fork()
    if pid == 0:
        _live_as_program(place, work, watcher)
    in_time = _watch(pid, job["timeout"])
    status = kill_descendants().ended.get(pid, 0)
    if not (place / ENDED).exists():
        error = describe_death(status, _text(place / CRASH), work) if in_time else _too_long(job["timeout"])
        _write(place / ENDED, {"error": error, "seconds": time.monotonic() - start})


def _watch(pid: int, timeout: float) -> bool:
    """Wait for the program's end, or until it has to be ended; tell whether it ended by itself."""
    with open_process(pid) as process:
        ready, _, _ = select.select([process, _LIFELINE], [], [], timeout)
        return process in ready


def _too_long(timeout: float) -> str:
    return (
        f"The program was ended: it ran longer than {timeout:g} seconds. Give it more with dry_run(..., timeout=...)."
    )


def _live_as_program(place: Path, work: Work, watcher: int) -> NoReturn:
    code = 1
    try:
        die_with(watcher)
        os.setsid()
        _settle(place)
        ended = _Program(place, work).run()
        flush_python_output()
        if os.getpid() == ended.pop("pid"):  # not a child that the program forked, and that came out of `run` as well
            _write(place / ENDED, ended)
        code = 0
    finally:
        os._exit(code)


def _settle(place: Path) -> None:
    log = os.open(place / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    redirect_output(log)
    os.dup2(os.open(os.devnull, os.O_RDONLY), _LIFELINE)
    crash = os.open(place / CRASH, os.O_WRONLY | os.O_CREAT, 0o600)
    faulthandler.enable(file=crash)
    os.chdir(place / HOME)
    tempfile.tempdir = None
    sys.argv = ["program"]


class _Program:
    """One program, and what is counted of it."""

    def __init__(self, place: Path, work: Work) -> None:
        self._work = work
        self._events = os.open(place / EVENTS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def run(self) -> dict[str, Any]:
        """Run it, and tell how it ended."""
        pid = os.getpid()
        work = self._work
        try:
            session = quafu_seam.install(
                seed=work.seed, backend=work.backend, home=Path(work.home), log=_log, on_circuit=self._note
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the user is told
            return {"error": f"The run could not be set up.\n{describe_exception(error)}", "seconds": 0.0, "pid": pid}
        start = time.monotonic()
        outcome = self._outcome(session.task)
        return {**outcome, "seconds": time.monotonic() - start, "pid": pid}

    def _outcome(self, task: object) -> dict[str, Any]:
        try:
            value = load_run(self._work)(task, UserPub(self._count), json.loads(self._work.params_json))
            encoded = codec.encode(value)
        except (NoEntryPointError, codec.UnencodableError) as error:
            return {"error": str(error)}
        except BaseException as error:  # noqa: BLE001 - a program may raise anything, and that is its outcome
            error.__traceback__ = _without_ours(error.__traceback__)
            return {"error": describe_exception(error).encode(errors="backslashreplace").decode()}
        return {"text": encoded.text, "types": encoded.types}

    def _count(self, message: codec.Encoded) -> None:
        self._write({"bytes": len(message.text.encode(errors="surrogatepass"))})

    def _note(self, record: CircuitRecord) -> None:
        self._write(json.loads(record.to_text()))

    def _write(self, event: dict[str, Any]) -> None:
        os.write(self._events, f"{json.dumps(event)}\n".encode())


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames of this package, as if the program had been run alone."""
    if trace is None:
        return None
    rest = _without_ours(trace.tb_next)
    if trace.tb_frame.f_code.co_filename.startswith(_OURS):
        return rest
    return TracebackType(rest, trace.tb_frame, trace.tb_lasti, trace.tb_lineno)


def _log(line: str) -> None:
    """Write a line of the runtime's own into the log."""
    if sys.__stdout__ is not None:
        sys.__stdout__.write(f"{line}\n")


def _write(path: Path, value: dict[str, Any]) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(value), encoding="utf-8")
    unfinished.replace(path)


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""
