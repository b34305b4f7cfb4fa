"""Clifford circuits of any width, with stim.

The outcomes of a stabilizer state are uniform over an affine space: one outcome, plus the span of the generators' X
parts. stim finds both; the job's generator draws from it, so that equal seeds give equal counts on every machine,
which stim's own seeds do not promise.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import pi

import numpy as np
import stim

from quafu_runtime.server.runner.quafu_seam.circuit import CompactCircuit, Operation
from quafu_runtime.server.runner.quafu_seam.sampling import Bits, added, counted, portions

_FIXED: dict[str, tuple[str, ...]] = {
    "id": (),
    "x": ("X",),
    "y": ("Y",),
    "z": ("Z",),
    "h": ("H",),
    "s": ("S",),
    "sdg": ("S_DAG",),
    "sx": ("SQRT_X_DAG",),  # pyquafu's sx turns the other way than OpenQASM's
    "sxdg": ("SQRT_X",),
    "sy": ("SQRT_Y",),
    "sydg": ("SQRT_Y_DAG",),
    "w": ("H_XY",),
    "cx": ("CX",),
    "cnot": ("CX",),
    "cy": ("CY",),
    "cz": ("CZ",),
    "swap": ("SWAP",),
    "iswap": ("ISWAP",),
}
_TURNS: dict[str, tuple[tuple[str, ...], ...]] = {
    "rx": ((), ("SQRT_X",), ("X",), ("SQRT_X_DAG",)),
    "ry": ((), ("SQRT_Y",), ("Y",), ("SQRT_Y_DAG",)),
    "rz": ((), ("S",), ("Z",), ("S_DAG",)),
    "p": ((), ("S",), ("Z",), ("S_DAG",)),
    "rxx": ((), ("SQRT_XX",), ("SQRT_XX", "SQRT_XX"), ("SQRT_XX_DAG",)),
    "ryy": ((), ("SQRT_YY",), ("SQRT_YY", "SQRT_YY"), ("SQRT_YY_DAG",)),
    "rzz": ((), ("SQRT_ZZ",), ("SQRT_ZZ", "SQRT_ZZ"), ("SQRT_ZZ_DAG",)),
}
"""stim's gates for a rotation by 0, 1, 2 and 3 quarters of a turn, up to a phase."""

_AS_QUARTER = 1e-9
"""An angle this near to a quarter of a turn counts as one; it changes a probability by less than 1e-18."""

_SHOTS_AT_ONCE = 10_000
"""Each shot of a wide circuit takes a byte a qubit and a float a qubit."""


def stim_names(operation: Operation) -> tuple[str, ...] | None:
    """Find stim's gates for an operation.

    Args:
        operation: A gate.

    Returns:
        Their names, applied to the same qubits one after the other; None where it is not a Clifford gate.
    """
    if operation.name in _FIXED:
        return _FIXED[operation.name]
    if operation.name in _TURNS:
        quarters = _quarters(operation.angles[0])
        return None if quarters is None else _TURNS[operation.name][quarters]
    if operation.name == "cp":
        return {0: (), 2: ("CZ",)}.get(-1 if (turn := _quarters(operation.angles[0])) is None else turn)
    return None


def is_clifford(operations: Iterable[Operation]) -> bool:
    """Whether all of a circuit's gates are Clifford gates."""
    return all(stim_names(operation) is not None for operation in operations)


def run_clifford(circuit: CompactCircuit, shots: int, generator: np.random.Generator) -> dict[str, int]:
    """Run a Clifford circuit, and measure it.

    Args:
        circuit: Its gates are Clifford gates.
        shots: How many times.
        generator: The job's.

    Returns:
        Counts.
    """
    wires = Wires(circuit.width)
    for operation in circuit.operations:
        wires.apply(stim_names(operation) or (), operation.qubits)
    return wires.sampled(circuit.readout, shots, generator)


@dataclass
class Wires:
    """A stabilizer state that grows: what is measured or reset in between goes on on another wire.

    A measurement copies its qubit to a fresh wire, and a reset moves its qubit to one; so all that has been measured
    can be read at the end at once.

    Attributes:
        count: Wires so far.
    """

    count: int
    _circuit: stim.Circuit = field(default_factory=stim.Circuit)
    _moved: dict[int, int] = field(default_factory=dict)

    def apply(self, names: Iterable[str], qubits: Sequence[int]) -> None:
        """Apply stim's gates to qubits, one gate after the other."""
        where = [self._moved.get(qubit, qubit) for qubit in qubits]
        for name in names:
            self._circuit.append(name, where)

    def reset(self, qubit: int) -> None:
        """Let a qubit go on as a fresh one."""
        self._moved[qubit] = self._fresh()

    def measured(self, qubit: int) -> int:
        """Measure a qubit now.

        Args:
            qubit: Which.

        Returns:
            The wire that holds the outcome from now on.
        """
        copy = self._fresh()
        self._circuit.append("CX", [self._moved.get(qubit, qubit), copy])
        return copy

    def sampled(self, readout: Sequence[int | None], shots: int, generator: np.random.Generator) -> dict[str, int]:
        """Measure many times.

        Args:
            readout: The wire of each character of a key, or None for one that is always 0.
            shots: How many times.
            generator: The job's.

        Returns:
            Counts.
        """
        if not self.count:
            return {"0" * len(readout): shots} if readout else {}
        span, one = self._outcomes()
        columns = [0 if wire is None else wire for wire in readout]
        constant = np.array([wire is None for wire in readout], dtype=bool)
        span, one = span[:, columns], one[columns]
        span[:, constant], one[constant] = 0, 0
        return added(counted(_drawn(span, one, part, generator)) for part in portions(shots, _SHOTS_AT_ONCE))

    def _outcomes(self) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float32]], Bits]:
        """The X parts of the stabilizer's generators, a row each, and one possible outcome."""
        circuit = self._circuit.copy()
        circuit.append("I", range(self.count))
        _, _, x_parts, _, _, _ = circuit.to_tableau().to_numpy()
        circuit.append("M", range(self.count))
        return x_parts.astype(np.float32), circuit.reference_sample().astype(np.uint8)

    def _fresh(self) -> int:
        self.count += 1
        return self.count - 1


def _drawn(
    span: np.ndarray[tuple[int, int], np.dtype[np.float32]], one: Bits, shots: int, generator: np.random.Generator
) -> Bits:
    """Add random sums of the rows to one outcome; floats, since numpy multiplies integers slowly."""
    chosen = generator.integers(0, 2, size=(shots, len(span)), dtype=np.uint8).astype(np.float32)
    sums = (chosen @ span).astype(np.int64) & 1
    return sums.astype(np.uint8) ^ one


def _quarters(angle: float) -> int | None:
    """How many quarters of a turn an angle is, or None where it is none."""
    quarters = angle / (pi / 2)
    return round(quarters) % 4 if abs(quarters - round(quarters)) < _AS_QUARTER else None
