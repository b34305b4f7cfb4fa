"""What it costs to run many jobs: beside running them one after the other, and for each job that is waited for.

Run it with `python benchmarks/many.py`. Everything runs on a local runtime that is started for it.
"""

import asyncio
import contextlib
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from quafu_runtime import AsyncRuntimeService, LocalRuntime, RuntimeService, aio, gather

JOBS = 200
WAITED_FOR = 1000
"""Jobs that have ended already, and whose results are gathered."""

PROGRAM = "def run(task, userpub, params):\n    return params\n"

Work = Callable[[], object]


def main() -> None:
    """Measure, and print a table."""
    os.environ["QUAFU_RUNTIME_REGISTRY"] = "off"  # what is measured is the calls
    with tempfile.TemporaryDirectory() as folder, LocalRuntime() as runtime, RuntimeService(runtime.account) as service:
        program = Path(folder, "echo.py")
        program.write_text(PROGRAM)
        service.run(program).result()  # waits for the warm parent
        _throughput(service, runtime, program, Path(folder))
        _waiting(service, program)


def _throughput(service: RuntimeService, runtime: LocalRuntime, program: Path, folder: Path) -> None:
    async def awaited() -> None:
        async with AsyncRuntimeService(runtime.account) as client:
            await aio.gather(client.map(program, range(JOBS)))

    bare = _seconds(lambda: [service.run(program, number).result() for number in range(JOBS)])
    rows: dict[str, Work] = {
        "map and gather": lambda: gather(service.map(program, range(JOBS))),
        "map and gather, awaited": lambda: asyncio.run(awaited()),
        "sweep": lambda: service.sweep(folder / "sweep.db", program, list(range(JOBS))),
    }
    print(f"{JOBS} short jobs{'':32}{'seconds':>10}{'ratio':>8}")
    print(f"{'run and result, one after the other':45}{bare:10.2f}{1.0:8.2f}")
    for name, work in rows.items():
        seconds = _seconds(work)
        print(f"{name:45}{seconds:10.2f}{seconds / bare:8.2f}")


def _waiting(service: RuntimeService, program: Path) -> None:
    job = service.run(program, 1)
    job.result()
    one = _seconds(job.result)
    jobs = [service.job(job.job_id()) for _ in range(WAITED_FOR)]
    with _most_threads() as most:
        all_of_them = _seconds(lambda: gather(jobs)) / WAITED_FOR
    print(f"\none result of a job that has ended: {one * 1e3:.2f} ms")
    print(f"each of {WAITED_FOR} gathered:             {all_of_them * 1e3:.2f} ms, ratio {all_of_them / one:.2f}")
    print(f"threads at once, at most:           {most[0]}")


def _seconds(work: Work) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextlib.contextmanager
def _most_threads() -> Iterator[list[int]]:
    """Look, a thousand times a second, how many threads there are."""
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.001):
            most[0] = max(most[0], threading.active_count() - 2)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        over.set()
        watcher.join()


if __name__ == "__main__":
    main()
