"""What would end the process, and does not: it comes out right, or is an error."""

# pyright: reportIndexIssue=false, reportGeneralTypeIssues=false, reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyquafu annotates some of its own calls wrongly.

import numpy as np
import pytest
from quafu import Hamiltonian, QuantumCircuit, simulate
from quafu.algorithms import Estimator
from quafu.elements import Parameter

from tests.unit.seam_child import Job, in_job


def _odd_bits(_job: Job, bits: list[int]) -> object:
    circuit = QuantumCircuit(3)
    circuit.x(1)
    circuit.measure([0, 1][: len(bits)], bits)
    return dict(simulate(circuit, shots=50).counts)


@pytest.mark.parametrize(("bits", "key"), [([2], "0"), ([2, 0], "10"), ([0, 2], "01"), ([1, 2], "01")])
def test_classical_bits_may_be_any_with_shots(bits: list[int], key: str) -> None:
    outcome = in_job(_odd_bits, bits)
    assert (outcome.signal, outcome.value) == (0, {key: 50})


def _after_measurement(_job: Job, where: int, *, superposed: bool) -> object:
    circuit = QuantumCircuit(2)
    circuit.h(0) if superposed else circuit.x(0)
    circuit.measure([0], [0])
    circuit.h(where)
    return np.abs(simulate(circuit)["statevector"]) ** 2


def _after_random(job: Job, where: int) -> object:
    return _after_measurement(job, where, superposed=True)


def _after_certain(job: Job, where: int) -> object:
    return _after_measurement(job, where, superposed=False)


def test_a_gate_after_a_random_measurement_of_its_qubit_is_an_error_without_shots() -> None:
    outcome = in_job(_after_random, 0)
    assert (outcome.signal, outcome.error) == (0, "CircuitError")
    assert "Qubit 0" in outcome.message
    assert "shots" in outcome.message


def test_a_gate_after_a_measurement_has_one_state_where_the_outcome_is_certain_or_the_qubit_another() -> None:
    assert in_job(_after_certain, 0).value == pytest.approx([0.5, 0.5, 0, 0])
    assert in_job(_after_random, 1).value == pytest.approx([0.25, 0.25, 0.25, 0.25])


def _angle(job: Job, kind: str) -> object:
    angle = {
        "float32": np.float32(1.25),
        "float64": np.float64(1.25),
        "int64": np.int64(1),
        "0-d": np.array(1.25),
        "1-d": np.array([1.25]),
        "parameter": Parameter("a", np.float32(1.25)),
        "expression": 2 * Parameter("a", 0.625),
        "bool": True,
    }[kind]
    circuit = QuantumCircuit(1)
    circuit.rx(0, angle)
    simulated = simulate(circuit).probabilities[1]
    circuit.measure()
    job.task.shots = 10_000
    return [float(simulated), job.task.send(circuit, wait=True).counts["1"] / 10_000]


@pytest.mark.parametrize("kind", ["float32", "float64", "int64", "0-d", "1-d", "parameter", "expression", "bool"])
def test_an_angle_may_be_any_of_numpys_numbers(kind: str) -> None:
    outcome = in_job(_angle, kind)
    expected = np.sin((1 if kind in {"int64", "bool"} else 1.25) / 2) ** 2
    assert outcome.signal == 0
    assert outcome.value[0] == pytest.approx(expected)
    assert abs(outcome.value[1] - expected) < 5 * (expected * (1 - expected) / 10_000) ** 0.5


def _after_estimator(job: Job) -> object:
    circuit = QuantumCircuit(2)
    circuit.ry(0, Parameter("a", 0.3))
    circuit.cnot(0, 1)
    circuit.measure()
    estimator = Estimator(circuit, backend="local", task=job.task)
    estimator.run(Hamiltonian.from_pauli_list([("X0 X1", 1.0), ("Y0", 1.0)]), [1.0])
    first = simulate(circuit).probabilities.tolist()
    circuit._update_params([2.0])
    return [first, simulate(circuit).probabilities.tolist(), len(circuit.gates), len(circuit.instructions)]


def test_a_circuit_that_an_estimator_ran_is_simulated_as_it_is() -> None:
    outcome = in_job(_after_estimator)
    assert outcome.signal == 0
    first, second, gates, instructions = outcome.value
    for angle, probabilities in ((1.0, first), (2.0, second)):
        assert probabilities == pytest.approx([np.cos(angle / 2) ** 2, 0, 0, np.sin(angle / 2) ** 2])
    assert (gates, instructions) == (2, 3)


def _start(_job: Job, amplitudes: int) -> object:
    start = np.zeros(amplitudes, dtype=complex)
    start[0] = 1
    circuit = QuantumCircuit(2)
    circuit.x(0)
    state = simulate(circuit, psi=start)["statevector"]
    return [start, state]


def test_the_state_to_start_from_is_left_as_it_is() -> None:
    start, state = in_job(_start, 4).value
    assert start.tolist() == [1, 0, 0, 0]
    assert state.tolist() == [0, 1, 0, 0]


def test_a_state_to_start_from_of_another_width_is_an_error() -> None:
    outcome = in_job(_start, 2)
    assert (outcome.error, "2 amplitudes" in outcome.message) == ("CircuitError", True)


def _wide(_job: Job, width: int) -> object:
    circuit = QuantumCircuit(width)
    circuit.h(0)
    return len(simulate(circuit)["statevector"])


@pytest.mark.parametrize("width", [40, 70])
def test_simulating_more_qubits_than_fit_is_an_error_that_names_the_limit_and_a_way_out(width: int) -> None:
    outcome = in_job(_wide, width, memory=2**20)
    assert (outcome.signal, outcome.error) == (0, "CircuitError")
    for words in (f"{width} qubits", "allows 14 qubits", "task.send"):
        assert words in outcome.message


def _bits_of_sampling(_job: Job) -> object:
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.add_noise("bitflip", [0.0], qubits=[0])
    circuit.measure([0], [2])
    return dict(simulate(circuit, simulator="noisy statevetor", shots=3).counts)


def test_the_noisy_simulator_takes_any_classical_bit() -> None:
    outcome = in_job(_bits_of_sampling)
    assert (outcome.signal, outcome.value) == (0, {"1": 3})


def _decomposed(job: Job) -> object:
    generator = np.random.default_rng(3)
    unitary, _ = np.linalg.qr(generator.normal(size=(4, 4)) + 1j * generator.normal(size=(4, 4)))
    circuit = QuantumCircuit(2)
    circuit.unitary(unitary, [0, 1])
    circuit.measure()
    job.task.shots = 20_000
    counts = job.task.send(circuit, wait=True).counts
    return [np.abs(unitary[:, 0]) ** 2, [counts.get(f"{number:02b}", 0) / 20_000 for number in range(4)]]


def test_a_unitary_is_decomposed_without_pyquafus_notes_in_the_log() -> None:
    outcome = in_job(_decomposed)
    exact, sampled = outcome.value
    assert sampled == pytest.approx(exact, abs=5 * 0.5 / 20_000**0.5)
    assert outcome.output == ""
