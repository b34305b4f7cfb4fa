"""What is too wide for a state vector and not Clifford: a matrix product state, with qiskit-aer.

Exact as long as the circuit entangles little: where a bond would grow beyond the limit, the circuit is refused rather
than cut down. qiskit-aer is imported at the first use, since it takes a second that few jobs need.
"""

import re
from typing import Any

import numpy as np

from quafu_runtime.server.runner.quafu_seam.circuit import CompactCircuit
from quafu_runtime.server.runner.quafu_seam.gates import made

WIDEST_GATE = 6
"""A gate with many controls is a matrix here, of 4 ** qubits entries."""

_BONDS = re.compile(r"BD=\[([\d ]*)\]")
_SEEDS = 2**31
"""qiskit-aer takes a seed below this."""


class BondTooLargeError(ValueError):
    """The circuit entangles more than a matrix product state of the largest bond dimension can hold."""


def run_matrix_product(
    circuit: CompactCircuit, shots: int, generator: np.random.Generator, *, largest_bond: int
) -> dict[str, int]:
    """Run a circuit of little entanglement, and measure it.

    Args:
        circuit: Of gates of up to `WIDEST_GATE` qubits.
        shots: How many times.
        generator: The job's; it seeds qiskit-aer's own.
        largest_bond: The largest bond dimension that still counts as exact.

    Returns:
        Counts.

    Raises:
        BondTooLargeError: A bond grew beyond the limit.
    """
    from qiskit_aer import AerSimulator

    simulator = AerSimulator(
        method="matrix_product_state",
        matrix_product_state_max_bond_dimension=largest_bond + 1,
        mps_log_data=True,
        mps_lapack=True,
        max_parallel_threads=1,
    )
    seed = int(generator.integers(_SEEDS))
    outcome = simulator.run(_translated(circuit), shots=shots, seed_simulator=seed).result()
    bond = _bond_reached(outcome.results[0].metadata.get("MPS_log_data", ""))
    if bond > largest_bond:
        message = f"a bond of the matrix product state grew beyond {largest_bond}"
        raise BondTooLargeError(message)
    counts = outcome.get_counts()
    return dict(sorted((_spread(key[::-1], circuit), count) for key, count in counts.items()))


def _translated(circuit: CompactCircuit) -> Any:
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import UnitaryGate

    read = [qubit for qubit in circuit.readout if qubit is not None]
    translated = QuantumCircuit(circuit.width, len(read))
    for operation in circuit.operations:
        matrix = made(operation)._get_raw_matrix()  # noqa: SLF001 - the matrix with the first qubit as the highest bit
        translated.append(UnitaryGate(matrix), list(operation.qubits[::-1]))
    translated.measure(read, range(len(read)))
    return translated


def _bond_reached(log: str) -> int:
    return max((int(bond) for bonds in _BONDS.findall(log) for bond in bonds.split()), default=1)


def _spread(key: str, circuit: CompactCircuit) -> str:
    """Put the zeros of the qubits that no gate touches between the measured bits."""
    measured = iter(key)
    return "".join("0" if qubit is None else next(measured) for qubit in circuit.readout)
