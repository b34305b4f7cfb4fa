"""Jobs on a real service with real processes: cancelled, killed, side by side."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service_speaker import ECHO, SLEEP, ServiceProcess, Speaker, descendants, has_ended

BUSY = 'def run(task, userpub, params):\n    userpub.publish(b"asleep")\n    while True:\n        pass\n'
CIRCUITS = (
    "from quafu import QuantumCircuit, simulate\n"
    "def run(task, userpub, params):\n"
    "    circuit = QuantumCircuit(2)\n"
    "    circuit.h(0)\n"
    "    circuit.cnot(0, 1)\n"
    "    circuit.measure([0, 1])\n"
    "    task.config(shots=params)\n"
    '    task.send(circuit, name="bell")\n'
    '    userpub.publish(b"between")\n'
    "    simulate(circuit)\n"
)
DEAF = (
    "import signal, time\n"
    "def run(task, userpub, params):\n"
    "    for number in set(signal.valid_signals()) - {signal.SIGKILL, signal.SIGSTOP}:\n"
    "        signal.signal(number, signal.SIG_IGN)\n"
    '    userpub.publish(b"asleep")\n'
    "    while True:\n"
    "        time.sleep(1)\n"
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess(tmp_path_factory.mktemp("service"), "--max-jobs=2") as service:
        yield service


@pytest.fixture
def speaker(service: ServiceProcess) -> Speaker:
    return service.speaker


def _name() -> str:
    return f"p{time.monotonic_ns()}"


@pytest.mark.parametrize("source", [SLEEP, BUSY, DEAF], ids=["sleeps", "computes", "ignores signals"])
def test_a_job_is_cancelled_within_about_a_second_whatever_it_does(
    service: ServiceProcess, speaker: Speaker, source: str
) -> None:
    job_id = speaker.run(speaker.upload(_name(), source))
    speaker.wait_until_asleep(job_id)
    below = set(descendants(service.process.pid))
    began = time.monotonic()
    assert speaker.data("job_cancel", job_id=job_id) == {"status": 3}
    assert time.monotonic() - began < 3
    assert speaker.result(job_id) == {"result": None, "status": 3, **_finish_time(speaker, job_id)}
    assert any(has_ended(pid) for pid in below)
    echo = speaker.upload(_name(), ECHO)
    assert speaker.result(speaker.run(echo, 1))["status"] == 2


def _finish_time(speaker: Speaker, job_id: str) -> dict[str, str]:
    return {"finish_time": speaker.data("job_status", job_id=job_id)["finished_time"]}


def test_the_end_of_a_runner_is_the_end_of_its_job_and_of_no_other(service: ServiceProcess, speaker: Speaker) -> None:
    source = SLEEP.replace('b"asleep"', "str(os.getppid())").replace("import time", "import os, time")
    killed, other = speaker.run(speaker.upload(_name(), source)), speaker.run(speaker.upload(_name(), SLEEP))
    with speaker.listen(killed) as stream:
        stream.recv()
        runner = int(stream.recv())
    speaker.wait_until_asleep(other)
    assert runner in descendants(service.process.pid)
    os.kill(runner, signal.SIGKILL)
    result = speaker.result(killed)
    assert result["status"] == 4
    assert "lost" in result["result"]
    assert "SIGKILL" in result["result"]
    assert speaker.status(other) == 1
    speaker.data("job_cancel", job_id=other)


def test_a_ledger_has_what_the_program_sent_and_simulated(speaker: Speaker) -> None:
    job_id = speaker.run(speaker.upload(_name(), CIRCUITS), 100)
    assert speaker.result(job_id)["status"] == 2
    ledger = speaker.data("job_ledger", job_id=job_id)
    sent, simulated = ledger["circuits"]
    assert (sent["how"], sent["name"], sent["qubits"], sent["gates"], sent["shots"]) == ("send", "bell", 2, 2, 100)
    assert (simulated["how"], simulated["backend"], simulated["qubits"]) == ("simulate", None, 2)
    assert sent["seq"] < simulated["seq"]
    assert sent["engine"] in speaker.data("job_info", job_id=job_id)["engine"]
    times = ledger["times"]
    assert min(times.values()) >= 0
    assert times["simulated"] == pytest.approx(sent["seconds"] + simulated["seconds"])


def test_a_file_that_a_job_leaves_is_not_left(service: ServiceProcess, speaker: Speaker) -> None:
    source = 'def run(task, userpub, params):\n    open("left", "w").close()\n    return 1\n'
    assert speaker.result(speaker.run(speaker.upload(_name(), source)))["status"] == 2
    left = [path for path in Path(service.data_dir, "jobs").rglob("left") if path.is_file()]
    assert left == []
