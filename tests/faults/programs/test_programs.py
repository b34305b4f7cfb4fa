"""Whatever a program does, its job ends as it must, and neither the service nor the other jobs notice."""

import contextlib
import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from attrs import define, field

from quafu_runtime.server.runner.confinement import Confinement
from tests.faults.programs import rows_of_channels, rows_of_ends, rows_of_limits, rows_of_python
from tests.faults.programs.row import DONE, Row
from tests.service_speaker import ServiceProcess, Speaker, descendants, eventually

ROWS = [*rows_of_limits.ROWS, *rows_of_ends.ROWS, *rows_of_channels.ROWS, *rows_of_python.ROWS]

SLOTS = 5

HELD_TO = Confinement(memory=600 << 20, processes=100, folder=64 << 20, files=256, log=64 << 10, published=512 << 10)

WITNESS = """
import time
from pathlib import Path

def run(task, userpub, params):
    ticks = 0
    while not Path(params).exists():
        time.sleep(0.05)
        ticks += 1
        if ticks % 100 == 0:
            userpub.publish(ticks)
    print("witnessed")
    return ticks
"""

CHECKER = b"quafu_runtime.server.source_checker"

HEALTHY_WITHIN = 10.0
"""Seconds in which the service answers, also where programs keep the machine busy."""


@define
class Stage:
    """A service on which all of the programs run, with a job beside them that is as it should be."""

    service: ServiceProcess
    jobs: dict[str, str]
    witness: str
    end: Path
    answers: int = 0
    failures: list[str] = field(factory=list)

    @property
    def speaker(self) -> Speaker:
        return self.service.speaker


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("service")
    options = [f"--max-jobs={SLOTS + 1}", f"--confinement={HELD_TO.to_json()}"]
    with _rid_of_what_is_deep(folder), ServiceProcess(folder, *options) as service:
        end = folder / "the-end"
        speaker = service.speaker
        witness = speaker.run(speaker.upload("witness", WITNESS), str(end))
        jobs = {row.name: _start(speaker, row) for row in ROWS}
        stage = Stage(service, jobs, witness, end)
        over = threading.Event()
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(_ask_for_health, stage, over)
            yield stage
            over.set()
            asking.result()


@contextlib.contextmanager
def _rid_of_what_is_deep(folder: Path) -> Iterator[None]:
    """Delete what was left, should it have been left: pytest deletes no folders that are so deep."""
    yield
    subprocess.run(["rm", "-rf", str(folder / "jobs")], check=True)


def _start(speaker: Speaker, row: Row) -> str:
    program = speaker.upload(row.name, row.source)
    return speaker.run(program, [], max_execution_time=row.seconds)


def _ask_for_health(stage: Stage, over: threading.Event) -> None:
    while not over.wait(0.1):
        began = time.monotonic()
        answer = stage.speaker.raw("GET", "/healthz")
        stage.answers += 1
        if answer.status != 200 or time.monotonic() - began > HEALTHY_WITHIN:
            stage.failures.append(f"{answer.status} after {time.monotonic() - began:.1f} s")


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_program_ends_as_it_must(stage: Stage, row: Row) -> None:
    job_id = stage.jobs[row.name]
    ended = stage.speaker.result(job_id)
    text = str(ended["result"])
    assert ended["status"] == row.state, text[-2000:]
    assert [says for says in row.says if says not in text] == [], text[-2000:]
    assert "quafu_runtime/" not in text
    logs = stage.speaker.data("job_logs", job_id=job_id)["logs"]
    assert [line for line in row.log if line not in logs] == [], logs[-2000:]


def test_a_job_beside_them_ends_as_it_should(stage: Stage) -> None:
    for job_id in stage.jobs.values():
        stage.speaker.result(job_id)
    assert stage.speaker.status(stage.witness) == 1
    stage.end.touch()
    ended = stage.speaker.result(stage.witness)
    assert ended["status"] == DONE
    assert json.loads(ended["result"]) > 0
    assert stage.speaker.data("job_logs", job_id=stage.witness)["logs"] == "witnessed\n"


def test_the_service_answers_all_the_time(stage: Stage) -> None:
    for job_id in stage.jobs.values():
        stage.speaker.result(job_id)
    assert stage.answers > 10
    assert stage.failures == []


def test_nothing_is_left_of_them(stage: Stage) -> None:
    for job_id in [*stage.jobs.values(), stage.witness]:
        stage.end.touch()
        stage.speaker.result(job_id)
    homes = stage.service.data_dir / "jobs"
    eventually(lambda: not [path for path in homes.iterdir() if path.name.startswith("job")])
    pairs = SLOTS + 1
    kept = {"quafu-superv": 1, "quafu-warm": 1, "quafu-runner": pairs, "quafu-program": pairs}
    eventually(lambda: _below(stage.service.process.pid) == kept)


def _below(pid: int) -> Counter[str]:
    """The processes that a service keeps for jobs, by name, and whatever else is there but those that check sources."""
    found: Counter[str] = Counter()
    for below in descendants(pid):
        with contextlib.suppress(OSError):
            process = Path(f"/proc/{below}")
            if CHECKER not in (process / "cmdline").read_bytes():
                found[(process / "comm").read_text(encoding="utf-8").strip()] += 1
    return found
