"""Which engine runs a circuit: a state vector where memory allows, stim if it is Clifford, else a matrix product."""

import os
import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from quafu_runtime.server.runner.quafu_seam.circuit import Circuit, CompactCircuit, compacted
from quafu_runtime.server.runner.quafu_seam.clifford import is_clifford, run_clifford
from quafu_runtime.server.runner.quafu_seam.matrix_product import (
    WIDEST_GATE,
    BondTooLargeError,
    run_matrix_product,
)
from quafu_runtime.server.runner.quafu_seam.noisy import run_noisy
from quafu_runtime.server.runner.quafu_seam.state_vector import BYTES_PER_AMPLITUDE, run_state_vector

STATE_VECTOR = "state-vector"
CLIFFORD = "clifford"
MATRIX_PRODUCT = "matrix-product-state"
NOISY = "noisy-state-vector"
PAULI = "pauli-transfer"

_MADE_BY = {STATE_VECTOR: "pyquafu", CLIFFORD: "stim", MATRIX_PRODUCT: "numpy", NOISY: "pyquafu", PAULI: "numpy"}

WIDEST_STATE_VECTOR = 27
"""However much memory there is: one more qubit takes over a minute for three layers of gates."""

CLIFFORD_FROM = 21
"""A Clifford circuit goes to stim from this width on; below, the state vector is as fast."""

LARGEST_BOND = 256
"""Beyond this bond dimension a single gate takes the matrix product state about a second."""

SHARE_OF_MEMORY = 0.5
"""How much of the machine's memory one job's state vector may take."""


class CircuitTooLargeError(ValueError):
    """No engine can run the circuit."""


@dataclass(frozen=True)
class Limits:
    """What the engines may use.

    Attributes:
        state_vector_width: Qubits of the widest state vector.
        largest_bond: The largest bond dimension of the matrix product state.
    """

    state_vector_width: int
    largest_bond: int = LARGEST_BOND

    @classmethod
    def of_memory(cls, memory: int | None = None) -> "Limits":
        """The limits for an amount of memory.

        Args:
            memory: Bytes that one job's state may take; a share of the machine's, or of what this process is allowed,
                where it is None.
        """
        granted = int(_machine_memory() * SHARE_OF_MEMORY) if memory is None else memory
        width = max(1, (granted // BYTES_PER_AMPLITUDE).bit_length() - 1)
        return cls(state_vector_width=min(width, WIDEST_STATE_VECTOR))


class Engines:
    """The engines of one job, and which of them it has used."""

    def __init__(self, generator: np.random.Generator, limits: Limits, log: Callable[[str], None]) -> None:
        self.generator = generator
        self.limits = limits
        self._log = log
        self._used: list[str] = []
        self._waited = False
        self.latest = ""
        """The engine that ran the latest circuit."""

    @property
    def used(self) -> str | None:
        """The names of the engines that have been used, in the order of their first use, or None."""
        return ",".join(self._used) or None

    def counts(self, circuit: Circuit, shots: int) -> dict[str, int]:
        """Run a circuit on the first engine that it fits.

        Args:
            circuit: With at least one measurement.
            shots: How many times.

        Returns:
            Counts; the characters of a key follow the classical bits, the lowest first.

        Raises:
            CircuitTooLargeError: No engine can run it; the message names its width and the limits.
        """
        self._note_delays(circuit)
        compact = compacted(circuit)
        engine = self._chosen(compact)
        self.note(engine, compact.width)
        if engine == STATE_VECTOR:
            return run_state_vector(compact, shots, self.generator)
        if engine == CLIFFORD:
            return run_clifford(compact, shots, self.generator)
        try:
            return run_matrix_product(compact, shots, self.generator, largest_bond=self.limits.largest_bond)
        except BondTooLargeError as error:
            raise CircuitTooLargeError(self._too_large(compact, str(error))) from None

    def noisy_counts(self, circuit: Circuit, shots: int) -> dict[str, int]:
        """Run a circuit with the noise of `local-noisy`.

        Args:
            circuit: With at least one measurement.
            shots: How many times.

        Returns:
            Counts, as `counts` has them.

        Raises:
            NotOnNoisyError: It has a gate of more than two qubits, or joins too many of them.
        """
        counts = run_noisy(circuit, shots, self.generator)
        self.note(PAULI, compacted(circuit).width)
        return counts

    def note(self, engine: str, width: int) -> None:
        """Remember that an engine runs a circuit, and tell the job's log at its first time."""
        self.latest = engine
        if engine not in self._used:
            self._used.append(engine)
            self._log(f"engine: {engine} ({_MADE_BY[engine]}), {width} qubit{'' if width == 1 else 's'}")

    def _note_delays(self, circuit: Circuit) -> None:
        if not self._waited and any(operation.name.startswith("delay") for operation in circuit.operations):
            self._waited = True
            self._log("delay: nothing decays here, so waiting changes nothing")

    def _chosen(self, circuit: CompactCircuit) -> str:
        if circuit.width < CLIFFORD_FROM and circuit.width <= self.limits.state_vector_width:
            return STATE_VECTOR
        if is_clifford(circuit.operations):
            return CLIFFORD
        if circuit.width <= self.limits.state_vector_width:
            return STATE_VECTOR
        widest = max(circuit.operations, key=lambda operation: len(operation.qubits))
        if len(widest.qubits) > WIDEST_GATE:
            reason = f"{widest.name} acts on {len(widest.qubits)} qubits, and {MATRIX_PRODUCT} takes {WIDEST_GATE}"
            raise CircuitTooLargeError(self._too_large(circuit, reason))
        return MATRIX_PRODUCT

    def _too_large(self, circuit: CompactCircuit, reason: str) -> str:
        return (
            f"No engine can run this circuit: its gates touch {circuit.width} qubits, more than the "
            f"{self.limits.state_vector_width} that a state vector may have in this job's memory; "
            f"it is not a Clifford circuit; and {reason}. Use fewer qubits, or fewer entangling gates."
        )


def _machine_memory() -> int:
    """Bytes of memory that this process may use: the machine's, the control group's, or its own limit."""
    amounts = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        amounts.append(soft)
    group = Path("/sys/fs/cgroup/memory.max")
    text = group.read_text(encoding="ascii").strip() if group.exists() else ""
    if text.isdigit():
        amounts.append(int(text))
    return min(amounts)
