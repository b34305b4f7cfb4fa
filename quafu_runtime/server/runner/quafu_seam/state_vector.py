"""pyquafu's own state-vector simulator, called for circuits and for pieces of them."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quafu.simulators.qfvm import simulate_circuit

from quafu_runtime.server.runner.quafu_seam.circuit import CompactCircuit
from quafu_runtime.server.runner.quafu_seam.gates import made
from quafu_runtime.server.runner.quafu_seam.sampling import sampled

State = NDArray[np.complex128]

BYTES_PER_AMPLITUDE = 48
"""The state, its probabilities, and as much again for what pyquafu and a program make of them."""

_GROUND: State = np.array([], dtype=np.complex128)
"""What the simulator takes for all qubits in 0."""


def evolved(width: int, gates: Iterable[Any], state: State | None = None) -> State:
    """Apply pyquafu's gates to a state.

    Args:
        width: Qubits.
        gates: pyquafu's own.
        state: Little-endian; all qubits in 0 where it is None. It may be overwritten.

    Returns:
        The state after the gates.
    """
    # The simulator wants a classical bit even where nothing is measured.
    circuit = SimpleNamespace(num=width, cbits_num=1, instructions=list(gates))
    _, after = simulate_circuit(circuit, _GROUND if state is None else state, 0)
    return np.asarray(after, dtype=np.complex128)


def run_state_vector(circuit: CompactCircuit, shots: int, generator: np.random.Generator) -> dict[str, int]:
    """Run a circuit, and measure it.

    Args:
        circuit: As wide as the memory allows.
        shots: How many times.
        generator: The job's.

    Returns:
        Counts.
    """
    if not circuit.width:
        return {"0" * len(circuit.readout): shots}
    state = evolved(circuit.width, [made(operation) for operation in circuit.operations])
    return sampled(state, circuit.readout, shots, generator)
