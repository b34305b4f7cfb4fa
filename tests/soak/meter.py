"""Measures what a service and its users take up, over time."""

import contextlib
import os
import sqlite3
import statistics
import threading
from collections.abc import Sequence
from pathlib import Path

from attrs import fields, frozen

from tests.service_speaker import descendants

EVERY = 2.0
"""Seconds between two readings."""

GROWTH = 1.2
SLACK = {"memory": 16.0, "descriptors": 16.0, "threads": 8.0, "processes": 6.0, "users_memory": 24.0, "disk": 0.2}
"""By how much a reading may be larger at the end: by a fifth, and by what is noise in its own unit."""


@frozen
class Reading:
    """What is taken up at one moment.

    Attributes:
        memory: MiB of the service.
        descriptors: Those that the service has open.
        threads: Of the service.
        processes: Below the service.
        users_memory: MiB of the process of all users.
        disk: Bytes of the data folder for each byte that is kept for users: some of their jobs they never delete.
    """

    memory: float
    descriptors: float
    threads: float
    processes: float
    users_memory: float
    disk: float


def read(pid: int, folder: Path) -> Reading | None:
    """One reading; None where the service is away."""
    try:
        return Reading(
            memory=_status(pid, "VmRSS") / 1024,
            descriptors=len(list(Path(f"/proc/{pid}/fd").iterdir())),
            threads=_status(pid, "Threads"),
            processes=len(descendants(pid)),
            users_memory=_status(os.getpid(), "VmRSS") / 1024,
            disk=_disk(folder) / _kept(folder),
        )
    except (OSError, StopIteration, sqlite3.OperationalError):
        return None


def watch(pid: int, folder: Path, is_over: threading.Event) -> list[Reading]:
    """Read again and again until it is over."""
    readings: list[Reading] = []
    while not is_over.wait(EVERY):
        reading = read(pid, folder)
        if reading is not None:
            readings.append(reading)
    return readings


def growth(readings: Sequence[Reading]) -> dict[str, tuple[float, float]]:
    """The median of each reading in the first third of the time, and in the last."""
    third = max(len(readings) // 3, 1)
    names = [each.name for each in fields(Reading)]
    return {name: (_median(readings[:third], name), _median(readings[-third:], name)) for name in names}


def grown(found: dict[str, tuple[float, float]]) -> list[str]:
    """What is not flat."""
    return [
        f"{name} grew from {first:.2f} to {last:.2f}"
        for name, (first, last) in found.items()
        if last > first * GROWTH + SLACK[name]
    ]


def _median(readings: Sequence[Reading], name: str) -> float:
    values: list[float] = [getattr(reading, name) for reading in readings]
    return statistics.median(values)


def _status(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return float(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def _disk(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            size += path.stat().st_size
    return size


def _kept(folder: Path) -> int:
    """As the service counts it."""
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'runtime.db'}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT sum(stored) FROM users").fetchone()[0])
