"""A circuit as plain values: what the reader of OpenQASM makes, and what the engines run.

Not for circuits with reset, conditions or gates after a measurement: OpenQASM as pyquafu writes it has none, and
`trajectories` runs those straight from pyquafu's own objects.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

IDLE = frozenset({"id", "barrier", "delay_ns", "delay_us"})
"""Operations that change nothing on an exact backend."""


class Operation(NamedTuple):
    """One gate, barrier or delay.

    Attributes:
        name: As OpenQASM writes it; a delay carries its unit, `delay_ns` or `delay_us`.
        angles: In radians; of a delay its duration.
        qubits: Controls first, as pyquafu has them.
    """

    name: str
    angles: tuple[float, ...]
    qubits: tuple[int, ...]


@dataclass(frozen=True)
class Circuit:
    """Operations, and a measurement of some qubits at their end.

    Attributes:
        width: Qubits that were declared.
        bits: Classical bits that were declared.
        operations: In order.
        measures: The classical bit of each measured qubit, in the order in which they were written.
    """

    width: int
    bits: int
    operations: Sequence[Operation]
    measures: Mapping[int, int]

    @cached_property
    def shape(self) -> tuple[int, int]:
        """How many layers of gates, and how many gates it has, computed once: a task is often sent again."""
        return shape((operation.name != "barrier", operation.qubits) for operation in self.operations)


def shape(steps: Iterable[tuple[bool, Sequence[int]]]) -> tuple[int, int]:
    """The size of a circuit.

    Args:
        steps: For each gate and each barrier whether it is a gate, and its qubits.

    Returns:
        How many layers of gates it has, each gate standing in the first layer behind all that it has to wait for; and
        how many gates.
    """
    layers: dict[int, int] = {}
    gates = 0
    for is_gate, qubits in steps:
        layer = max((layers.get(qubit, 0) for qubit in qubits), default=0) + is_gate
        layers.update(dict.fromkeys(qubits, layer))
        gates += is_gate
    return max(layers.values(), default=0), gates


@dataclass(frozen=True)
class CompactCircuit:
    """What of a circuit has to be simulated: the qubits that a gate touches, numbered from 0.

    Attributes:
        width: Qubits that a gate touches.
        operations: Gates alone, on the new numbers.
        readout: For each character of a counts key, the new number of its qubit, or None for a qubit that no gate
            touches and that reads 0.
    """

    width: int
    operations: Sequence[Operation]
    readout: Sequence[int | None]


def compacted(circuit: Circuit) -> CompactCircuit:
    """Leave out what changes nothing, and the qubits that no gate touches.

    A circuit is often declared as wide as a chip and uses a few qubits of it.

    Args:
        circuit: As it was read.

    Returns:
        The part that an engine has to run. The characters of a counts key follow the classical bits, the lowest first.
    """
    gates = [operation for operation in circuit.operations if operation.name not in IDLE]
    touched = sorted({qubit for gate in gates for qubit in gate.qubits})
    number = {qubit: index for index, qubit in enumerate(touched)}
    by_bit = sorted(circuit.measures, key=circuit.measures.__getitem__)
    return CompactCircuit(
        width=len(touched),
        operations=[gate._replace(qubits=tuple(number[qubit] for qubit in gate.qubits)) for gate in gates],
        readout=[number.get(qubit) for qubit in by_bit],
    )
