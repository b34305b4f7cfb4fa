"""Where a process is killed: before or after which write of the service, and which process."""

import itertools
import json
import random
from collections.abc import Iterator
from pathlib import Path

from attrs import asdict, frozen

SERVICE = "service"
VICTIMS = (SERVICE, "quafu-superv", "quafu-warm", "quafu-runner", "quafu-program")
"""Who may be killed: the service itself, and the processes below it by the names that they give themselves."""

OFTEN = ("_accept", "claim", "start", "report", "finish")
SELDOM = ("cancel", "decide", "lose", "requeue")
WRITES = OFTEN + SELDOM
"""The changes of the store that make up a job's life, by the names of their functions."""

WHEN = ("before", "after")
"""Before anything of it is written, and after it is committed."""


@frozen
class Point:
    """One kill.

    Attributes:
        write: The change of the store.
        when: `before` or `after` it.
        victim: The process.
        count: At which of these changes, counted from 1 in each life of a service.
    """

    write: str
    when: str
    victim: str
    count: int = 1


EVERY = tuple(itertools.product(WRITES, WHEN, VICTIMS))
"""Every combination of a write, a side of it and a victim."""


def plans(seed: int, points: int) -> Iterator[list[Point]]:
    """Plans for one service after the other, without end: over and over every combination, shuffled anew each time.

    Args:
        seed: What makes them repeatable.
        points: How many a plan has.
    """
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    while True:
        combinations = [Point(*each, count=chance.randint(1, 4 if each[0] in OFTEN else 1)) for each in EVERY]
        chance.shuffle(combinations)
        for start in range(0, len(combinations), points):
            yield combinations[start : start + points]


def write_plan(path: Path, plan: list[Point]) -> None:
    """Write a plan for the service that is started next."""
    path.write_text(json.dumps([asdict(point) for point in plan]), encoding="utf-8")


def read_plan(path: Path) -> list[Point]:
    """Read a plan."""
    return [Point(**fields) for fields in json.loads(path.read_text(encoding="utf-8"))]
