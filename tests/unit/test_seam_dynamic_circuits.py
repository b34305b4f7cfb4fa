"""Circuits of `simulate` with measurements in between, resets and conditions: exact, and without a crash."""

from collections.abc import Callable

import numpy as np
import pytest
from quafu import QuantumCircuit, simulate

from quafu_runtime.server.runner.quafu_seam.branches import Branches
from tests.unit.seam_child import Job, in_job

SHOTS = 8000


def _teleported() -> QuantumCircuit:
    """A qubit of a known tilt, from 0 to 2: what is measured there is 1 with probability sin²(0.6)."""
    circuit = QuantumCircuit(3)
    circuit.ry(0, 1.2)
    circuit.h(1)
    circuit.cnot(1, 2)
    circuit.cnot(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.cif([1], 1):
        circuit.x(2)
    with circuit.cif([0], 1):
        circuit.z(2)
    circuit.measure([2], [2])
    return circuit


def _reset_of_an_entangled_qubit() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.reset([0])
    circuit.measure()
    return circuit


def _two_bit_condition() -> QuantumCircuit:
    """The first bit that is named is the highest: 2 means that bit 0 is set and bit 1 is not."""
    circuit = QuantumCircuit(3)
    circuit.x(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.cif([0, 1], 2):
        circuit.x(2)
    circuit.measure([2], [2])
    return circuit


def _measured_again_after_a_gate() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.measure([0], [0])
    circuit.x(0)
    circuit.measure([0], [1])
    return circuit


def _bit_written_twice() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(1)
    circuit.measure([1], [0])
    circuit.measure([0], [0])
    return circuit


def _measured_in_a_condition() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.measure([0], [0])
    with circuit.cif([0], 1):
        circuit.x(1)
        circuit.reset([0])
        circuit.measure([1], [1])
    return circuit


def _reset_many_times() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    for _ in range(300):
        circuit.h(0)
        circuit.reset([0])
    circuit.measure()
    return circuit


def _counted(_job: Job, maker: str) -> object:
    make: Callable[[], QuantumCircuit] = globals()[maker]
    return dict(simulate(make(), shots=SHOTS).counts)


TILT = float(np.sin(0.6) ** 2)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (_teleported, {f"{a}{b}{c}": (TILT if c else 1 - TILT) / 4 for a in (0, 1) for b in (0, 1) for c in (0, 1)}),
        (_reset_of_an_entangled_qubit, {"00": 0.5, "01": 0.5}),
        (_two_bit_condition, {"101": 1.0}),
        (_measured_again_after_a_gate, {"01": 0.5, "10": 0.5}),
        (_bit_written_twice, {"0": 1.0}),
        (_measured_in_a_condition, {"00": 0.5, "11": 0.5}),
        (_reset_many_times, {"00": 1.0}),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_counts_follow_the_exact_distribution(make: Callable[[], QuantumCircuit], expected: dict[str, float]) -> None:
    outcome = in_job(_counted, make.__name__)
    assert outcome.signal == 0
    assert sum(outcome.value.values()) == SHOTS
    assert set(outcome.value) <= set(expected)
    for key, chance in expected.items():
        assert abs(outcome.value.get(key, 0) - SHOTS * chance) <= 5 * (SHOTS * chance * (1 - chance)) ** 0.5


def _state(_job: Job) -> object:
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.reset([0])
    circuit.x(1)
    circuit.measure([1], [0])
    with circuit.cif([0], 1):
        circuit.h(0)
    return np.abs(simulate(circuit)["statevector"]) ** 2


def test_a_circuit_whose_outcomes_are_certain_has_a_state_without_shots() -> None:
    assert in_job(_state).value == pytest.approx([0, 0, 0.5, 0.5])


@pytest.mark.parametrize("make", [_reset_of_an_entangled_qubit, _teleported], ids=lambda make: make.__name__)
def test_a_circuit_whose_outcomes_are_random_has_no_one_state_and_needs_shots(
    make: Callable[[], QuantumCircuit],
) -> None:
    outcome = in_job(_without_shots, make.__name__)
    assert (outcome.signal, outcome.error) == (0, "CircuitError")
    assert "shots" in outcome.message


def _without_shots(_job: Job, maker: str) -> object:
    make: Callable[[], QuantumCircuit] = globals()[maker]
    return simulate(make())


def test_branches_that_a_reset_makes_equal_are_put_together() -> None:
    state = np.array([1, -1], dtype=complex) / np.sqrt(2)
    start = Branches.start(1, [], state, 10)
    after = start.projected(0, np.array([4]), start.chances(0), None)
    assert after.shots.tolist() == [10]
    assert np.abs(after.states) == pytest.approx(np.array([[1, 0]]))


def test_branches_that_a_measurement_makes_stay_apart() -> None:
    start = Branches.start(1, [5], np.array([1, -1], dtype=complex) / np.sqrt(2), 10)
    after = start.projected(0, np.array([4]), start.chances(0), 5)
    assert (after.shots.tolist(), after.bits.tolist()) == ([6, 4], [[0], [1]])


def test_more_branches_than_memory_should_hold_are_run_in_halves() -> None:
    few = Branches.start(22, [], np.zeros(2**22, dtype=complex), 10)
    assert not few.too_many
    several = few.joined(few).joined(few)
    assert several.too_many
    assert [len(half.shots) for half in several.halves()] == [1, 2]
