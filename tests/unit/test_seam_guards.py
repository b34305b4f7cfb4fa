"""What is refused before it is sent or simulated, by its name and with a way out; and what passes, since it is right."""

from collections.abc import Callable

import numpy as np
import pytest
from quafu import QuantumCircuit, simulate
from quafu.elements.noise import AmplitudeDamping
from quafu.elements.element_gates import element_gates as library

from tests.unit.seam_child import Job, in_job


def _reset() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(1)
    circuit.reset([1])
    circuit.measure()
    return circuit


def _condition() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.measure([0], [0])
    with circuit.cif([0], 1):
        circuit.x(1)
    circuit.measure([1], [1])
    return circuit


def _gate_after_measurement() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.measure([0], [0])
    circuit.x(0)
    return circuit


def _power_in_place() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.rx(0, 1.0)
    circuit.power(2, inplace=True)
    circuit.measure()
    return circuit


def _dagger_in_place() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    circuit.s(0)
    circuit.dagger(inplace=True)
    circuit.measure()
    return circuit


def _dagger_in_place_of_one_gate() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.s(0)
    circuit.dagger(inplace=True)
    circuit.measure()
    return circuit


def _dagger() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.s(0)
    turned = circuit.dagger()
    turned.measure()
    return turned


def _unmeasured() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    return circuit


def _joined() -> QuantumCircuit:
    measured = QuantumCircuit(1)
    measured.measure()
    circuit = QuantumCircuit(1)
    circuit.x(0)
    return circuit.join(measured)


def _measured_twice() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.measure([0], [0])
    circuit.measure([0], [1])
    return circuit


def _one_bit_for_two() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.measure([0], [0])
    circuit.measure([1], [0])
    return circuit


def _bit_outside() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.measure([0], [2])
    return circuit


def _wrapped() -> QuantumCircuit:
    inner = QuantumCircuit(1)
    inner.x(0)
    circuit = QuantumCircuit(1)
    circuit << inner.wrap()
    circuit.measure()
    return circuit


def _noise() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.add_noise("bitflip", [0.1], qubits=[0])
    circuit.measure()
    return circuit


def _same_qubit_twice() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.swap(1, 1)
    circuit.measure()
    return circuit


def _negative_qubit() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(-1)
    circuit.measure()
    return circuit


def _angle_that_is_no_number() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.rx(0, "0.3")
    circuit.measure()
    return circuit


def _angle_that_is_not_finite() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.ry(0, float("nan"))
    circuit.measure()
    return circuit


def _sent(job: Job, maker: str) -> object:
    make: Callable[[], QuantumCircuit] = globals()[maker]
    return dict(job.task.send(make(), wait=True).counts)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_reset, ["reset on qubit 1", "left out", "simulate"]),
        (_condition, ["cif on classical bits [0]", "left out", "simulate"]),
        (_gate_after_measurement, ["x on qubit 0", "after a measurement", "Measure at the end"]),
        (_power_in_place, ["power(inplace=True)", "one by one"]),
        (_dagger_in_place, ["dagger(inplace=True)", "one by one"]),
        (_dagger_in_place_of_one_gate, ["dagger(inplace=True)", "one by one"]),
        (_dagger, ["s^† on qubit 0", "no name in OpenQASM", "own gates"]),
        (_unmeasured, ["measure is missing", "circuit.measure()"]),
        (_joined, ["measure on qubit 0", "join()", "Measure after joining"]),
        (_measured_twice, ["measure on qubit 0", "twice", "once"]),
        (_one_bit_for_two, ["classical bit 0", "twice", "its own bit"]),
        (_bit_outside, ["classical bit 2", "2 classical bits", "QuantumCircuit(qubits, classical_bits)"]),
        (_wrapped, ["oracle on qubit 0", "wrapped", "unwrap()"]),
        (_noise, ["bitflip on qubit 0", "noise", "noisy statevetor"]),
        (_same_qubit_twice, ["swap on qubits 1, 1", "twice"]),
        (_negative_qubit, ["h on qubit -1", "qubits 0 to 1"]),
        (_angle_that_is_no_number, ["rx on qubit 0", "'0.3' (str)"]),
        (_angle_that_is_not_finite, ["ry on qubit 0", "nan"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_would_come_out_wrong_is_not_sent(make: Callable[[], QuantumCircuit], words: list[str]) -> None:
    outcome = in_job(_sent, make.__name__)
    assert outcome.error == "CircuitError"
    for word in words:
        assert word in outcome.message


def _gate_on_another_qubit_after_a_measurement() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure([0], [0])
    circuit.x(1)
    circuit.measure([1], [1])
    return circuit


def _barrier_after_a_measurement() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure()
    circuit.barrier()
    return circuit


def _swapped_bits() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure([0, 1], [1, 0])
    return circuit


def _bits_with_a_gap() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.x(2)
    circuit.measure([2, 0], [0, 2])
    return circuit


def _gates_without_instructions() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.gates.append(library.XGate(0))
    circuit.measures = {0: 0, 1: 1}
    return circuit


def _gate_added_to_gates_alone() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(1)
    circuit.add_gate(library.XGate(0))
    circuit.h(1)
    circuit.measure()
    return circuit


def _copied_gates() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.rx(0, np.pi)
    circuit.measure()
    circuit.gates = [library.RXGate(0, np.pi)]
    return circuit


def _turned_back_sqrt() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    for _ in range(3):
        circuit.sxdg(0)
    circuit.sxdg(1)
    circuit.sx(1)
    circuit.sx(0)
    circuit.sx(0)
    circuit.sx(0)
    circuit.x(0)
    circuit.measure()
    return circuit


def _waiting() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.delay(0, 100, unit="us")
    circuit.h(0)
    circuit.x(0)
    circuit.delay(1, 20)
    circuit.measure()
    return circuit


def _power_not_in_place() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.rx(0, np.pi / 3)
    tripled = circuit.power(3)
    tripled.measure()
    return tripled


def _numpy_qubits() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(np.int64(0))
    circuit.measure(list(np.arange(2)), cbits=list(np.arange(2)))
    return circuit


def _from_text() -> QuantumCircuit:
    circuit = QuantumCircuit(0)
    circuit.from_openqasm(_swapped_bits().to_openqasm())
    return circuit


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (_gate_on_another_qubit_after_a_measurement, "11"),
        (_barrier_after_a_measurement, "10"),
        (_swapped_bits, "01"),
        (_bits_with_a_gap, "10"),
        (_gates_without_instructions, "10"),
        (_gate_added_to_gates_alone, "10"),
        (_copied_gates, "10"),
        (_turned_back_sqrt, "10"),
        (_waiting, "10"),
        (_power_not_in_place, "10"),
        (_numpy_qubits, "10"),
        (_from_text, "01"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_pyquafus_writer_gets_right_passes(make: Callable[[], QuantumCircuit], key: str) -> None:
    assert in_job(_sent, make.__name__).value == {key: 1000}


def _waited_in_vain(job: Job) -> object:
    job.task.send(_waiting())
    return job.task.send(_waiting()).taskid


def test_the_log_says_once_that_a_delay_changes_nothing_on_an_exact_backend() -> None:
    lines = [line for line in in_job(_waited_in_vain).log if "delay" in line]
    assert len(lines) == 1


def _simulated(_job: Job, maker: str, shots: int) -> object:
    make: Callable[[], QuantumCircuit] = globals()[maker]
    result = simulate(make(), shots=shots)
    return [dict(result.counts), [round(float(value), 9) for value in result.probabilities]]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_gates_without_instructions, ["circuit.gates", "task.send"]),
        (_gate_added_to_gates_alone, ["circuit.gates", "task.send"]),
        (_same_qubit_twice, ["swap on qubits 1, 1", "twice"]),
        (_negative_qubit, ["h on qubit -1", "qubits 0 to 1"]),
        (_angle_that_is_no_number, ["rx on qubit 0", "'0.3' (str)"]),
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
        (_reset, "00"),
        (_condition, "00"),
        (_gate_after_measurement, "0"),
        (_joined, "1"),
        (_measured_twice, "00"),
        (_wrapped, "1"),
        (_waiting, "10"),
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


def test_noise_that_pyquafu_simulates_wrongly_is_refused() -> None:
    outcome = in_job(_noisy, "damping")
    assert outcome.error == "CircuitError"
    for word in ("ampdamping on qubit 0", "comes out wrong", "depolarizing"):
        assert word in outcome.message


def test_noise_that_is_a_mixture_of_gates_passes_and_repeats_with_its_seed() -> None:
    counts = in_job(_noisy, "flip").value
    assert abs(counts["0"] - 100) < 5 * (400 * 0.25 * 0.75) ** 0.5
    assert in_job(_noisy, "flip").value == counts
    assert in_job(_noisy, "flip", seed=8).value != counts
