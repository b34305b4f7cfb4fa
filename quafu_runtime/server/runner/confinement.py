"""What a program may do on this machine, as the service was told: handed down the chain of processes.

It is the same for all jobs of a service, and is put into force by the processes of a job (`program`, `guard`).
"""

import json
import os
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Self

MEBIBYTE = 2**20
GIBIBYTE = 2**30


class Sandbox(StrEnum):
    """What keeps a program from the rest of the machine.

    `SCOPE` is what a service does that was told nothing: a program signals no process but its own, where the kernel
    can see to it. `AUTO` stands for the strongest that works here, and is settled when an executor starts.
    """

    SCOPE = "scope"
    AUTO = "auto"
    BWRAP = "bwrap"
    LANDLOCK = "landlock"
    OFF = "off"


def half_of_the_memory() -> int:
    """Half of the memory of this machine: a program that takes more leaves too little for everything else."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


@dataclass(frozen=True, slots=True)
class Confinement:
    """What each program is held to.

    Attributes:
        sandbox: What keeps it from the rest of the machine.
        network: Whether it has the machine's network.
        memory: Bytes of memory that its processes may use together, or None.
        processes: How many processes it may have at once, or None; each further thread of one counts as one.
        folder: Bytes that its folder may hold, or None; so much may one file have, wherever it is.
        files: How many files each of its processes may have open.
        log: Bytes of what it prints that are kept.
        published: Bytes of interim results that it may publish in all, or None.
    """

    sandbox: Sandbox = Sandbox.SCOPE
    network: bool = True
    memory: int | None = field(default_factory=half_of_the_memory)
    processes: int | None = 512
    folder: int | None = 10 * GIBIBYTE
    files: int = 1024
    log: int = 16 * MEBIBYTE
    published: int | None = GIBIBYTE

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` has written."""
        fields = json.loads(text)
        return cls(**(fields | {"sandbox": Sandbox(fields["sandbox"])}))

    def to_json(self) -> str:
        """The text that goes onto a command line."""
        return json.dumps(asdict(self))
