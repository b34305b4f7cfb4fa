"""Whether another job may start: where the machine is short of memory, a job waits in the queue until one has ended.

A job that runs is never ended for that. One always may run, so that a machine that is short for good is slow, and does
not stand still.
"""

from collections.abc import Callable
from pathlib import Path

from attrs import frozen

MEMORY = Path("/proc/meminfo")

STARTING = 128 * 1024**2
"""Bytes that a job is taken to need which was just started, until the machine's own figure shows them: a program with
pyquafu and a small simulation."""

USUAL_RESERVE = 512 * 1024**2
"""Bytes of memory that are to be free when another job starts, on a machine that has many times as much."""

USUAL_PART = 16
"""On a small machine it is this part of the memory."""


@frozen
class Memory:
    """The memory of the machine, in bytes.

    Attributes:
        total: All of it.
        available: What a new process can have without any other being paged out.
    """

    total: int
    available: int


def usual_reserve(memory: Memory) -> int:
    """Bytes that are to be free when another job starts, if nobody said how many."""
    return min(USUAL_RESERVE, memory.total // USUAL_PART)


def admits(running: int, starting: int, memory: Memory | None, reserve: int | None = None) -> bool:
    """Whether another job may start.

    Args:
        running: How many jobs are on the machine, those that are starting included.
        starting: How many of them do not have the memory yet that they will need.
        memory: The machine's memory, or None where it does not say.
        reserve: Bytes that are to be free; None for the usual.
    """
    if running == 0 or memory is None:
        return True
    wanted = usual_reserve(memory) if reserve is None else reserve
    return memory.available - starting * STARTING >= wanted


def memory_of_machine(path: Path = MEMORY) -> Memory | None:
    """The machine's memory, or None where it does not say."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
        figures = {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines)}
        return Memory(total=figures["MemTotal"], available=figures["MemAvailable"])
    except (OSError, ValueError, KeyError, IndexError):
        return None


@frozen
class Admission:
    """What a service lets start.

    Attributes:
        jobs_per_user: How many jobs of one user are started at once; None for all.
        reserve: Bytes of memory that are to be free; None for the usual.
        memory: What tells the machine's memory.
    """

    jobs_per_user: int | None = None
    reserve: int | None = None
    memory: Callable[[], Memory | None] = memory_of_machine

    def admits(self, running: int, starting: int) -> bool:
        """Whether another job may start beside those that run, of which some are just starting."""
        return admits(running, starting, self.memory(), self.reserve)
