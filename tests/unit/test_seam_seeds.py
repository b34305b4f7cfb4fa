"""Equal seeds give equal draws, in everything that is random; other seeds give others, and nothing else matters."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyquafu annotates some of its own calls wrongly.

import random
from collections.abc import Callable

import numpy as np
import pytest
from quafu import QuantumCircuit, simulate

from tests.unit.seam_child import Job, in_job


def _spread(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    for qubit in range(width):
        circuit.ry(qubit, 0.4 + 0.2 * qubit)
    for qubit in range(width - 1):
        circuit.cnot(qubit, qubit + 1)
    circuit.measure()
    return circuit


def _hadamards(width: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    for qubit in range(width):
        circuit.h(qubit)
    circuit.measure()
    return circuit


def _sent(job: Job) -> object:
    return [dict(job.task.send(_spread(5), wait=True).counts) for _ in range(2)]


def _simulated(_job: Job) -> object:
    return dict(simulate(_spread(5), shots=500).counts)


def _simulated_with_a_measurement_in_between(_job: Job) -> object:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.measure([0], [0])
    circuit.h(0)
    circuit.measure([0], [1])
    return dict(simulate(circuit, shots=500).counts)


def _simulated_by_clifford(_job: Job) -> object:
    return dict(simulate(_hadamards(40), simulator="clifford", shots=20).counts)


def _sent_by_clifford(job: Job) -> object:
    job.task.shots = 20
    return dict(job.task.send(_hadamards(40), wait=True).counts)


def _sent_by_matrix_product(job: Job) -> object:
    job.task.shots = 50
    return dict(job.task.send(_spread(30), wait=True).counts)


def _drawn_by_random(_job: Job) -> object:
    return random.getrandbits(64)


def _drawn_by_numpy(_job: Job) -> object:
    return np.random.random(3).tolist()  # noqa: NPY002 - the global one that programs use


def _ids(job: Job) -> object:
    return [job.task.send(_spread(2)).taskid for _ in range(3)]


@pytest.mark.parametrize(
    "draw",
    [
        _sent,
        _simulated,
        _simulated_with_a_measurement_in_between,
        _simulated_by_clifford,
        _sent_by_clifford,
        _sent_by_matrix_product,
        _drawn_by_random,
        _drawn_by_numpy,
        _ids,
    ],
    ids=lambda function: function.__name__,
)
def test_equal_seeds_give_equal_draws_and_other_seeds_others(draw: Callable[[Job], object]) -> None:
    memory = 2**20  # so that thirty qubits are too many for a state vector
    first = in_job(draw, seed=11, memory=memory)
    assert first.error is None
    assert in_job(draw, seed=11, memory=memory).value == first.value
    assert in_job(draw, seed=12, memory=memory).value != first.value


def test_two_tasks_of_one_job_draw_differently() -> None:
    first, second = in_job(_sent).value
    assert first != second


def _sent_after_draws(job: Job) -> object:
    np.random.seed(0)  # noqa: NPY002 - as a program may
    random.seed(0)
    np.random.random(100)  # noqa: NPY002 - the same
    return _sent(job)


def test_what_a_program_draws_itself_does_not_change_the_counts() -> None:
    assert in_job(_sent_after_draws).value == in_job(_sent).value


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_every_seed_of_the_contract_works(seed: int) -> None:
    assert in_job(_drawn_by_numpy, seed=seed).error is None


def _many(job: Job) -> object:
    job.task.shots = 20_000
    probabilities = simulate(_spread(4)).probabilities
    sent, drawn = job.task.send(_spread(4), wait=True).counts, simulate(_spread(4), shots=20_000).counts
    keys = [f"{number:04b}" for number in range(16)]
    return [probabilities.tolist(), *([counts.get(key, 0) for key in keys] for counts in (sent, drawn))]


def test_counts_follow_the_exact_distribution() -> None:
    probabilities, *drawn = (np.array(row) for row in in_job(_many).value)
    for counts in drawn:
        assert counts.sum() == 20_000
        deviation = np.abs(counts - 20_000 * probabilities)
        assert np.all(deviation <= 5 * np.sqrt(20_000 * probabilities * (1 - probabilities)) + 1e-6)
