"""Circuits of `simulate` with measurements in between, resets and conditions, exactly and repeatably.

At each random outcome the shots are divided among two branches by a binomial draw; branches that become equal again,
after a reset, are put together. pyquafu's simulator runs such circuits rightly, but draws from a generator that takes
no seed, and ends the process for some classical bits and where no shots are asked for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quafu.elements import Barrier, Cif, Measure, Reset
from quafu.exceptions import CircuitError

from quafu_runtime.server.runner.quafu_seam.branches import Branches
from quafu_runtime.server.runner.quafu_seam.sampling import added, sampled
from quafu_runtime.server.runner.quafu_seam.state_vector import State


@dataclass(frozen=True)
class _Condition:
    """The steps up to `end` apply to those branches alone whose bits have the value."""

    bits: tuple[int, ...]
    value: int
    end: int


@dataclass(frozen=True)
class Simulated:
    """What came out.

    Attributes:
        counts: By the classical bits that are measured at all, the lowest first; empty without shots.
        state: After the last gate; with random outcomes in between, that of one of the shots.
    """

    counts: dict[str, int]
    state: State


class Trajectories:
    """A circuit, and the generator that it is run with."""

    def __init__(self, width: int, instructions: Sequence[Any], generator: np.random.Generator) -> None:
        body, last = _divided(instructions)
        self._width = width
        self._steps = list(_flat(body, 0))
        self._last = {bit: qubit for qubit, bit in last}
        self._bits = sorted(set(_written(instructions)))
        self._generator = generator

    def run(self, state: State | None, shots: int) -> Simulated:
        """Run the circuit.

        Args:
            state: To start from; it may be overwritten. All qubits in 0 where it is None.
            shots: How many times; without any, only the state is computed.

        Returns:
            Counts and a state.

        Raises:
            CircuitError: No shots were asked for, and the state depends on a random outcome.
        """
        counts: dict[str, int] = {}
        first: State | None = None
        for end in self._ends(Branches.start(self._width, self._bits, state, max(shots, 0))):
            first = end.states[0] if first is None else first
            if shots > 0 and self._bits:
                counts = added([counts, *self._counts(end)])
        assert first is not None  # noqa: S101 - there is at least one branch
        return Simulated(counts, first)

    def _ends(self, start: Branches) -> Iterator[Branches]:
        """All branches at their end, in groups that fit into memory."""
        waiting = [(start, 0)]
        while waiting:
            branches, position = waiting.pop()
            while position < len(self._steps):
                branches = self._advanced(branches, position)
                position += 1
                if branches.too_many:
                    branches, rest = branches.halves()
                    waiting.append((rest, position))
            yield branches

    def _advanced(self, branches: Branches, position: int) -> Branches:
        step = self._steps[position]
        active = branches.skip_to <= position
        if not active.all():
            return self._applied(branches.where(active), step).joined(branches.where(~active))
        return self._applied(branches, step)

    def _applied(self, branches: Branches, step: Any) -> Branches:
        if not len(branches.shots):
            return branches
        if isinstance(step, _Condition):
            return branches.skipping(branches.values(step.bits) != step.value, step.end)
        if isinstance(step, list):
            return branches.evolved(step)
        qubit, bit = step
        chances = branches.chances(qubit)
        return branches.projected(qubit, self._ones(branches.shots, chances, qubit), chances, bit)

    def _ones(self, shots: NDArray[np.int64], chances: NDArray[np.float64], qubit: int) -> NDArray[np.int64]:
        """How many shots of each branch read 1; without shots, 1 for a branch that surely does."""
        if shots.any():
            return self._generator.binomial(shots, chances)
        if ((chances > 0) & (chances < 1)).any():
            message = (
                f"Qubit {qubit} is measured or reset before later gates and its outcome is random: without shots there "
                "is no one state vector. Give simulate(…, shots=…), or measure at the end."
            )
            raise CircuitError(message)
        return chances.astype(np.int64)

    def _counts(self, end: Branches) -> Iterator[dict[str, int]]:
        """Draw the last measurements of each branch, and put the bits that were written before between them."""
        readout = [self._last[bit] for bit in self._bits if bit in self._last]
        for index, shots in enumerate(end.shots.tolist()):
            # Without a last measurement all is said by the bits of the branch.
            drawn = sampled(end.states[index], readout, shots, self._generator) if readout else {"": shots}
            written = dict(zip(self._bits, end.bits[index].tolist(), strict=True))
            yield added({self._key(key, written): count} for key, count in drawn.items())

    def _key(self, drawn: str, written: dict[int, int]) -> str:
        last = iter(drawn)
        return "".join(next(last) if bit in self._last else str(written[bit]) for bit in self._bits)


def _divided(instructions: Sequence[Any]) -> tuple[list[Any], list[tuple[int, int]]]:
    """Take off the measurements that may as well be made at the end: they are drawn at once, not branch by branch.

    A measurement may wait where nothing after it touches its qubit, or reads or writes its bit.
    """
    body: list[Any] = []
    last: list[tuple[int, int]] = []
    qubits: set[int] = set()
    bits: set[int] = set()
    for step in reversed(instructions):
        if isinstance(step, Measure) and qubits.isdisjoint(step.qbits) and bits.isdisjoint(step.cbits):
            last = [*zip(step.qbits, step.cbits, strict=True), *last]
            continue
        qubits |= _touched(step)
        bits |= _bits_of(step)
        body.append(step)
    return body[::-1], last


def _touched(step: Any) -> set[int]:
    """The qubits that a step changes; a measurement leaves the outcome of an earlier one as it is."""
    if isinstance(step, Cif):
        return set[int]().union(*(_touched(inner) for inner in _inside(step)))
    return set() if isinstance(step, (Measure, Barrier)) else set(_as_list(step.pos))


def _bits_of(step: Any) -> set[int]:
    if isinstance(step, Cif):
        return set(step.cbits).union(*(_bits_of(inner) for inner in _inside(step)))
    return set(step.cbits) if isinstance(step, Measure) else set()


def _flat(instructions: Sequence[Any], position: int) -> Iterator[Any]:
    """Steps of a run, conditions flattened: lists of gates, and (qubit, bit) of measurements and resets."""
    gates: list[Any] = []
    for step in instructions:
        if not isinstance(step, (Measure, Reset, Cif)):
            gates.append(step)
            continue
        if gates:
            yield gates
            position, gates = position + 1, []
        flat = _flat_one(step, position)
        position += len(flat)
        yield from flat
    if gates:
        yield gates


def _flat_one(step: Any, position: int) -> list[Any]:
    if isinstance(step, Measure):
        return list(zip(step.qbits, step.cbits, strict=True))
    if isinstance(step, Reset):
        return [(qubit, None) for qubit in _as_list(step.pos)]
    inner = list(_flat(_inside(step), position + 1))
    return [_Condition(tuple(step.cbits), step.condition, position + 1 + len(inner)), *inner]


def _written(instructions: Sequence[Any]) -> Iterator[int]:
    for step in instructions:
        if isinstance(step, Measure):
            yield from step.cbits
        elif isinstance(step, Cif):
            yield from _written(_inside(step))


def _inside(condition: Any) -> list[Any]:
    return list(condition.instructions)


def _as_list(where: Any) -> list[int]:
    return list(where) if isinstance(where, Iterable) else [where]
