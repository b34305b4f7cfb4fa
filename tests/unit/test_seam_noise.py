"""The backend `local-noisy` against closed formulas, and against density matrices computed the long way."""

from math import exp, pi
from typing import Any

import numpy as np
import pytest
from quafu import QuantumCircuit

from quafu_runtime.server.runner.quafu_seam.circuit import Circuit, Operation
from quafu_runtime.server.runner.quafu_seam.gates import made
from quafu_runtime.server.runner.quafu_seam.noise_model import (
    ONE_QUBIT_ERROR,
    ONE_QUBIT_GATE,
    READ_0_FOR_1,
    READ_1_FOR_0,
    T1,
    T2,
    TWO_QUBIT_ERROR,
    TWO_QUBIT_GATE,
)
from quafu_runtime.server.runner.quafu_seam.noisy import NotOnNoisyError, outcomes_of, run_noisy
from quafu_runtime.server.runner.quafu_seam.pauli_state import WIDEST
from tests.unit.seam_child import Job, in_job

SHOTS = 20_000
STANDARD_ERRORS = 5

_X = np.array([[0, 1], [1, 0]], dtype=complex)
_Y = np.array([[0, -1j], [1j, 0]])
_Z = np.diag([1, -1]).astype(complex)
_PAULIS = [np.eye(2, dtype=complex), _X, _Y, _Z]


def op(name: str, *qubits: int, angles: tuple[float, ...] = ()) -> Operation:
    return Operation(name, angles, qubits)


def measured(*operations: Operation, width: int = 1) -> Circuit:
    return Circuit(width, width, operations, {qubit: qubit for qubit in range(width)})


def exact(circuit: Circuit) -> dict[str, float]:
    """The exact probability of each key."""
    parts = outcomes_of(circuit)
    width = len(circuit.measures)
    keys = [f"{number:0{width}b}" for number in range(2**width)]
    return {
        key: float(np.prod([d[sum(int(key[c]) << place for place, c in enumerate(columns))] for columns, d in parts]))
        for key in keys
    }


def read_as_one(population: float) -> float:
    """What a measurement says of a qubit that is 1 with a probability."""
    return population * (1 - READ_0_FOR_1) + (1 - population) * READ_1_FOR_0


def after_one_gate() -> float:
    """By how much the depolarizing error of one gate of one qubit shrinks an expectation value."""
    return 1 - 4 * ONE_QUBIT_ERROR / 3


# Closed formulas


@pytest.mark.parametrize("time", [0, 3_000, 30_000, 90_000])
@pytest.mark.parametrize("by", ["id", "delay_ns", "delay_us"])
def test_an_excited_qubit_decays_with_t1(time: int, by: str) -> None:
    waiting = {
        "id": [op("id", 0)] * round(time / ONE_QUBIT_GATE),
        "delay_ns": [op("delay_ns", 0, angles=(time,))],
        "delay_us": [op("delay_us", 0, angles=(time / 1000,))],
    }[by]
    excited = (1 + after_one_gate()) / 2  # right behind the gate, whose duration counts as well
    expected = read_as_one(excited * exp(-(time + ONE_QUBIT_GATE) / T1))
    assert exact(measured(op("x", 0), *waiting))["1"] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("echo", [False, True])
@pytest.mark.parametrize("time", [0, 5_000, 20_000])
def test_a_superposition_loses_its_phase_with_t2_with_and_without_an_echo(time: int, echo: bool) -> None:
    half = op("delay_ns", 0, angles=(time / 2,))
    middle = [op("y", 0)] if echo else []
    circuit = measured(op("rx", 0, angles=(pi / 2,)), half, *middle, half, op("rx", 0, angles=(-pi / 2,)))
    gates = 1 + len(middle)
    coherence = exp(-(time + gates * ONE_QUBIT_GATE) / T2) * after_one_gate() ** (gates + 1)
    # The last gate turns the coherence into a population, and then decays for its own duration; the echo turns the sign
    # of x, and leaves that of y, along which the first rotation by x has put the state.
    kept = exp(-ONE_QUBIT_GATE / T1)
    expected = read_as_one((1 - ((1 - kept) + kept * coherence)) / 2)
    assert exact(circuit)["1"] == pytest.approx(expected, abs=1e-12)


def test_the_phase_of_a_ramsey_experiment_turns_with_a_rotation_that_takes_no_time() -> None:
    phases = np.linspace(0, 2 * pi, 9)
    circuits = [
        measured(op("rx", 0, angles=(pi / 2,)), op("rz", 0, angles=(phase,)), op("rx", 0, angles=(-pi / 2,)))
        for phase in phases
    ]
    ones = np.array([exact(circuit)["1"] for circuit in circuits])
    coherence = exp(-ONE_QUBIT_GATE / T2) * after_one_gate() ** 2
    kept = exp(-ONE_QUBIT_GATE / T1)
    expected = [read_as_one((1 - (1 - kept) - kept * coherence * np.cos(phase)) / 2) for phase in phases]
    assert ones == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("prepared", "expected"), [((), READ_1_FOR_0), ((0,), None)])
def test_reading_mistakes_zero_and_one_with_their_own_probabilities(
    prepared: tuple[int, ...], expected: float | None
) -> None:
    circuit = measured(*(op("x", qubit) for qubit in prepared))
    excited = (1 + after_one_gate()) / 2 * exp(-ONE_QUBIT_GATE / T1)
    assert exact(circuit)["1"] == pytest.approx(read_as_one(excited) if expected is None else expected, abs=1e-12)


# The long way


def _relaxed(rho: Any, time: float, on: Any) -> Any:
    decay, dephase = 1 - exp(-time / T1), (1 - exp(-time / T2 + time / (2 * T1))) / 2
    damping = [np.diag([1, np.sqrt(1 - decay)]), np.array([[0, np.sqrt(decay)], [0, 0]])]
    rho = sum(on(kraus) @ rho @ on(kraus).conj().T for kraus in damping)
    return (1 - dephase) * rho + dephase * on(_Z) @ rho @ on(_Z)


def _the_long_way(circuit: Circuit) -> dict[str, float]:
    """Density matrices and Kraus operators over all qubits, time step by time step; qubit 0 is the highest digit."""
    width = circuit.width

    def on(matrix: Any, *qubits: int) -> Any:
        count = len(qubits)
        order = [*qubits, *(qubit for qubit in range(width) if qubit not in qubits)]
        full = np.kron(matrix, np.eye(2 ** (width - count))).reshape([2] * 2 * width)
        places = [order.index(qubit) for qubit in range(width)]
        return full.transpose([*places, *(width + place for place in places)]).reshape(2**width, 2**width)

    rho = np.zeros((2**width, 2**width), dtype=complex)
    rho[0, 0] = 1
    free = [0.0] * width

    def wait(qubits: Any, until: float) -> None:
        nonlocal rho
        for qubit in qubits:
            rho = _relaxed(rho, until - free[qubit], lambda matrix, q=qubit: on(matrix, q))
            free[qubit] = until

    for step in circuit.operations:
        start = max(free[qubit] for qubit in step.qubits)
        if step.name in {"id", "delay_ns"}:
            wait(step.qubits, start + (ONE_QUBIT_GATE if step.name == "id" else step.angles[0]))
            continue
        wait(step.qubits, start)
        if step.name == "barrier":
            continue
        unitary = on(made(step)._get_raw_matrix(), *step.qubits)
        rho = unitary @ rho @ unitary.conj().T
        if step.name == "rz":
            continue
        count = len(step.qubits)
        error = ONE_QUBIT_ERROR if count == 1 else TWO_QUBIT_ERROR
        strings = _PAULIS if count == 1 else [np.kron(one, other) for one in _PAULIS for other in _PAULIS]
        mixed = sum(on(string, *step.qubits) @ rho @ on(string, *step.qubits) for string in strings[1:])
        rho = (1 - error) * rho + error / (len(strings) - 1) * mixed
        wait(step.qubits, start + (ONE_QUBIT_GATE if count == 1 else TWO_QUBIT_GATE))
    wait(range(width), max(free))
    confusion = np.array([[1 - READ_1_FOR_0, READ_0_FOR_1], [READ_1_FOR_0, 1 - READ_0_FOR_1]])
    outcomes = np.real(np.diag(rho))
    for _ in range(width):  # each turn reads the first qubit, and makes it the last
        outcomes = (confusion @ outcomes.reshape(2, -1)).T.ravel()
    by_bit = sorted(circuit.measures, key=circuit.measures.__getitem__)
    turned = outcomes.reshape([2] * width).transpose(by_bit).ravel()
    return {f"{number:0{width}b}": float(value) for number, value in enumerate(turned)}


def _random_circuit(seed: int, width: int = 3) -> Circuit:
    generator = np.random.default_rng(seed)
    operations = []
    for _ in range(20):
        first, second, third = (int(qubit) for qubit in generator.permutation(width))
        choices = [
            op("h", first),
            op("rx", first, angles=(float(generator.uniform(-3, 3)),)),
            op("rz", first, angles=(float(generator.uniform(-3, 3)),)),
            op("cx", first, second),
            op("iswap", first, second),
            op("cry", first, third, angles=(float(generator.uniform(-3, 3)),)),
            op("id", first),
            op("delay_ns", first, angles=(float(generator.integers(5000)),)),
            op("barrier", first, second),
        ]
        operations.append(choices[generator.integers(len(choices))])
    return Circuit(width, width, operations, dict(enumerate(int(bit) for bit in generator.permutation(width))))


@pytest.mark.parametrize("seed", range(12))
def test_random_circuits_have_the_probabilities_of_density_matrices(seed: int) -> None:
    circuit = _random_circuit(seed)
    assert exact(circuit) == pytest.approx(_the_long_way(circuit), abs=1e-12)


# What can be run


def test_a_gate_of_three_qubits_is_refused() -> None:
    with pytest.raises(NotOnNoisyError, match="ccx acts on 3 qubits"):
        outcomes_of(measured(op("ccx", 0, 1, 2), width=3))


def test_more_qubits_than_can_be_entangled_are_refused_with_the_limit() -> None:
    ghz = [op("h", 0), *(op("cx", qubit, qubit + 1) for qubit in range(WIDEST))]
    with pytest.raises(NotOnNoisyError, match=rf"joins {WIDEST + 1} qubits .* can have {WIDEST} "):
        outcomes_of(measured(*ghz, width=WIDEST + 1))


def test_as_many_qubits_as_can_be_entangled_are_run() -> None:
    ghz = [op("h", 0), *(op("cx", qubit, qubit + 1) for qubit in range(WIDEST - 1))]
    counts = run_noisy(measured(*ghz, width=WIDEST), SHOTS, np.random.default_rng(1))
    assert sum(counts.values()) == SHOTS
    assert counts["0" * WIDEST] + counts["1" * WIDEST] > SHOTS / 2


def test_many_qubits_that_have_nothing_to_do_with_each_other_are_run() -> None:
    counts = run_noisy(measured(*(op("x", q) for q in range(20)), width=20), SHOTS, np.random.default_rng(1))
    ones = sum(key.count("1") * count for key, count in counts.items()) / (20 * SHOTS)
    excited = (1 + after_one_gate()) / 2 * exp(-ONE_QUBIT_GATE / T1)
    assert ones == pytest.approx(read_as_one(excited), abs=STANDARD_ERRORS * 0.25 / (20 * SHOTS) ** 0.5)


# Through a task


def _sent(job: Job, backend: str, shots: int) -> object:
    job.task.config(backend=backend, shots=shots)
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.h(1)
    circuit.cnot(1, 2)
    for _ in range(500):
        circuit.id(0)
    circuit.measure([0, 1, 2], [2, 0, 1])
    return dict(job.task.send(circuit, wait=True).counts)


def test_counts_of_a_task_follow_the_probabilities_in_the_order_of_the_bits() -> None:
    outcome = in_job(_sent, "local-noisy", SHOTS)
    operations = [op("x", 0), op("h", 1), op("cx", 1, 2), *[op("id", 0)] * 500]
    expected = exact(Circuit(3, 3, operations, {0: 2, 1: 0, 2: 1}))
    assert sum(outcome.value.values()) == SHOTS
    for key, probability in expected.items():
        error = (probability * (1 - probability) / SHOTS) ** 0.5
        assert outcome.value.get(key, 0) / SHOTS == pytest.approx(probability, abs=STANDARD_ERRORS * error)
    assert any("engine: pauli-transfer (numpy), 3 qubits" in line for line in outcome.log)


def test_a_job_with_noise_repeats_with_its_seed() -> None:
    counts = in_job(_sent, "local-noisy", 1000, seed=3).value
    assert in_job(_sent, "local-noisy", 1000, seed=3).value == counts
    assert in_job(_sent, "local-noisy", 1000, seed=4).value != counts


def test_the_default_backend_stays_exact() -> None:
    assert set(in_job(_sent, "local", 1000).value) == {"001", "111"}
    assert len(in_job(_sent, "local-noisy", 1000).value) == 8


def _chosen_by_the_job(job: Job) -> object:
    job.task.shots = SHOTS
    circuit = QuantumCircuit(1)
    circuit.measure()
    return [job.task.backend.name, dict(job.task.send(circuit, wait=True).counts)]


def test_a_job_may_ask_for_the_noisy_backend() -> None:
    name, counts = in_job(_chosen_by_the_job, backend="local-noisy").value
    assert name == "local-noisy"
    error = (READ_1_FOR_0 * (1 - READ_1_FOR_0) / SHOTS) ** 0.5
    assert counts["1"] / SHOTS == pytest.approx(READ_1_FOR_0, abs=STANDARD_ERRORS * error)


def _too_many_controls(job: Job) -> object:
    circuit = QuantumCircuit(3)
    circuit.toffoli(0, 1, 2)
    circuit.measure()
    return job.task.send(circuit, wait=True)


def test_a_task_that_cannot_be_run_with_noise_is_an_error_of_its_circuit() -> None:
    outcome = in_job(_too_many_controls, backend="local-noisy")
    assert outcome.error == "CircuitError"
    assert "acts on 3 qubits, and local-noisy knows" in outcome.message
