"""Circuits that carry noise channels of their own, on every path: the right answer, or a refusal."""

# pyright: reportArgumentType=false, reportCallIssue=false
# pyquafu annotates some of its own calls wrongly.

from math import exp
from typing import Any

import numpy as np
import pytest
from quafu import Hamiltonian, QuantumCircuit, simulate
from quafu.algorithms import Estimator
from quafu.elements.element_gates import element_gates as library
from quafu.elements.noise import AmplitudeDamping, BitFlip, Decoherence, Dephasing, Depolarizing

from tests.unit.seam_child import Job, in_job

SHOTS = 20_000
TOLERANCE = 5 * 0.5 / SHOTS**0.5
NOISY = "noisy statevetor"

CHANNELS: dict[str, tuple[Any, list[float]]] = {
    "bitflip": (BitFlip, [0.25]),
    "dephasing": (Dephasing, [0.25]),
    "depolarizing": (Depolarizing, [0.3]),
    "ampdamping": (AmplitudeDamping, [0.5]),
    "decoherence": (Decoherence, [1.0, 2.0, 1.5]),
}


def _circuit(channel: str, prepared: str, paras: list[float] | None = None) -> QuantumCircuit:
    kind, defaults = CHANNELS[channel]
    circuit = QuantumCircuit(1)
    if prepared == "1":
        circuit.x(0)
    elif prepared == "+":
        circuit.h(0)
    circuit.add_ins(kind(0, *(defaults if paras is None else paras)))
    if prepared == "+":
        circuit.h(0)
    circuit.measure()
    return circuit


def _ones(_job: Job, channel: str, prepared: str) -> object:
    counts = simulate(_circuit(channel, prepared), simulator=NOISY, shots=SHOTS).counts
    return counts.get("1", 0) / SHOTS


@pytest.mark.parametrize(
    ("channel", "prepared", "expected"),
    [
        ("bitflip", "1", 0.75),
        ("bitflip", "+", 0.0),
        ("dephasing", "1", 1.0),
        ("dephasing", "+", 0.25),
        ("depolarizing", "1", 1 - 0.2),
        ("depolarizing", "+", 0.2),
        ("ampdamping", "1", 0.5),
        ("ampdamping", "0", 0.0),
        ("ampdamping", "+", (1 - 0.5**0.5) / 2),
        ("decoherence", "1", exp(-1 / 2)),
        ("decoherence", "+", (1 - exp(-1 / 1.5)) / 2),
    ],
)
def test_a_channel_leaves_what_its_formula_says(channel: str, prepared: str, expected: float) -> None:
    assert in_job(_ones, channel, prepared).value == pytest.approx(expected, abs=TOLERANCE)


def _entangled(_job: Job) -> object:
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cnot(0, 2)
    circuit.add_ins(AmplitudeDamping(2, 0.5))
    circuit.toffoli(0, 2, 1)
    circuit.measure([0, 1, 2], [2, 0, 1])
    energy = Hamiltonian.from_pauli_list([("Z0 Z2", 2.0), ("Z1", 1.0), ("X0", 1.0)])
    result = simulate(circuit, simulator=NOISY, shots=SHOTS, hamiltonian=energy)
    return [dict(result.counts), list(result["pauli_expects"]), result["qbitnum"]]


def test_counts_and_expectation_values_of_entangled_qubits_are_right() -> None:
    counts, expectations, width = in_job(_entangled).value
    # 000 with 1/2; 111 with 1/4; qubit 0 alone with 1/4. Keys: bits 0, 1, 2 are qubits 1, 2, 0.
    expected = {"000": 0.5, "111": 0.25, "001": 0.25}
    assert {key: count / SHOTS for key, count in counts.items()} == pytest.approx(expected, abs=TOLERANCE)
    assert expectations == pytest.approx([2 * (0.5 + 0.25 - 0.25), 0.5, 0.0], abs=1e-12)
    assert width == 3


def _everywhere(job: Job, path: str, channel: str) -> object:
    circuit = _circuit(channel, "1")
    if path in {"local", "local-noisy"}:
        job.task.config(backend=path, shots=100)
        return dict(job.task.send(circuit, wait=True).counts)
    if path == "estimator":
        estimator = Estimator(circuit, backend="local", task=job.task)
        return float(estimator.run(Hamiltonian.from_pauli_list([("Z0", 1.0)]), None))
    if path == "estimator without a task":
        return float(Estimator(circuit).run(Hamiltonian.from_pauli_list([("Z0", 1.0)]), None))
    if path == "condition":
        conditional = QuantumCircuit(1)
        conditional.measure([0], [0])
        with conditional.cif([0], 0):
            conditional.add_ins(CHANNELS[channel][0](0, *CHANNELS[channel][1]))
        return dict(simulate(conditional, shots=100).counts)
    if path == "wrapped":
        outer = QuantumCircuit(1)
        _ = outer << circuit.wrap()
        return dict(simulate(outer, shots=100).counts)
    return dict(simulate(circuit, simulator=path, shots=100).counts)


PATHS = [
    "local", "local-noisy", "statevector", "clifford", "estimator", "estimator without a task", "condition", "wrapped",
]  # fmt: skip


@pytest.mark.parametrize("channel", ["bitflip", "ampdamping"])
@pytest.mark.parametrize("path", PATHS)
def test_what_cannot_run_a_channel_refuses_it(path: str, channel: str) -> None:
    outcome = in_job(_everywhere, path, channel)
    assert outcome.signal == 0
    assert outcome.error in {"CircuitError", "QuafuError"}, outcome.value
    assert "noise" in outcome.message or "noisy" in outcome.message or "Clifford" in outcome.message


def _ill_formed(_job: Job, what: str) -> object:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    if what == "reset":
        circuit.add_ins(AmplitudeDamping(0, 0.5))
        circuit.reset([0])
    elif what == "gate after a measurement":
        circuit.add_ins(BitFlip(0, 0.5))
        circuit.measure([0], [0])
        circuit.x(0)
    elif what == "negative":
        circuit.add_ins(BitFlip(0, -0.5))
    elif what == "T2 above 2 T1":
        circuit.add_ins(Decoherence(0, 1.0, 1.0, 3.0))
    elif what == "above one":
        circuit.add_ins(Depolarizing(0, 1.5))
    circuit.measure([1], [1])
    return dict(simulate(circuit, simulator=NOISY, shots=10, psi=[1, 0, 0, 0] if what == "psi" else []).counts)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("reset", "left out by the noisy simulator"),
        ("gate after a measurement", "comes after a measurement"),
        ("negative", "is no noise channel"),
        ("above one", "is no noise channel"),
        ("T2 above 2 T1", "is no noise channel"),
    ],
)
def test_what_is_no_channel_or_no_noisy_circuit_is_refused(what: str, words: str) -> None:
    outcome = in_job(_ill_formed, what)
    assert (outcome.signal, outcome.error) == (0, "CircuitError")
    assert words in outcome.message


def _from_a_state(_job: Job, channel: str) -> object:
    state = np.array([0, 1])
    circuit = QuantumCircuit(1)
    circuit.add_ins(CHANNELS[channel][0](0, *CHANNELS[channel][1]))
    circuit.measure()
    return simulate(circuit, simulator=NOISY, shots=2000, psi=state).counts.get("1", 0) / 2000


def test_a_state_to_start_from_takes_mixtures_of_gates_alone() -> None:
    assert in_job(_from_a_state, "bitflip").value == pytest.approx(0.75, abs=5 * 0.5 / 2000**0.5)
    outcome = in_job(_from_a_state, "ampdamping")
    assert outcome.error == "CircuitError"
    assert "psi is given" in outcome.message


def _wide(_job: Job, channel: str) -> object:
    circuit = QuantumCircuit(13)
    for qubit in range(12):
        circuit.cnot(qubit, qubit + 1)
    circuit.x(12)
    circuit.add_ins(CHANNELS[channel][0](12, *CHANNELS[channel][1]))
    circuit.measure([12], [0])
    return simulate(circuit, simulator=NOISY, shots=200).counts.get("1", 0) / 200


def test_wide_circuits_take_mixtures_of_gates_alone() -> None:
    assert in_job(_wide, "bitflip").value == pytest.approx(0.75, abs=5 * 0.5 / 200**0.5)
    outcome = in_job(_wide, "ampdamping")
    assert outcome.error == "CircuitError"
    assert "join 13 qubits" in outcome.message


def _controlled(_job: Job) -> object:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.add_ins(_turn().ctrl_by(0))
    circuit.add_ins(BitFlip(1, 0.0))
    circuit.measure()
    energy = Hamiltonian.from_pauli_list([("Z0 Z1", 1.0), ("Z1", 1.0)])
    noisy = simulate(circuit, simulator=NOISY, shots=1, hamiltonian=energy)["pauli_expects"]
    clean = QuantumCircuit(2)
    clean.h(0)
    clean.add_ins(_turn().ctrl_by(0))
    return [list(noisy), list(simulate(clean, hamiltonian=energy)["pauli_expects"])]


def _turn() -> Any:
    return library.U3Gate(1, 0.4, 0.5, 0.6)


def test_a_controlled_gate_of_the_programs_own_has_the_same_order_of_qubits_with_noise() -> None:
    noisy, clean = in_job(_controlled).value
    assert noisy == pytest.approx(clean, abs=1e-9)
