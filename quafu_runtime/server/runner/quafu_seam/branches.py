"""The branches of a simulation: shots that have had the same outcomes so far, with their state, all side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from quafu_runtime.server.runner.quafu_seam.sampling import probabilities_of
from quafu_runtime.server.runner.quafu_seam.state_vector import State, evolved

_CERTAIN = 1e-12
"""An outcome that is this unlikely never happens."""

_DECIMALS = 8
"""States that agree to so many are equal: their probabilities differ by less than rounding."""

_MOST_BYTES = 2**27
"""Of states that are held at once; beyond it, branches are run one half after the other."""


@dataclass(frozen=True)
class Branches:
    """Arrays with a row a branch.

    Attributes:
        places: The column of each classical bit.
        states: Little-endian.
        bits: The classical bits that have been written, 0 where they have not.
        shots: How many shots have come this way.
        skip_to: The step from which on the branch goes on again, where a condition left it out.
    """

    places: dict[int, int]
    states: State
    bits: NDArray[np.uint8]
    shots: NDArray[np.int64]
    skip_to: NDArray[np.int64]

    @classmethod
    def start(cls, width: int, bits: Sequence[int], state: State | None, shots: int) -> "Branches":
        """One branch, before the first step.

        Args:
            width: Qubits.
            bits: The classical bits.
            state: To start from, or None for all qubits in 0.
            shots: All of them.
        """
        return cls(
            places={bit: column for column, bit in enumerate(bits)},
            states=(evolved(width, [], None) if state is None else state)[np.newaxis],
            bits=np.zeros((1, len(bits)), dtype=np.uint8),
            shots=np.array([shots], dtype=np.int64),
            skip_to=np.zeros(1, dtype=np.int64),
        )

    @property
    def too_many(self) -> bool:
        """Whether the states take more memory than they should, and there is more than one."""
        return len(self.shots) > 1 and self.states.nbytes > _MOST_BYTES

    def halves(self) -> "tuple[Branches, Branches]":
        """Two groups of about as many branches each."""
        first = np.arange(len(self.shots)) < len(self.shots) // 2
        return self.where(first), self.where(~first)

    def where(self, chosen: NDArray[np.bool_]) -> "Branches":
        """The branches that are chosen."""
        return replace(
            self,
            states=self.states[chosen],
            bits=self.bits[chosen],
            shots=self.shots[chosen],
            skip_to=self.skip_to[chosen],
        )

    def joined(self, others: "Branches") -> "Branches":
        """These branches and others."""
        return replace(
            self,
            states=np.concatenate([self.states, others.states]),
            bits=np.concatenate([self.bits, others.bits]),
            shots=np.concatenate([self.shots, others.shots]),
            skip_to=np.concatenate([self.skip_to, others.skip_to]),
        )

    def values(self, bits: Sequence[int]) -> NDArray[np.int64]:
        """The number that some bits make in each branch; as pyquafu has it, the first that is named is the highest."""
        number = np.zeros(len(self.shots), dtype=np.int64)
        for bit in bits:
            column = self.places.get(bit)
            number = 2 * number + (0 if column is None else self.bits[:, column])
        return number

    def skipping(self, which: NDArray[np.bool_], end: int) -> "Branches":
        """Let some branches leave out the steps before `end`."""
        return replace(self, skip_to=np.where(which, end, self.skip_to))

    def evolved(self, gates: Sequence[Any]) -> "Branches":
        """Apply gates to all branches at once: to the simulator they are one state with more qubits, which rest."""
        count, size = self.states.shape
        spare = (count - 1).bit_length()
        together = self.states
        if count < 2**spare:
            together = np.concatenate([self.states, np.zeros((2**spare - count, size), dtype=np.complex128)])
        after = evolved(size.bit_length() - 1 + spare, gates, together.reshape(-1))
        return replace(self, states=after.reshape(2**spare, size)[:count])

    def chances(self, qubit: int) -> NDArray[np.float64]:
        """The probability in each branch that a qubit reads 1; exactly 0 or 1 where it is certain."""
        halves = self._halved(qubit)
        ones = probabilities_of(halves[:, :, 1]).sum(axis=(1, 2))
        chances = ones / (ones + probabilities_of(halves[:, :, 0]).sum(axis=(1, 2)))
        return np.where(chances < _CERTAIN, 0.0, np.where(chances > 1 - _CERTAIN, 1.0, chances))

    def projected(
        self, qubit: int, ones: NDArray[np.int64], chances: NDArray[np.float64], bit: int | None
    ) -> "Branches":
        """Divide each branch by the outcome of a qubit.

        Args:
            qubit: Which.
            ones: How many shots of each branch read 1; of a branch without shots, whether it does.
            chances: The probability of it.
            bit: The classical bit that is written; None for a reset, after which the qubit is 0 either way.

        Returns:
            The branches that have shots, or the one of a run without.
        """
        reads_one, reads_zero = ones > 0, (self.shots > ones) | (ones == 0)
        zero = replace(self, shots=self.shots - ones).where(reads_zero).read(qubit, 0, 1 - chances[reads_zero], bit)
        one = replace(self, shots=np.minimum(ones, self.shots)).where(reads_one).read(qubit, 1, chances[reads_one], bit)
        both = zero.joined(one)
        return both.merged() if bit is None else both

    def read(self, qubit: int, outcome: int, chances: NDArray[np.float64], bit: int | None) -> "Branches":
        """What is left of the branches when a qubit has this outcome.

        Args:
            qubit: Which.
            outcome: 0 or 1.
            chances: The probability of it in each branch.
            bit: The classical bit that is written; None for a reset.
        """
        halves = self._halved(qubit)
        states = np.zeros_like(halves)
        states[:, :, 0 if bit is None else outcome] = halves[:, :, outcome] / np.sqrt(chances)[:, None, None]
        bits = self.bits.copy()
        if bit is not None:
            bits[:, self.places[bit]] = outcome
        return replace(self, states=states.reshape(self.states.shape), bits=bits)

    def merged(self) -> "Branches":
        """Put branches together that have the same bits and, up to a phase, the same state."""
        largest = np.take_along_axis(self.states, np.abs(self.states).argmax(axis=1)[:, None], axis=1)
        states = np.round(self.states * (np.abs(largest) / largest), _DECIMALS) + 0.0
        marks = np.concatenate([self.bits, self.skip_to[:, None]], axis=1)
        seen: dict[bytes, int] = {}
        rows = zip(states, marks, strict=True)
        group = [seen.setdefault(state.tobytes() + mark.tobytes(), len(seen)) for state, mark in rows]
        shots = np.bincount(group, weights=self.shots, minlength=len(seen)).astype(np.int64)
        first = np.unique(group, return_index=True)[1]
        return replace(self, states=self.states[first], bits=self.bits[first], shots=shots, skip_to=self.skip_to[first])

    def _halved(self, qubit: int) -> State:
        """The states as arrays of: branch, higher qubits, this qubit, lower qubits."""
        count, size = self.states.shape
        return self.states.reshape(count, size // 2 ** (qubit + 1), 2, 2**qubit)
