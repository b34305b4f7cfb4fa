"""Circuits of `simulate` with measurements in between, resets and conditions, exactly and repeatably.

At each random outcome the shots are divided among the two branches by a binomial draw, and each branch goes on with its
own state. pyquafu's simulator runs such circuits rightly, but draws from a generator that takes no seed, and ends the
process for some classical bits and where no shots are asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from quafu.elements import Barrier, Cif, Measure, Reset
from quafu.exceptions import CircuitError

from quafu_runtime.server.runner.quafu_seam.sampling import added, probabilities_of, sampled
from quafu_runtime.server.runner.quafu_seam.state_vector import State, evolved

_CERTAIN = 1e-12
"""An outcome that is this likely to be the other one is taken for certain."""


@dataclass
class _Branch:
    """Some of the shots, which have had the same outcomes so far."""

    steps: list[Any]
    shots: int
    state: State | None
    bits: dict[int, int] = field(default_factory=dict)


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
    """A circuit and the generator that it is run with."""

    def __init__(self, width: int, instructions: Sequence[Any], generator: np.random.Generator) -> None:
        self._width = width
        self._body, self._last = _divided(instructions)
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
        ends = list(self._ends(_Branch(_grouped(self._body), shots, state)))
        counts = added(self._counts(end) for end in ends) if shots > 0 and self._bits else {}
        return Simulated(counts, self._state(ends[0]))

    def _ends(self, start: _Branch) -> Iterator[_Branch]:
        """Each branch at its end, one after the other, so that few states are held at once."""
        waiting = [start]
        while waiting:
            branch = waiting.pop()
            if not branch.steps:
                yield branch
            else:
                waiting += self._advanced(branch)

    def _advanced(self, branch: _Branch) -> list[_Branch]:
        step, branch.steps = branch.steps[0], branch.steps[1:]
        if isinstance(step, list):
            branch.state = evolved(self._width, step, branch.state)
            return [branch]
        if isinstance(step, Cif):
            if _value(branch.bits, step.cbits) == step.condition:
                branch.steps = _grouped(_inside(step)) + branch.steps
            return [branch]
        return self._measured(branch, *step)

    def _measured(self, branch: _Branch, qubit: int, bit: int | None) -> list[_Branch]:
        """Both outcomes of a measurement, or of a reset, which is one whose outcome is forgotten and undone."""
        state = self._state(branch)
        halves = state.reshape(-1, 2, 2**qubit)
        norm = float(np.vdot(state, state).real)
        chance = float(np.sum(probabilities_of(halves[:, 1, :]))) / norm
        ones = self._divide(branch.shots, chance, qubit)
        parts = [(0, branch.shots - ones), (1, ones)]
        taken = [part for part in parts if part[1]] if branch.shots > 0 else [(int(chance > _CERTAIN), 0)]
        return [
            _Branch(
                steps=branch.steps,
                shots=part,
                state=_projected(halves, outcome, norm * (chance if outcome else 1 - chance), reset=bit is None),
                bits=branch.bits if bit is None else {**branch.bits, bit: outcome},
            )
            for outcome, part in taken
        ]

    def _divide(self, shots: int, chance: float, qubit: int) -> int:
        if chance <= _CERTAIN:
            return 0
        if chance >= 1 - _CERTAIN:
            return shots
        if shots > 0:
            return int(self._generator.binomial(shots, min(chance, 1.0)))
        message = (
            f"Qubit {qubit} is measured or reset before later gates and its outcome is random: without shots there is "
            "no one state vector. Give simulate(…, shots=…), or measure at the end."
        )
        raise CircuitError(message)

    def _state(self, branch: _Branch) -> State:
        """The state of a branch; the start is None until a gate or a measurement needs it."""
        return evolved(self._width, [], None) if branch.state is None else branch.state

    def _counts(self, end: _Branch) -> dict[str, int]:
        """Draw the last measurements, and put the bits that were written before between them."""
        qubits = {bit: qubit for qubit, bit in self._last}
        place = {bit: index for index, bit in enumerate(sorted(qubits))}
        drawn = {"": end.shots}
        if qubits:  # the outcomes of the measurements before are in the branch
            drawn = sampled(self._state(end), [qubits[bit] for bit in place], end.shots, self._generator)
        keys = {
            key: "".join(key[place[bit]] if bit in place else str(end.bits.get(bit, 0)) for bit in self._bits)
            for key in drawn
        }
        return added({keys[key]: count} for key, count in drawn.items())


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
        body.insert(0, step)
    return body, last


def _touched(step: Any) -> set[int]:
    """The qubits that a step changes; a measurement leaves the outcome of an earlier one as it is."""
    if isinstance(step, Cif):
        return set[int]().union(*(_touched(inner) for inner in _inside(step)))
    return set() if isinstance(step, (Measure, Barrier)) else set(_as_list(step.pos))


def _bits_of(step: Any) -> set[int]:
    if isinstance(step, Cif):
        return set(step.cbits).union(*(_bits_of(inner) for inner in _inside(step)))
    return set(step.cbits) if isinstance(step, Measure) else set()


def _grouped(instructions: Sequence[Any]) -> list[Any]:
    """Steps of a run: lists of gates, conditions, and (qubit, bit) of measurements and resets."""
    steps: list[Any] = []
    for step in instructions:
        if isinstance(step, Measure):
            steps += zip(step.qbits, step.cbits, strict=True)
        elif isinstance(step, Reset):
            steps += [(qubit, None) for qubit in _as_list(step.pos)]
        elif isinstance(step, Cif):
            steps.append(step)
        elif steps and isinstance(steps[-1], list):
            steps[-1].append(step)
        else:
            steps.append([step])
    return steps


def _written(instructions: Sequence[Any]) -> Iterator[int]:
    for step in instructions:
        if isinstance(step, Measure):
            yield from step.cbits
        elif isinstance(step, Cif):
            yield from _written(_inside(step))


def _inside(condition: Any) -> list[Any]:
    return list(condition.instructions)


def _value(bits: dict[int, int], which: Sequence[int]) -> int:
    """What pyquafu compares a condition with: the first bit that is named is the highest."""
    return int("".join(str(bits.get(bit, 0)) for bit in which), 2)


def _projected(halves: State, outcome: int, norm: float, *, reset: bool) -> State:
    state = np.zeros_like(halves)
    state[:, 0 if reset else outcome, :] = halves[:, outcome, :] / np.sqrt(norm)
    return state.reshape(-1)


def _as_list(where: Any) -> list[int]:
    return list(where) if isinstance(where, (list, tuple)) else [where]
