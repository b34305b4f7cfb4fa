"""How the processes of jobs go on without a service: for how long, and where they find the next one."""

import json
from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Afterlife:
    """What lets the processes of jobs outlive their service.

    Attributes:
        address_file: The file in which a service says where runners reach it.
        lock_file: The file whose lock a service holds as long as it runs.
        lease: Seconds for which they go on while there is no service.
    """

    address_file: str
    lock_file: str
    lease: float

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` has written."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """The text that goes onto a command line."""
        return json.dumps(asdict(self))
