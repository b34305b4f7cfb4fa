"""Programs that mean no harm notice nothing of a sandbox: they print, publish, start processes, plot, and crash."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from quafu_runtime.server.executor import LaunchError
from quafu_runtime.server.runner.confinement import Confinement, Sandbox
from tests.e2e.process_bench import Bench
from tests.faults.sandbox.victims import check_refusal
from tests.service_speaker import ServiceProcess, descendants, eventually, has_ended

PROGRAMS = Path(__file__).parents[3] / "examples" / "program_source"

WORK = """
import multiprocessing, os, subprocess, sys, tempfile
from pathlib import Path

def square(number):
    return number * number

def run(task, userpub, params):
    print("a line")
    userpub.publish({"step": 1})
    Path("kept.txt").write_text("in its folder")
    with tempfile.TemporaryFile() as file:
        file.write(b"temporary")
    with multiprocessing.get_context("fork").Pool(2) as pool:
        squares = pool.map(square, [2, 3])
    child = subprocess.run(
        [sys.executable, "-c", "import numpy; print(numpy.arange(3).sum())"], capture_output=True, text=True, check=True
    )
    import matplotlib.pyplot as plt
    plt.plot([1, 2])
    plt.savefig("plot.png")
    return [squares, child.stdout, Path("kept.txt").read_text(), Path("plot.png").stat().st_size > 0,
            os.getcwd() == str(Path.home()) == tempfile.gettempdir()]
"""

CRASH = "import ctypes\ndef run(task, userpub, params):\n    ctypes.string_at(0)\n"
SLEEP = "import time\ndef run(task, userpub, params):\n    userpub.publish('asleep')\n    time.sleep(3600)\n"


@pytest.fixture(scope="module", params=[Sandbox.SCOPE, Sandbox.LANDLOCK, Sandbox.BWRAP, Sandbox.OFF])
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench | None]:
    """An executor with programs in a sandbox; None where the machine has none, and it was said."""
    try:
        with Bench(tmp_path_factory.mktemp("jobs"), slots=1, confinement=Confinement(request.param)) as ready:
            yield ready
    except LaunchError as error:
        check_refusal(error)
        yield None


def test_a_program_works(bench: Bench | None) -> None:
    if bench is not None:
        record = bench.finish(WORK)
        finished = record.wait_for_end()
        assert finished["outcome"] == "done", finished["result"]
        assert json.loads(finished["result"]) == [[4, 9], "3\n", "in its folder", True, True]
        assert record.log == "a line\n"
        assert [json.loads(message) for message in record.messages] == [{"step": 1}]


def test_a_crash_is_told_with_its_place(bench: Bench | None) -> None:
    if bench is not None:
        finished = bench.finish(CRASH).wait_for_end()
        assert re.search(r"killed by SIGSEGV .*line 3", finished["result"], re.DOTALL)
        assert finished["exit"]["signal"] == signal.SIGSEGV


def test_a_program_is_ended(bench: Bench | None) -> None:
    if bench is not None:
        launched = bench.launch(SLEEP)
        launched.record.wait(lambda record: record.messages, 60)
        bench.run(bench.executor.stop(launched.handle, 10.0))
        assert launched.record.wait_for_end()["outcome"] == "cancelled"
        bench.check_clean(launched.handle)


def test_a_service_takes_the_sandbox_that_works_and_leaves_nothing(tmp_path: Path) -> None:
    asked = Confinement(Sandbox.AUTO, network=False)
    with ServiceProcess(tmp_path / "data", "--max-jobs=1", f"--confinement={asked.to_json()}") as service:
        speaker = service.speaker
        program_id = speaker.upload("bell", (PROGRAMS / "bell.py").read_text(encoding="utf-8"))
        result = speaker.result(speaker.run(program_id, {"shots": 100}))
        assert result["status"] == 2, result
        assert sum(json.loads(result["result"])["counts"].values()) == 100
        below = descendants(service.process.pid)
        assert service.end(signal.SIGINT) == 0
        eventually(lambda: all(has_ended(pid) for pid in below))
    assert not list((tmp_path / "data" / "jobs").glob("*-*"))
