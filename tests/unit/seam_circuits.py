"""Circuits that pyquafu sends or simulates wrongly, and some that it gets right though they look alike."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyquafu annotates some of its own calls wrongly.

import numpy as np
from quafu import QuantumCircuit
from quafu.elements.element_gates import element_gates as library


def reset() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(1)
    circuit.reset([1])
    circuit.measure()
    return circuit


def condition() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.measure([0], [0])
    with circuit.cif([0], 1):
        circuit.x(1)
    circuit.measure([1], [1])
    return circuit


def gate_after_measurement() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.measure([0], [0])
    circuit.x(0)
    return circuit


def power_in_place() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.rx(0, 1.0)
    circuit.power(2, inplace=True)
    circuit.measure()
    return circuit


def dagger_in_place() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    circuit.s(0)
    circuit.dagger(inplace=True)
    circuit.measure()
    return circuit


def dagger_in_place_of_one_gate() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.s(0)
    circuit.dagger(inplace=True)
    circuit.measure()
    return circuit


def dagger() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.s(0)
    turned = circuit.dagger()
    turned.measure()
    return turned


def unmeasured() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.h(0)
    return circuit


def joined() -> QuantumCircuit:
    measured = QuantumCircuit(1)
    measured.measure()
    circuit = QuantumCircuit(1)
    circuit.x(0)
    return circuit.join(measured)


def measured_twice() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.measure([0], [0])
    circuit.measure([0], [1])
    return circuit


def one_bit_for_two() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.measure([0], [0])
    circuit.measure([1], [0])
    return circuit


def bit_outside() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.measure([0], [2])
    return circuit


def wrapped() -> QuantumCircuit:
    inner = QuantumCircuit(1)
    inner.x(0)
    circuit = QuantumCircuit(1)
    _ = circuit << inner.wrap()
    circuit.measure()
    return circuit


def noise() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.x(0)
    circuit.add_noise("bitflip", [0.1], qubits=[0])
    circuit.measure()
    return circuit


def same_qubit_twice() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.swap(1, 1)
    circuit.measure()
    return circuit


def negative_qubit() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(-1)
    circuit.measure()
    return circuit


def angle_that_is_no_number() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.rx(0, "0.3")
    circuit.measure()
    return circuit


def angle_that_is_not_finite() -> QuantumCircuit:
    circuit = QuantumCircuit(1)
    circuit.ry(0, float("nan"))
    circuit.measure()
    return circuit


def gate_on_another_qubit_after_a_measurement() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure([0], [0])
    circuit.x(1)
    circuit.measure([1], [1])
    return circuit


def barrier_after_a_measurement() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure()
    circuit.barrier()
    return circuit


def swapped_bits() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(0)
    circuit.measure([0, 1], [1, 0])
    return circuit


def bits_with_a_gap() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.x(2)
    circuit.measure([2, 0], [0, 2])
    return circuit


def gates_without_instructions() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.gates.append(library.XGate(0))
    circuit.measures = {0: 0, 1: 1}
    return circuit


def gate_added_to_gates_alone() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(1)
    circuit.add_gate(library.XGate(0))
    circuit.h(1)
    circuit.measure()
    return circuit


def copied_gates() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.rx(0, np.pi)
    circuit.measure()
    circuit.gates = [library.RXGate(0, np.pi)]
    return circuit


def turned_back_sqrt() -> QuantumCircuit:
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


def waiting() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.delay(0, 100, unit="us")
    circuit.h(0)
    circuit.x(0)
    circuit.delay(1, 20)
    circuit.measure()
    return circuit


def power_not_in_place() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.rx(0, np.pi / 3)
    tripled = circuit.power(3)
    tripled.measure()
    return tripled


def numpy_qubits() -> QuantumCircuit:
    circuit = QuantumCircuit(2)
    circuit.x(np.int64(0))
    circuit.barrier(np.arange(2))
    circuit.measure(list(np.arange(2)), cbits=list(np.arange(2)))
    return circuit


def from_text() -> QuantumCircuit:
    circuit = QuantumCircuit(0)
    circuit.from_openqasm(swapped_bits().to_openqasm())
    return circuit
