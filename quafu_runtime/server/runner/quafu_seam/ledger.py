"""Tells the ledger of a job of each circuit that was run: how large it was, on what, and how long it took."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from quafu.elements import Barrier, Cif, Measure

from quafu_runtime.server.runner.circuit_record import NAME_CHARACTERS, SEND, SIMULATE, CircuitRecord
from quafu_runtime.server.runner.quafu_seam.backends import Backend
from quafu_runtime.server.runner.quafu_seam.circuit import Circuit, shape

Step = tuple[bool, Sequence[int]]
"""Whether a step is a gate or only holds up those behind it, as a barrier does, and the qubits that it touches."""


class Ledger:
    """What is told of one job's circuits, in the order in which they end.

    Args:
        told: Whom to tell, or None.
    """

    def __init__(self, told: Callable[[CircuitRecord], None] | None) -> None:
        self._told = told
        self._held = False

    def sent(self, circuit: Circuit, *, name: str, backend: Backend, engine: str, shots: int, seconds: float) -> None:
        """Tell of a circuit that `task.send` has brought.

        Args:
            circuit: As it was run.
            name: The task's.
            backend: Where it was sent to.
            engine: What ran it.
            shots: How often.
            seconds: How long that took.
        """
        if self._told is None:
            return
        depth, gates = circuit.shape
        kept = name.encode("utf-8", "replace").decode()[:NAME_CHARACTERS]
        self._told(CircuitRecord(SEND, kept, backend.name, engine, circuit.width, depth, gates, shots, seconds))

    @contextmanager
    def simulating(self, circuit: Any, *, engine: str, shots: int) -> Iterator[None]:
        """Tell of a circuit of `simulate`, unless what happens meanwhile fails.

        pyquafu's noisy simulator calls the others for each shot: of these nothing is told.

        Args:
            circuit: pyquafu's.
            engine: What runs it.
            shots: How often; 0 for the state alone.
        """
        if self._told is None or self._held:
            yield
            return
        self._held = True
        start = time.perf_counter()
        try:
            yield
        finally:
            self._held = False
        seconds = time.perf_counter() - start
        depth, gates = shape(_steps(circuit.instructions))
        self._told(CircuitRecord(SIMULATE, "", None, engine, circuit.num, depth, gates, int(shots) or None, seconds))


def _steps(instructions: Iterable[Any]) -> Iterator[Step]:
    for step in instructions:
        if isinstance(step, Cif):
            yield from _steps(step.instructions or ())
        elif isinstance(step, Measure):
            yield False, tuple(step.qbits)
        else:
            where = tuple(step.pos) if isinstance(step.pos, Iterable) else (step.pos,)
            yield not isinstance(step, Barrier), where
