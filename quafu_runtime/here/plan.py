"""What a dry run is told, and what is read of it afterwards: files in a folder of its own."""

import json
import math
import os
import secrets
import site
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from quafu_runtime import codec
from quafu_runtime.errors import ArgumentError, LocalRuntimeError
from quafu_runtime.here.extra import require_local_extra
from quafu_runtime.here.report import DryRun

JOB = "job.json"
LOG = "log.txt"
CRASH = "crash.txt"
EVENTS = "events.jsonl"
ENDED = "ended.json"
HOME = "home"
"""The files of the folder; HOME is the program's own."""

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
"""What says where things are. Tokens are in the rest of the environment."""

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_LARGEST_LOG = 4 * 1024 * 1024
"""Bytes of the end of a log that are kept."""

_SEED_BITS = 63
_START = "import sys; sys.path.append({0!r}); from quafu_runtime.here.child import main; main({1!r})"


@frozen
class Plan:
    """A dry run that is about to be made.

    Attributes:
        command: What starts it.
        environment: Its whole environment.
        folder: Where it is told what to do, and writes what it did.
        name: The program's name.
        seed: What its random numbers start from.
        backend: The backend that is asked for.
    """

    command: list[str]
    environment: dict[str, str]
    folder: Path
    name: str
    seed: int
    backend: str | None


def planned(
    source: str, name: str, params: object, folder: Path, *, seed: int | None, backend: str | None, timeout: float
) -> Plan:
    """Prepare a dry run.

    Args:
        source: The program's text.
        name: Its name.
        params: What it gets.
        folder: An empty folder of its own.
        seed: What its random numbers start from; None to draw one.
        backend: The backend of its task.
        timeout: Seconds after which it is ended.

    Raises:
        ArgumentError: The seed or the time-out is out of range.
        InvalidParamsError: JSON cannot hold the params.
        LocalRuntimeError: The extra `local` is not installed, or this system is no Linux.
    """
    plain = None if params is None else codec.check_params(params)
    chosen = secrets.randbits(_SEED_BITS) if seed is None else _checked_seed(seed)
    if not isinstance(timeout, (int, float)) or isinstance(timeout, bool) or not 0 < timeout < math.inf:
        message = f"timeout is a number of seconds above 0, not {timeout!r:.60}."
        raise ArgumentError(message)
    require_local_extra()
    _require_linux()
    job = {"source": source, "name": name, "params": plain, "seed": chosen, "backend": backend, "timeout": timeout}
    (folder / HOME).mkdir()
    (folder / JOB).write_text(json.dumps(job), encoding="utf-8")
    package = str(Path(__file__).parents[2])
    command = [sys.executable, "-P", "-c", _START.format(package, str(folder))]
    return Plan(command, _environment(folder), folder, name, chosen, backend)


def collect(plan: Plan) -> DryRun:
    """Read what a dry run did.

    Args:
        plan: The one that was made.

    Raises:
        LocalRuntimeError: It could not be started.
    """
    ended = _read_json(plan.folder / ENDED)
    if ended is None:
        message = "The process of the dry run ended before it had begun. Does `python -c 'import quafu'` work here?"
        raise LocalRuntimeError(message)
    events = list(_events(plan.folder / EVENTS))
    circuits = [event for event in events if "engine" in event]
    sizes = [event["bytes"] for event in events if "bytes" in event]
    error = ended.get("error")
    return DryRun(
        name=plan.name,
        error=None if error is None else _last_line(error),
        traceback=error or "",
        result=None if error is not None else codec.decode(ended["text"], ended["types"]),
        result_bytes=0 if error is not None else len(ended["text"].encode()),
        interim_results=len(sizes),
        interim_bytes=sum(sizes),
        circuits=len(circuits),
        shots=sum(circuit["shots"] or 0 for circuit in circuits),
        widest=max((circuit["qubits"] for circuit in circuits), default=0),
        engines=tuple(dict.fromkeys(circuit["engine"] for circuit in circuits)),
        simulated=sum(circuit["seconds"] for circuit in circuits),
        seconds=ended["seconds"],
        logs=_end_of(plan.folder / LOG),
        seed=plan.seed,
        backend=plan.backend,
    )


def _environment(folder: Path) -> dict[str, str]:
    return {
        "LANG": "C.UTF-8",
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        **dict.fromkeys(_THREADS, "1"),
        "HOME": str(folder / HOME),
        "TMPDIR": str(folder / HOME),
        "PYTHONUSERBASE": site.getuserbase(),
        "PYTHONHASHSEED": "0",  # as in a job, so that a seed makes a run repeatable
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder),
    }


def _checked_seed(seed: object) -> int:
    if isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**_SEED_BITS:
        return seed
    message = f"seed is a whole number from 0 to 2**63 - 1, not {seed!r:.60}."
    raise ArgumentError(message)


def _require_linux() -> None:
    from quafu_runtime.server.runner.linux import is_supported

    if not is_supported():
        message = "A dry run needs Linux 5.3 or newer, since it ends the program with all that it has started."
        raise LocalRuntimeError(message)


def _events(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:  # the last one of a program that was killed as it wrote
                return


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found


def _end_of(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _LARGEST_LOG))
        return file.read().decode(errors="replace")


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "The program failed."
