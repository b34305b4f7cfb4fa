"""Programs as the published examples for the deployed service have them: written for older pyquafu, run unmodified."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyquafu annotates some of its own calls wrongly.

import pytest

from tests.unit.seam_child import Job, in_job

HELLO = """
import numpy as np
from quafu import QuantumCircuit
from quafu import simulate


def circuit():
    q = QuantumCircuit(5)
    q.x(0)
    q.x(1)
    q.cnot(2, 1)
    q.ry(1, np.pi / 2)
    q.rx(2, np.pi)
    q.rz(3, 0.1)
    q.cz(2, 3)
    q.measure([0, 1, 2, 3], cbits=[0, 1, 2, 3])
    return q


def run(task, userpub, params):
    result = simulate(circuit())
    print("Hello World!", params)
    return {"num": result.num, "probabilities": result.probabilities.tolist()}
"""

SENDS = """
from quafu import QuantumCircuit, Task, User


def run(task: Task, userpub, params):
    user = User()
    user.save_apitoken("a token from the example")
    task.load_account()
    task.config(backend="ScQ-P10", shots=100, compile=True)
    q = QuantumCircuit(2)
    q.h(0)
    q.cnot(0, 1)
    q.measure([0, 1], cbits=[0, 1])
    later = [task.send(q) for _ in range(3)]
    for number, result in enumerate(later):
        print(f"Result of task #{number}: {result}")
    now = task.send(q, wait=True).res
    found = task.retrieve(later[0].taskid).res
    return [[result.task_status for result in later], sum(now.values()), sum(found.values())]
"""

PUBLISHES = """
def run(task, userpub, params):
    print("Hello World!", params)
    x = 3
    while x:
        message = "publish from job " + str(x)
        userpub.publish(message.encode())
        x = x - 1
    return {"result": params}
"""


def _run(job: Job, source: str, params: object) -> object:
    program: dict[str, object] = {}
    exec(source, program)  # noqa: S102 - a program as a user has it
    entry = program["run"]
    assert callable(entry)
    return [entry(job.task, job, params), job.published]


def test_the_first_example_of_the_guide_finds_the_number_of_measured_qubits() -> None:
    outcome = in_job(_run, HELLO, {"TestParam1": "xxxxxx"})
    (result, _) = outcome.value
    assert result["num"] == 4
    expected = [0.0] * 16
    expected[10] = expected[14] = 0.5
    assert result["probabilities"] == pytest.approx(expected)
    assert outcome.output == "Hello World! {'TestParam1': 'xxxxxx'}\n"


def test_the_example_that_sends_with_and_without_waiting_runs() -> None:
    (result, _) = in_job(_run, SENDS, None).value
    assert result == [["In Queue"] * 3, 100, 100]


def test_the_example_that_publishes_in_a_loop_runs() -> None:
    assert in_job(_run, PUBLISHES, [1]).value == [
        {"result": [1]},
        [b"publish from job 3", b"publish from job 2", b"publish from job 1"],
    ]


def _num_without_measurement(_job: Job) -> object:
    from quafu import QuantumCircuit, simulate

    circuit = QuantumCircuit(3)
    circuit.h(0)
    return simulate(circuit).num


def test_num_counts_all_qubits_where_none_is_measured() -> None:
    assert in_job(_num_without_measurement).value == 3
