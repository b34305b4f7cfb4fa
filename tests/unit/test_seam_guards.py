"""What is refused before it is sent, by its name and with a way out; and what passes, since it is right."""

from collections.abc import Callable

import pytest
from quafu import QuantumCircuit

from tests.unit import seam_circuits as circuits
from tests.unit.seam_child import Job, in_job


def _sent(job: Job, maker: str) -> object:
    return dict(job.task.send(getattr(circuits, maker)(), wait=True).counts)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (circuits.reset, ["reset on qubit 1", "left out", "simulate"]),
        (circuits.condition, ["cif on classical bits [0]", "left out", "simulate"]),
        (circuits.gate_after_measurement, ["x on qubit 0", "after a measurement", "Measure at the end"]),
        (circuits.power_in_place, ["power(inplace=True)", "one by one"]),
        (circuits.dagger_in_place, ["dagger(inplace=True)", "one by one"]),
        (circuits.dagger_in_place_of_one_gate, ["dagger(inplace=True)", "one by one"]),
        (circuits.dagger, ["s^† on qubit 0", "no name in OpenQASM", "own gates"]),
        (circuits.unmeasured, ["measure is missing", "circuit.measure()"]),
        (circuits.joined, ["measure on qubit 0", "join()", "Measure after joining"]),
        (circuits.measured_twice, ["measure on qubit 0", "twice", "once"]),
        (circuits.one_bit_for_two, ["classical bit 0", "twice", "its own bit"]),
        (circuits.bit_outside, ["classical bit 2", "2 classical bits", "QuantumCircuit(qubits, classical_bits)"]),
        (circuits.wrapped, ["oracle on qubit 0", "wrapped", "unwrap()"]),
        (circuits.noise, ["bitflip on qubit 0", "noise", "noisy statevetor"]),
        (circuits.same_qubit_twice, ["swap on qubits 1, 1", "twice"]),
        (circuits.negative_qubit, ["h on qubit -1", "qubits 0 to 1"]),
        (circuits.angle_that_is_no_number, ["rx on qubit 0", "'0.3' (str)"]),
        (circuits.angle_that_is_not_finite, ["ry on qubit 0", "nan"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_would_come_out_wrong_is_not_sent(make: Callable[[], QuantumCircuit], words: list[str]) -> None:
    outcome = in_job(_sent, make.__name__)
    assert outcome.error == "CircuitError"
    for word in words:
        assert word in outcome.message


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (circuits.gate_on_another_qubit_after_a_measurement, "11"),
        (circuits.barrier_after_a_measurement, "10"),
        (circuits.swapped_bits, "01"),
        (circuits.bits_with_a_gap, "10"),
        (circuits.gates_without_instructions, "10"),
        (circuits.gate_added_to_gates_alone, "10"),
        (circuits.copied_gates, "10"),
        (circuits.turned_back_sqrt, "10"),
        (circuits.waiting, "10"),
        (circuits.power_not_in_place, "10"),
        (circuits.numpy_qubits, "10"),
        (circuits.from_text, "01"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_pyquafus_writer_gets_right_passes(make: Callable[[], QuantumCircuit], key: str) -> None:
    assert in_job(_sent, make.__name__).value == {key: 1000}


def _waited_in_vain(job: Job) -> object:
    job.task.send(circuits.waiting())
    return job.task.send(circuits.waiting()).taskid


def test_the_log_says_once_that_a_delay_changes_nothing_on_an_exact_backend() -> None:
    lines = [line for line in in_job(_waited_in_vain).log if "delay" in line]
    assert len(lines) == 1
