"""Circuits that carry noise channels of their own, for pyquafu's noisy simulator: exact probabilities and expectations.

pyquafu draws one trajectory a shot, and weighs the branches of a channel that is no mixture of gates by the norm of the
state instead of its square. That leaves 0.7 of 1 where amplitude damping of 0.5 leaves 0.5.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from quafu.elements import Barrier, Delay, KrausChannel, Measure, UnitaryChannel
from quafu.elements.noise import Decoherence
from quafu.exceptions import CircuitError

from quafu_runtime.server.runner.quafu_seam.noisy import flattened, sampled_parts
from quafu_runtime.server.runner.quafu_seam.pauli_state import (
    MOST_QUBITS_OF_A_GATE,
    OF_PAULI,
    OUTCOMES,
    WIDEST,
    NoChannelError,
    PauliState,
    Transfer,
    joined,
    transfer_of,
)


class NoisyCircuit:
    """A circuit with gates and channels, measured at its end.

    Args:
        circuit: pyquafu's, without wrapped circuits.
    """

    def __init__(self, circuit: Any) -> None:
        self._measures = dict(circuit.measures)
        resting = (Barrier, Delay, Measure)
        self._steps = [step for step in circuit.instructions if not isinstance(step, resting)]
        self._groups = joined(range(circuit.num), [_positions(step) for step in self._steps])

    @property
    def too_large(self) -> str | None:
        """Why the circuit is too large, or None where it is not."""
        widest = max(map(len, self._groups))
        if widest > WIDEST:
            return f"its gates join {widest} qubits, and {WIDEST} can be run with all of their noise"
        most = max((len(_positions(step)) for step in self._steps), default=0)
        if most > MOST_QUBITS_OF_A_GATE:
            return f"it has a gate of {most} qubits, and with noise a gate may have {MOST_QUBITS_OF_A_GATE}"
        return None

    def counts(self, shots: int, generator: np.random.Generator) -> dict[str, int]:
        """Measure the circuit.

        Args:
            shots: How many times.
            generator: The job's.

        Returns:
            Counts; the characters of a key follow the classical bits, the lowest first.

        Raises:
            CircuitError: A channel keeps no probabilities.
        """
        by_bit = sorted(self._measures, key=self._measures.__getitem__)
        parts = []
        for group, state in zip(self._groups, self._evolved(), strict=True):
            measured = [qubit for qubit in group if qubit in self._measures]
            if measured:
                outcomes = flattened(state.read(dict.fromkeys(measured, OUTCOMES)))
                parts.append(([by_bit.index(qubit) for qubit in measured], outcomes))
        return sampled_parts(parts, shots, generator)

    def expectation(self, letters: str, qubits: Sequence[int]) -> float:
        """The expectation value of a Pauli string, without its coefficient.

        Args:
            letters: X, Y and Z.
            qubits: The qubit of each letter.

        Raises:
            CircuitError: A channel keeps no probabilities.
        """
        rows = {qubit: OF_PAULI[letter] for letter, qubit in zip(letters, qubits, strict=True)}
        return float(np.prod([state.read(rows).item() for state in self._evolved()]))

    def _evolved(self) -> list[PauliState]:
        states = [PauliState(group) for group in self._groups]
        state_of = {qubit: state for group, state in zip(self._groups, states, strict=True) for qubit in group}
        for step in self._steps:
            where = _positions(step)
            state_of[where[0]].apply(_transfer(step), where)
        return states


def is_mixture(circuit: Any) -> bool:
    """Whether each channel of a circuit is a mixture of gates, which pyquafu's trajectories draw rightly."""
    return all(isinstance(step, UnitaryChannel) for step in circuit.instructions if isinstance(step, KrausChannel))


def _transfer(step: Any) -> Transfer:
    matrices = [_matrix(gate) for gate in (step.gatelist if isinstance(step, KrausChannel) else [step])]
    if isinstance(step, Decoherence):
        matrices[2] = matrices[2] * [[0, 1], [1, 1]]  # pyquafu lets the loss of phase double the ground state
    if isinstance(step, UnitaryChannel):
        weights = np.asarray(step.probs, dtype=np.float64)
        if (weights < 0).any():
            raise _refusal(step, "a probability is negative")
        matrices = [np.sqrt(weight) * matrix for weight, matrix in zip(weights, matrices, strict=True)]
    try:
        return transfer_of(matrices)
    except NoChannelError as error:
        raise _refusal(step, str(error)) from None


def _matrix(gate: Any) -> Any:
    return np.asarray(gate._get_raw_matrix(), dtype=np.complex128)  # noqa: SLF001 - the first qubit is the highest bit


def _refusal(step: Any, why: str) -> CircuitError:
    numbers = ", ".join(str(number) for number in getattr(step, "paras", []))
    return CircuitError(f"{step.name}({numbers}) on qubit {_positions(step)[0]} is no noise channel: {why}.")


def _positions(step: Any) -> list[int]:
    return list(step.pos) if isinstance(step.pos, Iterable) else [step.pos]
