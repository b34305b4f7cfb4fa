"""What is too wide for a state vector and not Clifford: a matrix product state (arXiv:1008.3477, section 4).

Exact as long as the circuit entangles little: only what is zero within rounding is ever dropped, and where a bond would
grow beyond the limit, the circuit is refused. The outcomes are drawn by the job's own generator, all shots at once.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from quafu_runtime.server.runner.quafu_seam.circuit import CompactCircuit
from quafu_runtime.server.runner.quafu_seam.gates import made
from quafu_runtime.server.runner.quafu_seam.sampling import Bits, added, counted, portions

Tensor = NDArray[np.complex128]
"""One site: the bond to the left, the qubit, the bond to the right."""

WIDEST_GATE = 6
"""A gate with many controls is a matrix here, of 4 ** qubits entries."""

_ZERO = 1e-12
"""A singular value this small beside the largest is rounding: its square is less than a probability can resolve."""

_SHOTS_AT_ONCE = 1_000
"""Each shot takes a vector of the largest bond's dimension."""

_SWAP = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=np.complex128)


class BondTooLargeError(ValueError):
    """The circuit entangles more than a matrix product state of the largest bond dimension can hold."""


def run_matrix_product(
    circuit: CompactCircuit, shots: int, generator: np.random.Generator, *, largest_bond: int
) -> dict[str, int]:
    """Run a circuit of little entanglement, and measure it.

    Args:
        circuit: Of gates of up to `WIDEST_GATE` qubits.
        shots: How many times.
        generator: The job's.
        largest_bond: The largest bond dimension that is kept.

    Returns:
        Counts.

    Raises:
        BondTooLargeError: A bond would grow beyond the limit.
    """
    state = MatrixProduct(circuit.width, largest_bond)
    for operation in circuit.operations:
        state.apply(made(operation)._get_raw_matrix(), operation.qubits)  # noqa: SLF001 - the first qubit is highest
    return added(
        counted(_read(state.drawn(part, generator), circuit.readout)) for part in portions(shots, _SHOTS_AT_ONCE)
    )


class MatrixProduct:
    """A state of qubits on a line of sites, all in 0 at first.

    The sites left of the centre are isometries to the right, those right of it to the left, so that the singular values
    at the centre are those of the whole state.
    """

    def __init__(self, width: int, largest_bond: int) -> None:
        self._sites: list[Tensor] = [np.array([[[1], [0]]], dtype=np.complex128) for _ in range(width)]
        self._site_of = list(range(width))
        self._qubit_at = list(range(width))
        self._centre = 0
        self._largest_bond = largest_bond

    def apply(self, matrix: Tensor, qubits: Sequence[int]) -> None:
        """Apply a gate.

        Args:
            matrix: Its unitary; the first qubit is the highest bit of an index.
            qubits: What it acts on, in any places.

        Raises:
            BondTooLargeError: A bond would grow beyond the limit.
        """
        first = self._gather(qubits)
        order = [qubits.index(qubit) for qubit in self._qubit_at[first : first + len(qubits)]]
        self._apply_at(first, _reordered(matrix, order), len(qubits))

    def drawn(self, shots: int, generator: np.random.Generator) -> Bits:
        """Measure all qubits, many times, site by site.

        Args:
            shots: How many times.
            generator: The job's.

        Returns:
            A row a shot, a column a qubit.
        """
        self._move_centre(0)
        rows = np.zeros((shots, len(self._sites)), dtype=np.uint8)
        left = np.ones((shots, 1), dtype=np.complex128)
        for site, tensor in enumerate(self._sites):
            both = np.tensordot(left, tensor, axes=1)
            chances = np.square(np.abs(both)).sum(axis=2)
            bits = (generator.random(shots) * chances.sum(axis=1) >= chances[:, 0]).astype(np.uint8)
            chosen = np.arange(shots), bits
            left = both[chosen] / np.sqrt(chances[chosen])[:, np.newaxis]
            rows[:, self._qubit_at[site]] = bits
        return rows

    def _gather(self, qubits: Sequence[int]) -> int:
        """Swap qubits towards the middle one of them until they are side by side.

        Returns:
            Their first site.
        """
        by_site = sorted(qubits, key=self._site_of.__getitem__)
        middle = len(by_site) // 2
        for index in range(middle - 1, -1, -1):
            while self._site_of[by_site[index]] + 1 < self._site_of[by_site[index + 1]]:
                self._swap(self._site_of[by_site[index]])
        for index in range(middle + 1, len(by_site)):
            while self._site_of[by_site[index]] - 1 > self._site_of[by_site[index - 1]]:
                self._swap(self._site_of[by_site[index]] - 1)
        return self._site_of[by_site[0]]

    def _swap(self, site: int) -> None:
        self._apply_at(site, _SWAP, 2)
        left, right = self._qubit_at[site : site + 2]
        self._qubit_at[site : site + 2] = right, left
        self._site_of[left], self._site_of[right] = site + 1, site

    def _apply_at(self, first: int, matrix: Tensor, count: int) -> None:
        """Apply a gate to neighbouring sites: put them together, apply it, and take them apart again."""
        if count == 1:  # a unitary on one site leaves all isometries as they are
            self._sites[first] = np.einsum("ij,ajb->aib", matrix, self._sites[first])
            return
        self._move_centre(first)
        block = self._sites[first]
        for site in range(first + 1, first + count):
            block = np.tensordot(block, self._sites[site], axes=1)
            block = block.reshape(block.shape[0], -1, block.shape[-1])
        block = np.einsum("ij,ajb->aib", matrix, block)
        for site in range(first, first + count - 1):
            left, block = self._split(block)
            self._sites[site] = left
        self._sites[first + count - 1] = block
        self._centre = first + count - 1

    def _split(self, block: Tensor) -> tuple[Tensor, Tensor]:
        """Take the first qubit off a block."""
        bond, inner, outer = block.shape
        left, values, right = np.linalg.svd(block.reshape(2 * bond, inner // 2 * outer), full_matrices=False)
        kept = int(np.count_nonzero(values > _ZERO * values[0]))
        if kept > self._largest_bond:
            message = f"a bond of the matrix product state grew beyond {self._largest_bond}"
            raise BondTooLargeError(message)
        rest = np.asarray(values[:kept, np.newaxis] * right[:kept], dtype=np.complex128)
        return left[:, :kept].reshape(bond, 2, kept), rest.reshape(kept, inner // 2, outer)

    def _move_centre(self, site: int) -> None:
        while self._centre < site:
            bond, _, _ = self._sites[self._centre].shape
            isometry, rest = np.linalg.qr(self._sites[self._centre].reshape(2 * bond, -1))
            self._sites[self._centre] = isometry.reshape(bond, 2, -1)
            self._centre += 1
            self._sites[self._centre] = np.tensordot(rest, self._sites[self._centre], axes=1)
        while self._centre > site:
            _, _, bond = self._sites[self._centre].shape
            isometry, rest = np.linalg.qr(self._sites[self._centre].reshape(-1, 2 * bond).T)
            self._sites[self._centre] = isometry.T.reshape(-1, 2, bond)
            self._centre -= 1
            self._sites[self._centre] = np.tensordot(self._sites[self._centre], rest.T, axes=1)


def _reordered(matrix: Tensor, order: Sequence[int]) -> Tensor:
    """A gate's matrix for its qubits in another order: the first of `order` becomes the highest bit."""
    count = len(order)
    axes = [*order, *(count + index for index in order)]
    return matrix.reshape([2] * 2 * count).transpose(axes).reshape(2**count, 2**count)


def _read(rows: Bits, readout: Sequence[int | None]) -> Bits:
    read = np.zeros((len(rows), len(readout)), dtype=np.uint8)
    for column, qubit in enumerate(readout):
        if qubit is not None:
            read[:, column] = rows[:, qubit]
    return read
