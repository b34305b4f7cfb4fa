"""What is prepared once: everything that a job imports; and how long a job's first steps and its tasks take."""

import os
import subprocess
import sys
import time

from quafu import QuantumCircuit, simulate

from tests.unit.seam_child import Job, in_job


def _layers(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    for layer in range(3):
        for qubit in range(width):
            circuit.ry(qubit, 0.3 + 0.1 * layer + 0.01 * qubit)
        for qubit in range(width - 1):
            circuit.cnot(qubit, qubit + 1)
    circuit.measure()
    return circuit


def _imports(job: Job) -> object:
    before = set(sys.modules)
    job.task.send(_layers(3), wait=True)
    job.task.retrieve(job.task.send(_layers(3)).taskid)
    _ = simulate(_layers(3), shots=10).probabilities
    simulate("OPENQASM 2.0;\nqreg q[2];\nu2(0,1) q[0];\n")
    return sorted(set(sys.modules) - before)


def test_a_job_imports_nothing_more_for_its_tasks_and_simulations() -> None:
    assert in_job(_imports).value == []


def _environment(_job: Job) -> object:
    return os.environ["OMP_NUM_THREADS"]


def test_a_job_has_one_thread_for_its_libraries() -> None:
    assert in_job(_environment).value == "1"


def test_naming_the_seam_does_not_import_pyquafu() -> None:
    code = "import sys, quafu_runtime.server.runner.quafu_seam as seam; sys.exit('quafu' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def _seconds(job: Job, width: int, shots: int, times: int) -> object:
    circuit = _layers(width)
    job.task.shots = shots
    job.task.send(circuit, wait=True)
    start = time.process_time()
    for _ in range(times):
        job.task.send(circuit, wait=True)
    return (time.process_time() - start) / times


def test_a_small_task_takes_milliseconds() -> None:
    assert in_job(_seconds, 5, 1000, 30).value < 0.01  # some 0.002 where nothing else runs


def test_twenty_qubits_and_ten_thousand_shots_take_less_than_a_second() -> None:
    assert in_job(_seconds, 20, 10_000, 1).value < 1.5  # some 0.4 where nothing else runs
