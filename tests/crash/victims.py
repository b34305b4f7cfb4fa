"""Finds the processes of a service by the names that they give themselves, and kills them."""

import contextlib
import os
import signal
from pathlib import Path

from tests.service_speaker import descendants


def find(root: int, name: str, job_id: str | None = None) -> int | None:
    """The process below another one that has a name; of programs and runners that of a job, where it is known.

    Args:
        root: The process at the top.
        name: The name.
        job_id: The job; a program at work is in its job's folder.
    """
    named = [pid for pid in descendants(root) if _name(pid) == name]
    if job_id is None or name not in ("quafu-program", "quafu-runner"):
        return named[0] if named else None
    at_work = [pid for pid in descendants(root) if _name(pid) == "quafu-program" and job_id in _folder(pid)]
    if name == "quafu-program":
        return at_work[0] if at_work else None
    return _parent(at_work[0]) if at_work else None


def kill(pid: int) -> bool:
    """Kill a process, and say whether it was there."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        return True
    return False


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    return ""


def _folder(pid: int) -> str:
    with contextlib.suppress(OSError):
        return str(Path(f"/proc/{pid}/cwd").readlink())
    return ""


def _parent(pid: int) -> int | None:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
    return None
