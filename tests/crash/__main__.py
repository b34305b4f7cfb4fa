"""`python -m tests.crash`: kills processes until there were enough kills, and says what was found."""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.crash.audit import kept
from tests.crash.lives import Folder, adopt_orphans, live
from tests.crash.points import plans

POINTS = 12
"""How many points a plan has."""

RANDOM_KILLS = 6
"""How many kills at random times a life has."""


def main() -> int:
    """Kill, audit, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how many kills in all")
    parser.add_argument("--seed", type=int, default=0, help="what makes the plans repeatable")
    parser.add_argument("--minutes", type=float, default=60.0, help="after which no other life begins")
    options = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="quafu-crash-") as base:
        folder = Folder.at(Path(base) / "data")
        ends_at = time.monotonic() + 60.0 * options.minutes
        lives = _lives(folder, options.kills, options.seed, ends_at)
        _tell(folder, lives)
        enough = len(folder.kills) >= options.kills
    return 0 if enough and not folder.wrong else 1


def _lives(folder: Folder, kills: int, seed: int, ends_at: float) -> int:
    chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
    lives = 0
    for plan in plans(seed, POINTS):
        if len(folder.kills) >= kills or time.monotonic() > ends_at:
            break
        before = len(folder.wrong)
        live(folder, plan, chance, RANDOM_KILLS)
        lives += 1
        if folder.wrong[before:]:
            steps = ", ".join(f"{each.victim} {each.when} {each.write} {each.count}" for each in plan)
            sys.stdout.write("\n  ".join([f"life {lives} ({steps}):", *folder.wrong[before:]]) + "\n")
            sys.stdout.flush()
    return lives


def _tell(folder: Folder, lives: int) -> None:
    victims = Counter(line.split()[-1] for line in folder.kills)
    states = Counter(job.state.value for job in kept(folder.path / "runtime.db"))
    sys.stdout.write(f"{len(folder.kills)} kills in {lives} lives: {dict(sorted(victims.items()))}\n")
    sys.stdout.write(f"{len(folder.works)} jobs were accepted and ended: {dict(sorted(states.items()))}\n")
    sys.stdout.write(f"{len(folder.wrong)} faults\n")


if __name__ == "__main__":
    sys.exit(main())
