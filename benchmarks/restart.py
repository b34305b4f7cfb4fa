"""How long a service takes to start with many jobs in its store, beside one with an empty store.

Run it with `python benchmarks/restart.py`. The store is filled by the service's own statements; each start is a process
of its own, until the service says that it can be reached.
"""

import contextlib
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from quafu_runtime.server.auth import ensure_owner
from quafu_runtime.server.lifecycle import State
from quafu_runtime.server.settings import Settings
from quafu_runtime.server.store import events, jobs, tables
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.migrate import migrate

JOBS = 10_000
QUEUED = 100
EVENTS = 2
STARTS = 7

SOURCE = "def run(task, userpub, params):\n    return params\n"
NEW = jobs.NewJob(
    owner=1,
    program_id="0" * 32,
    program_name="sample",
    source=SOURCE,
    params="null",
    backend="local",
    seed=1,
    max_execution_time=60.0,
)


def main() -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        stores = {"an empty store": Path(folder, "empty"), f"{JOBS:,} jobs": Path(folder, "full")}
        for path in stores.values():
            _fill(Settings(data_dir=path), JOBS if path.name == "full" else 0)
        times: dict[str, list[float]] = {name: [] for name in stores}
        for _ in range(STARTS):  # by turns, so that what else the machine does is the same for both
            for name, path in stores.items():
                times[name].append(_start(path))
    # What else the machine does only ever makes a start longer, so that the shortest tells most.
    peer, best = statistics.median(times["an empty store"]), min(times["an empty store"])
    print(f"{'a service with':20}{'median':>12}{'ratio':>8}{'shortest':>14}{'ratio':>8}")
    for name, each in times.items():
        median, shortest = statistics.median(each), min(each)
        ratios = median / peer, shortest / best
        print(f"{name:20}{median * 1e3:9.0f} ms{ratios[0]:8.2f}{shortest * 1e3:11.0f} ms{ratios[1]:8.2f}")


def _fill(settings: Settings, count: int) -> None:
    settings.data_dir.mkdir()
    with contextlib.closing(Database(settings.database)) as database:
        migrate(database)
        ensure_owner(database, settings)
        with database.connect(Access.WRITE) as connection:
            for _ in range(count):
                jobs.add(connection, NEW, datetime.now(UTC))
            _end_all_but(connection, QUEUED)


def _end_all_but(connection: Connection, queued: int) -> None:
    """Have all jobs have run to their ends, with what they printed, but for the last ones."""
    now = datetime.now(UTC)
    last = connection.execute(sa.select(sa.func.max(tables.jobs.c.number))).scalar() or 0
    ended = sa.update(tables.jobs).where(tables.jobs.c.number <= last - queued)
    connection.execute(ended.values(state=State.DONE, attempt=1, runs=1, result="1", started_at=now, finished_at=now))
    printed = {"kind": events.LOG, "text": "a line\n", "types": None, "at": now.isoformat()}
    for number in range(1, last - queued + 1):
        rows = [{"job": number, "seq": seq, **printed} for seq in range(1, EVENTS + 1)]
        connection.execute(sa.insert(tables.events), rows)


def _start(data_dir: Path) -> float:
    """Start a service, and end it. Returns the seconds until it could be reached."""
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "quafu_runtime.server", f"--data-dir={data_dir}", f"--ready-fd={writing}"]
    began = time.monotonic()
    with subprocess.Popen(command, pass_fds=[writing]) as process:
        os.close(writing)
        with open(reading, encoding="utf-8") as ready:  # noqa: PTH123 - a descriptor, not a path
            ready.readline()
        took = time.monotonic() - began
        process.send_signal(signal.SIGINT)
    return took


if __name__ == "__main__":
    main()
