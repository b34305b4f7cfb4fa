"""What is noisy about `local-noisy`: each figure, and the channel that follows from it.

The figures are those of no chip: round numbers of the size that transmons have (arXiv:1905.13641), one and the
same for all qubits, so that what a program measures can be compared with what is written here.
"""

from functools import lru_cache
from math import exp

import numpy as np

from quafu_runtime.server.runner.quafu_seam.circuit import Operation
from quafu_runtime.server.runner.quafu_seam.gates import made
from quafu_runtime.server.runner.quafu_seam.pauli_state import OUTCOMES, Rows, Transfer, transfer_of

T1 = 30_000.0
"""Nanoseconds in which 1 decays to 0 with probability 1 - 1/e."""

T2 = 20_000.0
"""Nanoseconds in which a superposition's coherence falls to 1/e; it may be up to twice T1."""

ONE_QUBIT_GATE = 30.0
"""Nanoseconds of a gate of one qubit, and of an identity gate, which only waits."""

TWO_QUBIT_GATE = 60.0
"""Nanoseconds of a gate of two qubits, whichever it is."""

ONE_QUBIT_ERROR = 0.001
"""The probability that X, Y or Z, each as likely, follows a gate of one qubit."""

TWO_QUBIT_ERROR = 0.01
"""The probability that one of the fifteen Pauli strings but II, each as likely, follows a gate of two qubits."""

READ_1_FOR_0 = 0.02
"""The probability that a qubit in 0 is read as 1."""

READ_0_FOR_1 = 0.05
"""The probability that a qubit in 1 is read as 0: more, since it may decay while it is read."""

IN_SOFTWARE = frozenset({"z", "s", "sdg", "t", "tdg", "rz", "p"})
"""Rotations about z: the frame of later pulses turns instead, which takes no time and is exact (arXiv:1612.00858)."""

MOST_QUBITS = 2
"""A gate of more qubits is no one step on a chip, and nobody could say how noisy it is."""

FIGURES = {
    "t1_ns": T1,
    "t2_ns": T2,
    "one_qubit_gate_ns": ONE_QUBIT_GATE,
    "two_qubit_gate_ns": TWO_QUBIT_GATE,
    "one_qubit_error": ONE_QUBIT_ERROR,
    "two_qubit_error": TWO_QUBIT_ERROR,
    "read_1_for_0": READ_1_FOR_0,
    "read_0_for_1": READ_0_FOR_1,
}
"""All of them, as `task.get_backend_info()["full_info"]["noise"]` has them."""

READ: Rows = np.array([[1 - READ_1_FOR_0, READ_0_FOR_1], [READ_1_FOR_0, 1 - READ_0_FOR_1]]) @ OUTCOMES
"""Reads the probabilities of what a measurement says: the confusion matrix behind those of 0 and of 1."""

_NANOSECONDS = {"delay_ns": 1.0, "delay_us": 1000.0}
_KEPT_TRANSFERS = 1024
"""Programs use the same few gates again and again."""


def waiting_time(operation: Operation) -> float | None:
    """Nanoseconds of an operation that only waits; None of any other."""
    if operation.name in _NANOSECONDS:
        return operation.angles[0] * _NANOSECONDS[operation.name]
    return ONE_QUBIT_GATE if operation.name == "id" else None


def duration(operation: Operation) -> float:
    """Nanoseconds of a gate."""
    if operation.name in IN_SOFTWARE:
        return 0.0
    return ONE_QUBIT_GATE if len(operation.qubits) == 1 else TWO_QUBIT_GATE


def noisy_gate(operation: Operation) -> Transfer:
    """A gate and the depolarizing error behind it; the decay meanwhile is not in it."""
    return _noisy_gate(operation.name, operation.angles, len(operation.qubits))


def relaxation(time: float) -> Transfer:
    """What waiting does to a qubit: it decays and loses its phase (arXiv:1904.06560, section III.B).

    Args:
        time: In nanoseconds.
    """
    kept, coherent = exp(-time / T1), exp(-time / T2)
    return np.array([[1, 0, 0, 0], [0, coherent, 0, 0], [0, 0, coherent, 0], [1 - kept, 0, 0, kept]])


@lru_cache(maxsize=_KEPT_TRANSFERS)
def _noisy_gate(name: str, angles: tuple[float, ...], qubits: int) -> Transfer:
    gate = transfer_of([made(Operation(name, angles, tuple(range(qubits))))._get_raw_matrix()])  # noqa: SLF001 - the first qubit is highest
    if name in IN_SOFTWARE:
        return gate
    error, strings = (ONE_QUBIT_ERROR, 4) if qubits == 1 else (TWO_QUBIT_ERROR, 16)
    # Over all strings, II included, the signs that an expectation value gets cancel: over the others they add up to -1.
    left = np.full(strings, 1 - error * strings / (strings - 1))
    left[0] = 1.0
    return np.asarray(left[:, np.newaxis] * gate)
