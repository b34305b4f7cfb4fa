"""Runs a circuit on `local-noisy`: exact probabilities under the noise of `noise_model`, of which counts are drawn.

Each gate begins as soon as its qubits are free. A qubit that waits, for an identity gate, a delay, a barrier or another
qubit, decays meanwhile; all measurements begin together, when the last gate has ended.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from quafu_runtime.server.runner.quafu_seam.circuit import Circuit, Operation
from quafu_runtime.server.runner.quafu_seam.noise_model import (
    MOST_QUBITS,
    READ,
    duration,
    noisy_gate,
    relaxation,
    waiting_time,
)
from quafu_runtime.server.runner.quafu_seam.pauli_state import WIDEST, PauliState, joined
from quafu_runtime.server.runner.quafu_seam.sampling import Bits, added, bits_of, counted, drawn, portions

Distribution = NDArray[np.float64]
"""Of the outcomes of some qubits: the first one is the lowest bit of an index."""


class NotOnNoisyError(ValueError):
    """The circuit cannot be run with noise."""


def run_noisy(circuit: Circuit, shots: int, generator: np.random.Generator) -> dict[str, int]:
    """Run a circuit, and measure it.

    Args:
        circuit: As it was read.
        shots: How many times.
        generator: The job's.

    Returns:
        Counts; the characters of a key follow the classical bits, the lowest first.

    Raises:
        NotOnNoisyError: It has a gate of more than two qubits, or joins too many of them.
    """
    return sampled_parts(outcomes_of(circuit), shots, generator)


def outcomes_of(circuit: Circuit) -> list[tuple[list[int], Distribution]]:
    """The exact distribution of what is measured, for each group of qubits that have to do with each other.

    Args:
        circuit: As it was read.

    Returns:
        The characters of a key that the group's qubits become, and their distribution.

    Raises:
        NotOnNoisyError: It has a gate of more than two qubits, or joins too many of them.
    """
    gates = [operation for operation in circuit.operations if _is_gate(operation)]
    groups = joined(
        {*circuit.measures, *(qubit for gate in gates for qubit in gate.qubits)}, [gate.qubits for gate in gates]
    )
    _check(gates, groups)
    states = _evolved(circuit, groups)
    by_bit = sorted(circuit.measures, key=circuit.measures.__getitem__)
    parts = []
    for group, state in zip(groups, states, strict=True):
        measured = [qubit for qubit in group if qubit in circuit.measures]
        if measured:
            outcomes = state.read(dict.fromkeys(measured, READ))
            parts.append(([by_bit.index(qubit) for qubit in measured], flattened(outcomes)))
    return parts


def flattened(outcomes: NDArray[np.float64]) -> Distribution:
    """The outcomes of qubits on an axis each, as one distribution; what rounding left below zero is zero."""
    return np.clip(outcomes.ravel(order="F"), 0.0, None)


def sampled_parts(
    parts: Sequence[tuple[Sequence[int], Distribution]], shots: int, generator: np.random.Generator
) -> dict[str, int]:
    """Draw outcomes of qubits that are measured together, though some have nothing to do with each other.

    Args:
        parts: For each group of qubits the characters of a key that they become, and their distribution.
        shots: How many times.
        generator: The job's.

    Returns:
        Counts.
    """
    cumulative = [(columns, np.cumsum(distribution)) for columns, distribution in parts]
    width = sum(len(columns) for columns, _ in parts)

    def rows(count: int) -> Bits:
        bits = np.zeros((count, width), dtype=np.uint8)
        for columns, sums in cumulative:
            bits[:, columns] = bits_of(drawn(sums, count, generator), range(len(columns)))
        return bits

    return added(counted(rows(part)) for part in portions(shots))


def _is_gate(operation: Operation) -> bool:
    return operation.name != "barrier" and waiting_time(operation) is None


def _check(gates: Sequence[Operation], groups: Sequence[Sequence[int]]) -> None:
    for gate in gates:
        if len(gate.qubits) > MOST_QUBITS:
            message = (
                f"{gate.name} acts on {len(gate.qubits)} qubits, and local-noisy knows the noise of gates of one and "
                "two qubits. Write it with these, or use the backend local, which is exact."
            )
            raise NotOnNoisyError(message)
    widest = max((len(group) for group in groups), default=0)
    if widest > WIDEST:
        message = (
            f"The circuit joins {widest} qubits by its gates, and local-noisy can have {WIDEST} entangled with each "
            "other. Use fewer, or the backend local, which is exact."
        )
        raise NotOnNoisyError(message)


class _Clock:
    """When each qubit is free, and up to when its decay has been taken into account, in nanoseconds."""

    def __init__(self, states: dict[int, PauliState]) -> None:
        self._states = states
        self._free: dict[int, float] = {}
        self._settled: dict[int, float] = {}

    def wait(self, qubits: Sequence[int], time: float = 0.0) -> None:
        """Let qubits wait for each other, and then for some time."""
        until = max(self._free.get(qubit, 0.0) for qubit in qubits) + time
        self._free.update(dict.fromkeys(qubits, until))

    def settle(self, qubits: Sequence[int]) -> None:
        """Let qubits decay until they are free."""
        for qubit in qubits:
            time = self._free[qubit] - self._settled.get(qubit, 0.0)
            if time > 0:
                self._states[qubit].apply(relaxation(time), [qubit])
            self._settled[qubit] = self._free[qubit]


def _evolved(circuit: Circuit, groups: Sequence[Sequence[int]]) -> list[PauliState]:
    states = [PauliState(group) for group in groups]
    state_of = {qubit: state for group, state in zip(groups, states, strict=True) for qubit in group}
    clock = _Clock(state_of)
    for operation in circuit.operations:
        time = 0.0 if operation.name == "barrier" else waiting_time(operation)
        clock.wait(operation.qubits, time or 0.0)
        if time is None:
            clock.settle(operation.qubits)
            state_of[operation.qubits[0]].apply(noisy_gate(operation), operation.qubits)
            clock.wait(operation.qubits, duration(operation))
    clock.wait(range(circuit.width))
    clock.settle(list(state_of))
    return states
