"""What the ledger of a job says of one circuit that its program sent or simulated."""

import json
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any, Self

SEND = "send"
SIMULATE = "simulate"
"""How a circuit was run."""

NAME_CHARACTERS = 200
"""The longest name of a task that is kept; a longer one is cut."""

RECORD_BYTES = 8 * 1024
"""The longest record: one with texts of the longest kind, each character as an escape, is shorter."""

RECORDS_LIMIT = 50_000
"""How many circuits of a job are written down: some 15 MB, and more than anybody reads."""

_KEPT_TEXTS = 64
"""Names of tasks, backends and engines come again and again."""

_LARGEST = 2**53
"""Beyond this a number of JSON is not read alike everywhere."""


@dataclass(frozen=True, slots=True)
class CircuitRecord:
    """One circuit, as it was run.

    Attributes:
        how: `send` or `simulate`.
        name: The name of the task; an empty text where it has none, as in `simulate`.
        backend: The backend that it was sent to; None in `simulate`, which has none.
        engine: What simulated it.
        qubits: The width of the circuit, as it was declared.
        depth: Layers of gates: how many of them follow each other on the longest way through the circuit. Identity
            gates and delays count, barriers and measurements do not.
        gates: Gates, identity gates and delays.
        shots: How often it was run; None in `simulate` without shots.
        seconds: How long the simulation took.
    """

    how: str
    name: str
    backend: str | None
    engine: str
    qubits: int
    depth: int
    gates: int
    shots: int | None
    seconds: float

    def to_text(self) -> str:
        """The record as JSON."""
        # Written out, since it is done for each of thousands of circuits, and costs a program a third of `json.dumps`.
        shots = "null" if self.shots is None else self.shots
        return (
            f'{{"how": "{self.how}", "name": {_written(self.name)}, "backend": {_written(self.backend)}, '
            f'"engine": {_written(self.engine)}, "qubits": {self.qubits}, "depth": {self.depth}, '
            f'"gates": {self.gates}, "shots": {shots}, "seconds": {self.seconds}}}'
        )

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read a record that anybody may have written.

        Args:
            text: JSON.

        Returns:
            The record.

        Raises:
            ValueError: It is none.
        """
        try:
            record = cls(**json.loads(text))
        except (TypeError, RecursionError) as error:
            message = "a record of a circuit with other fields"
            raise ValueError(message) from error
        if not record._is_plausible():
            message = "a record of a circuit with impossible values"
            raise ValueError(message)
        return record

    def _is_plausible(self) -> bool:
        texts = (self.name, self.engine, *(() if self.backend is None else (self.backend,)))
        counts = (self.qubits, self.depth, self.gates, *(() if self.shots is None else (self.shots,)))
        return (
            self.how in {SEND, SIMULATE}
            and all(_is_text(text) for text in texts)
            and all(type(count) is int and 0 <= count <= _LARGEST for count in counts)
            and type(self.seconds) in {int, float}
            and isfinite(self.seconds)
            and 0 <= self.seconds <= _LARGEST
        )


@lru_cache(maxsize=_KEPT_TEXTS)
def _written(text: str | None) -> str:
    return json.dumps(text)


def _is_text(value: Any) -> bool:
    if not isinstance(value, str) or len(value) > NAME_CHARACTERS:
        return False
    try:
        value.encode()  # half of a character is none, and no store takes it
    except UnicodeEncodeError:
        return False
    return True
