"""Mixed states of a few qubits as the expectation values of all Pauli strings, and what gates and noise do to them.

In this basis a channel is a real matrix, its Pauli transfer matrix (arXiv:1509.02921, section 2), and a state of n
qubits is 4 ** n real numbers: half of what a density matrix takes, exact, and without a single draw.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from functools import cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

Transfer = NDArray[np.float64]
"""A Pauli transfer matrix: of k qubits, the first of which is the highest digit, over I, X, Y and Z."""

Rows = NDArray[np.float64]
"""What is read of one qubit: a row for each number that is wanted, a column for each of I, X, Y and Z."""

WIDEST = 11
"""Qubits that may be entangled with each other: 32 MB, some 50 ms a gate; one more takes four times as much."""

MOST_QUBITS_OF_A_GATE = 4
"""The transfer matrix of a gate has 16 ** qubits entries."""

OF_PAULI: dict[str, Rows] = {name: np.eye(4)[[index]] for index, name in enumerate("IXYZ")}
"""Reads an expectation value; that of I takes no notice of the qubit."""

OUTCOMES: Rows = np.array([[0.5, 0, 0, 0.5], [0.5, 0, 0, -0.5]])
"""Reads the probabilities of 0 and of 1."""

_GROUND = np.array([1.0, 0, 0, 1])
_PAULIS = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]], dtype=np.complex128)
_TOLERANCE = 1e-9


class NoChannelError(ValueError):
    """Some operators change the sum of all probabilities."""


class PauliState:
    """A state of some qubits, all in 0 at first.

    What happens to one qubit alone is kept with it, and multiplied up: only what joins qubits touches the whole state.

    Args:
        qubits: Their numbers.
    """

    def __init__(self, qubits: Sequence[int]) -> None:
        self._axes = {qubit: axis for axis, qubit in enumerate(qubits)}
        self._alone: dict[int, Transfer] = {qubit: np.eye(4) for qubit in qubits}
        self._values: Any = reduce(np.multiply.outer, [_GROUND] * len(qubits))

    def apply(self, transfer: Transfer, qubits: Sequence[int]) -> None:
        """Let a channel act.

        Args:
            transfer: The channel's.
            qubits: What it acts on, in the transfer matrix's order.
        """
        if len(qubits) == 1:
            self._alone[qubits[0]] = transfer @ self._alone[qubits[0]]
            return
        whole = transfer @ reduce(np.kron, [self._alone[qubit] for qubit in qubits])
        self._alone |= {qubit: np.eye(4) for qubit in qubits}
        self._contract(whole.reshape((4,) * 2 * len(qubits)), [self._axes[qubit] for qubit in qubits])

    def read(self, rows: Mapping[int, Rows]) -> NDArray[np.float64]:
        """Read the state, which is of no use afterwards unless one row alone is read of each qubit.

        Args:
            rows: What to read of each qubit; nothing is read of those that are not named.

        Returns:
            An axis for each qubit, in their order.
        """
        values = self._values
        for qubit, axis in self._axes.items():
            read = rows.get(qubit, OF_PAULI["I"]) @ self._alone[qubit]
            values = np.moveaxis(np.tensordot(read, values, axes=([1], [axis])), 0, axis)
        return np.asarray(values)

    def _contract(self, tensor: Any, axes: list[int]) -> None:
        count = len(axes)
        after = np.tensordot(tensor, self._values, axes=(range(count, 2 * count), axes))
        self._values = np.moveaxis(after, range(count), axes)


def transfer_of(operators: Sequence[NDArray[np.complex128]]) -> Transfer:
    """The transfer matrix of a channel.

    Args:
        operators: Its Kraus operators; of a gate its unitary alone. The first qubit is the highest bit of an index.

    Returns:
        The matrix.

    Raises:
        NoChannelError: The operators do not keep the sum of all probabilities.
    """
    size = len(operators[0])
    total = sum(operator.conj().T @ operator for operator in operators)
    if not np.allclose(total, np.eye(size), rtol=0, atol=_TOLERANCE):
        message = "its operators do not keep the sum of all probabilities"
        raise NoChannelError(message)
    strings = _strings(size.bit_length() - 1)
    after = sum(operator @ strings @ operator.conj().T for operator in operators)
    return np.asarray(np.einsum("iab,jba->ij", strings, after).real / size, dtype=np.float64)


def joined(qubits: Iterable[int], gates: Iterable[Sequence[int]]) -> list[list[int]]:
    """Put together the qubits that gates join, directly or by way of others: only these have one state together.

    Args:
        qubits: All of them.
        gates: The qubits of each gate.

    Returns:
        Groups, each in ascending order, by their lowest qubit.
    """
    leader = {qubit: qubit for qubit in qubits}

    def found(qubit: int) -> int:
        while leader[qubit] != qubit:
            leader[qubit] = qubit = leader[leader[qubit]]
        return qubit

    for gate in gates:
        first = min(found(qubit) for qubit in gate)
        for qubit in gate:
            leader[found(qubit)] = first
    groups: dict[Hashable, list[int]] = {}
    for qubit in sorted(leader):
        groups.setdefault(found(qubit), []).append(qubit)
    return list(groups.values())


@cache
def _strings(count: int) -> NDArray[np.complex128]:
    """All Pauli strings of some qubits as matrices, in the order of the values of a state."""
    strings = np.ones((1, 1, 1), dtype=np.complex128)
    for _ in range(count):
        size = 2 * strings.shape[1]
        strings = np.einsum("iab,jcd->ijacbd", strings, _PAULIS).reshape(-1, size, size)
    return strings
