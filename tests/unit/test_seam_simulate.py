"""What `simulate` refuses, what it runs, and what comes out right of it that does not in pyquafu."""

# pyright: reportIndexIssue=false, reportGeneralTypeIssues=false, reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyquafu annotates some of its own calls wrongly.

from collections.abc import Callable

import numpy as np
import pytest
from quafu import QuantumCircuit, simulate
from quafu.elements.noise import AmplitudeDamping

from tests.unit import seam_circuits as circuits
from tests.unit.seam_child import Job, in_job


def _simulated(_job: Job, maker: str, shots: int) -> object:
    result = simulate(getattr(circuits, maker)(), shots=shots)
    return [dict(result.counts), [round(float(value), 9) for value in result.probabilities]]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (circuits.gates_without_instructions, ["circuit.gates", "task.send"]),
        (circuits.gate_added_to_gates_alone, ["circuit.gates", "task.send"]),
        (circuits.same_qubit_twice, ["swap on qubits 1, 1", "twice"]),
        (circuits.negative_qubit, ["h on qubit -1", "qubits 0 to 1"]),
        (circuits.angle_that_is_no_number, ["rx on qubit 0", "'0.3' (str)"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_would_come_out_wrong_is_not_simulated(make: Callable[[], QuantumCircuit], words: list[str]) -> None:
    outcome = in_job(_simulated, make.__name__, 0)
    assert outcome.error == "CircuitError"
    for word in words:
        assert word in outcome.message


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (circuits.reset, "00"),
        (circuits.condition, "00"),
        (circuits.gate_after_measurement, "0"),
        (circuits.joined, "1"),
        (circuits.measured_twice, "00"),
        (circuits.wrapped, "1"),
        (circuits.waiting, "10"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_simulate_runs_with_shots_what_it_gets_right(make: Callable[[], QuantumCircuit], key: str) -> None:
    assert in_job(_simulated, make.__name__, 100).value[0] == {key: 100}


def _controlled_s(_job: Job) -> object:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.x(1)
    circuit.cs(0, 1)
    state = simulate(circuit)["statevector"]
    return [complex(state[3] / state[2]), float(abs(state[0]))]


def test_a_controlled_s_turns_the_phase_and_flips_nothing_in_simulate() -> None:
    ratio, ground = in_job(_controlled_s).value
    assert abs(ratio - 1j) < 1e-12
    assert ground == 0


def _in_place(_job: Job) -> object:
    circuit = QuantumCircuit(1)
    for add in (circuit.h, circuit.s, circuit.t):
        add(0)
    circuit.rx(0, 0.7)
    again = QuantumCircuit(1)
    for add in (again.h, again.s, again.t):
        add(0)
    again.rx(0, 0.7)
    again.dagger(inplace=True)
    circuit.join(again)
    tripled = QuantumCircuit(1)
    tripled.rx(0, np.pi / 3)
    tripled.power(3, inplace=True)
    return [simulate(one).probabilities.tolist() for one in (circuit, tripled)]


def test_power_and_dagger_in_place_come_out_right_in_simulate() -> None:
    undone, tripled = in_job(_in_place).value
    assert undone == pytest.approx([1, 0])
    assert tripled == pytest.approx([0, 1])


def _noisy(_job: Job, channel: str) -> object:
    circuit = QuantumCircuit(1)
    circuit.x(0)
    if channel == "damping":
        circuit.add_ins(AmplitudeDamping(0, 0.5))
    else:
        circuit.add_noise("bitflip", [0.25], qubits=[0])
    circuit.measure()
    return dict(simulate(circuit, simulator="noisy statevetor", shots=400).counts)


def test_noise_that_pyquafu_simulates_wrongly_comes_out_right() -> None:
    outcome = in_job(_noisy, "damping")
    assert outcome.output == ""
    assert abs(outcome.value["1"] - 200) < 5 * (400 * 0.5 * 0.5) ** 0.5


def test_noise_that_is_a_mixture_of_gates_passes_and_repeats_with_its_seed() -> None:
    outcome = in_job(_noisy, "flip")
    assert outcome.output == ""
    counts = outcome.value
    assert abs(counts["0"] - 100) < 5 * (400 * 0.25 * 0.75) ** 0.5
    assert in_job(_noisy, "flip").value == counts
    assert in_job(_noisy, "flip", seed=8).value != counts
