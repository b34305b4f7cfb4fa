"""A data folder whose services come and go, and a program that goes on until it is told to end."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field

from tests.e2e.process_bench import is_alive, name_of
from tests.service_speaker import ServiceProcess, Speaker, eventually

RUNNING = 1
"""The status of a job that runs; those that follow are those of jobs that have ended."""

SERVED = Path(__file__).with_name("served.py")

TICKER = """
import os, time
from pathlib import Path

def run(task, userpub, params):
    folder = Path(params)
    Path("kept").touch()
    with open(folder / "runs", "a") as runs:
        runs.write(f"{os.getpid()}\\n")
    ticks = 0
    while not (folder / "enough").exists():
        userpub.publish(b"tick %d" % ticks)
        print("line", ticks)
        ticks += 1
        (folder / "ticks").write_text(str(ticks))
        time.sleep(0.02)
    Path("kept").unlink()
    return ticks
"""
"""Notes that it runs, and publishes and prints numbers until there is a file `enough` in the folder of its params."""


@define
class World:
    """What a test of restarts has."""

    folder: Path
    lease: float = 30.0
    services: list[ServiceProcess] = field(factory=list)

    @contextmanager
    def serve(self, *options: str, **more: Any) -> Iterator[Speaker]:
        """Run a service for a block, and end it with all that runs where the block has not ended it."""
        (self.folder / "orders").mkdir(exist_ok=True)
        service = ServiceProcess(
            self.folder / "data",
            f"--lease={self.lease}",
            f"--orders={self.folder / 'orders'}",
            *options,
            start=[str(SERVED)],
            **more,
        )
        self.services.append(service)
        with service:
            yield service.speaker

    @property
    def service(self) -> ServiceProcess:
        """The service that was started last."""
        return self.services[-1]

    def order(self, name: str, text: str) -> None:
        """Tell the services something."""
        (self.folder / "orders" / name).write_text(text)

    def refused(self, write: str) -> int:
        """How often a write was refused."""
        try:
            return (self.folder / "orders" / "refused").read_text().split().count(write)
        except FileNotFoundError:
            return 0

    def tickers(self, speaker: Speaker, name: str, **more: Any) -> "Ticker":
        """Have the ticker run."""
        folder = self.folder / name
        folder.mkdir()
        program_id = speaker.upload(f"ticker-{name}", TICKER)
        return Ticker(folder, speaker.run(program_id, str(folder), **more))

    def kill_runner(self, ticker: "Ticker", number: int = signal.SIGKILL) -> None:
        """Send a signal to the runner of a ticker."""
        os.kill(parent_of(ticker.runs[0]), number)

    def processes(self) -> list[int]:
        """All processes of jobs, and those above them, of all services of the folder."""
        mark = str(self.folder / "data" / "jobs").encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and is_alive(int(entry.name)):
                try:
                    if mark in (entry / "cmdline").read_bytes():
                        found.append(int(entry.name))
                except OSError:
                    continue
        return found

    def named(self, name: str) -> list[int]:
        """Those of them with a name."""
        return [pid for pid in self.processes() if name_of(pid) == name]


@define
class Ticker:
    """A ticker that runs, or will."""

    folder: Path
    job_id: str

    @property
    def runs(self) -> list[int]:
        """The process of each run of it."""
        return [int(pid) for pid in self._read("runs").split()]

    @property
    def ticks(self) -> int:
        """How far it has come."""
        return int(self._read("ticks") or 0)

    def wait(self, more: int = 3) -> None:
        """Wait until it has gone on."""
        goal = self.ticks + more
        eventually(lambda: self.ticks >= goal)

    def wait_for_end(self) -> None:
        """Wait until its process has ended."""
        eventually(lambda: not is_alive(self.runs[0]))

    def finish(self) -> None:
        """Let it end."""
        (self.folder / "enough").touch()

    def check_done(self, speaker: Speaker) -> None:
        """It has ended as it should: run once, with all that it has published and printed, in order."""
        result = self._result(speaker)
        assert result["status"] == 2, result
        assert len(self.runs) == 1
        assert json.loads(result["result"]) == self.ticks
        with speaker.listen(self.job_id) as stream:
            assert list(stream)[1:-1] == [f"b'tick {number}'" for number in range(self.ticks)]
        logs = speaker.data("job_logs", job_id=self.job_id)["logs"]
        assert logs == "".join(f"line {number}\n" for number in range(self.ticks))

    def check_lost(self, speaker: Speaker, why: str) -> None:
        """It was lost, and is told to be."""
        result = self._result(speaker)
        assert result["status"] == 4, result
        assert why in result["result"], result["result"]
        assert len(self.runs) == 1
        self.wait_for_end()

    def _result(self, speaker: Speaker) -> dict[str, Any]:
        """Wait until it has ended, but not for ever, as a waiting call does."""
        eventually(lambda: speaker.status(self.job_id) > RUNNING)
        return speaker.result(self.job_id)

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return ""


def parent_of(pid: int) -> int:
    """The parent of a process."""
    return int(Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A folder without a service."""
    return World(tmp_path)
