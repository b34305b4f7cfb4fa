"""Lives of a service that is killed, and started again whenever it has died, until all jobs have ended."""

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

from attrs import define, field

from tests.crash.audit import faults, kept
from tests.crash.points import Point, write_plan
from tests.crash.victims import find, kill
from tests.crash.work import Line, Work
from tests.service_speaker import DEADLINE, descendants

LEASE = 4.0
"""Seconds of a lease, so that a lost runner is waited for only shortly."""

JOBS = 10
"""How many jobs a life has."""

PATIENCE = 300.0
"""Seconds in which the jobs of a life have ended, however often the service was killed."""

LOOK_AGAIN = 0.02

SAY_AGAIN = 5.0
"""Seconds after which a service is told again to end: one that runs in the background is born deaf to SIGINT."""

_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Inherit every process that is left over anywhere below this one, so that none can hide."""
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@define
class Folder:
    """A data folder with its port, over many lives.

    Attributes:
        path: The folder.
        port: The port of each service.
        wrong: What was found wrong, over all lives.
        works: Every job that was submitted.
    """

    path: Path
    port: int
    wrong: list[str] = field(factory=list)
    works: list[Work] = field(factory=list)

    @classmethod
    def at(cls, path: Path) -> "Folder":
        """A folder with a port that is free."""
        path.mkdir(parents=True, exist_ok=True)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return cls(path, int(listener.getsockname()[1]))

    @property
    def kills(self) -> list[str]:
        """Every kill so far, a line each."""
        record = self.path / "kills.txt"
        return record.read_text(encoding="utf-8").splitlines() if record.exists() else []

    @property
    def marks(self) -> Path:
        """Where programs leave their marks."""
        return self.path / "marks.txt"


def live(folder: Folder, plan: Sequence[Point], chance: random.Random, random_kills: int) -> None:
    """One life: kill after the plan and at random times, and audit when all jobs have ended.

    Args:
        folder: Where.
        plan: Whom to kill at which writes.
        chance: For the random times.
        random_kills: How many kills at random times.
    """
    write_plan(folder.path / "plan.json", list(plan))
    with _Services(folder) as services:
        line = Line(folder.port, services.token, folder.marks)
        works = [Work(child=number == 0) for number in range(JOBS)]
        folder.works += works
        with ThreadPoolExecutor(JOBS + 2) as pool:
            running = [pool.submit(_follow, line, work, number) for number, work in enumerate(works)]
            killing = pool.submit(_kill_at_random, folder, services, chance, random_kills)
            unended = _all_ended(running, PATIENCE)
            services.is_over.set()
            line.give_up()
            killing.result(DEADLINE)
        folder.wrong += [f"a job had no end after {PATIENCE} seconds: {unended}"] if unended else []
    left = left_below()
    folder.wrong += [f"a process is left: {each}" for each in left]
    tags = {work.tag for work in works}
    folder.wrong += faults(works, [job for job in kept(folder.path / "runtime.db") if job.tag in tags], folder.marks)


def _follow(line: Line, work: Work, number: int) -> None:
    program_id = line.upload(f"steps-{work.tag}")
    if number == JOBS - 1:
        cancelling = threading.Timer(0.4, _cancel, (line, work))
        cancelling.start()
    line.submit(work, program_id)


def _cancel(line: Line, work: Work) -> None:
    deadline = time.monotonic() + DEADLINE
    while work.job_id is None and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN)
    with contextlib.suppress(TimeoutError):
        line.cancel(work)


def _all_ended(running: Sequence[Future[None]], within: float) -> list[str]:
    deadline = time.monotonic() + within
    unended = []
    for future in running:
        try:
            future.result(max(deadline - time.monotonic(), 0.0))
        except TimeoutError as error:
            unended.append(repr(error))
    return unended


def _kill_at_random(folder: Folder, services: "_Services", chance: random.Random, count: int) -> None:
    names = ["quafu-superv", "quafu-warm", "quafu-runner", "quafu-program", "service"]
    for _ in range(count):
        if services.is_over.wait(chance.uniform(0.2, 1.2)):
            return
        name = chance.choice(names)
        # Below this process, which inherits the runners whose service was killed.
        victim = services.pid if name == "service" else find(os.getpid(), name)
        if victim is not None and kill(victim):
            with (folder.path / "kills.txt").open("a", encoding="utf-8") as file:
                file.write(f"random - {name}\n")


def end_in_order(process: "subprocess.Popen[bytes]") -> int:
    """End a service by SIGINT, also one that is just being started and does not listen to signals yet.

    Returns:
        Its exit code.

    Raises:
        subprocess.TimeoutExpired: It does not end.
    """
    deadline = time.monotonic() + DEADLINE
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SAY_AGAIN)
    return process.wait(SAY_AGAIN)


def left_below() -> list[str]:
    """What is still there below this process, after everything has ended; those that have ended are reaped."""
    deadline = time.monotonic() + DEADLINE
    while (left := _reaped_and_left()) and time.monotonic() < deadline:
        time.sleep(LOOK_AGAIN)
    return [_command(pid) for pid in left]


def _reaped_and_left() -> list[int]:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return descendants(os.getpid())


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return str(pid)


class _Services:
    """The services of a life: one after the other, for as long as the life lasts."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.is_over = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, name="keeper")

    @property
    def token(self) -> str:
        """The owner's token."""
        return (self._folder.path / "owner.token").read_text(encoding="utf-8").strip()

    @property
    def pid(self) -> int:
        """The service of this moment."""
        return self._process.pid

    def __enter__(self) -> Self:
        deadline = time.monotonic() + DEADLINE
        while not (self._folder.path / "owner.token").exists() and time.monotonic() < deadline:
            time.sleep(LOOK_AGAIN)
        self._keeper.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.is_over.set()
        self._keeper.join()
        end_in_order(self._process)

    def _keep(self) -> None:
        """Start the service again whenever it has died."""
        while not self.is_over.wait(LOOK_AGAIN):
            if self._process.poll() is not None:
                self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        arguments = [str(self._folder.path), str(self._folder.port), str(LEASE)]
        command = [sys.executable, "-m", "tests.crash.killing_service", *arguments]
        with (self._folder.path / "service.log").open("ab") as log:
            return subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL)
