"""`python -m tests.soak`: runs for as long as it is told, and says what it found and measured."""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from quafu_runtime import Account
from tests.crash.lives import adopt_orphans, left_below
from tests.soak.audit import faults
from tests.soak.meter import Reading, grown, growth, watch
from tests.soak.user import PATIENCE, User
from tests.soak.world import World

USERS = ["ann", "bob", "cho", "dee"]
CLIENTS = 2
"""How many programs of each user work at once."""

LOG_SHOWN = 20_000
"""Characters of the service's own log that are shown where something is wrong."""

CALM = 1 / 3
"""Which part of the time the service itself is left running at the end, so that it can be seen to stay as it is."""


def main() -> int:
    """Soak, audit, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="quafu-soak-") as base:
        world = World(Path(base) / "data", USERS)
        marks = Path(base) / "marks.txt"
        users = _users(world, marks)
        try:
            readings = _soak(world, users, 60.0 * options.minutes, random.Random(options.seed))  # noqa: S311 - repeatable
        finally:
            code = world.end()
        wrong = [] if code == 0 else [f"the service ended with the code {code}"]
        wrong += [f"a process is left: {each}" for each in left_below()]
        wrong += [trouble for user in users for trouble in user.trouble]
        wrong += faults(world.folder / "runtime.db", [each for user in users for each in user.records], marks)
        wrong += grown(growth(readings))
        if wrong:
            sys.stdout.write((world.folder / "service.log").read_text(encoding="utf-8")[-LOG_SHOWN:])
        _tell(world, users, readings, wrong)
    return 1 if wrong else 0


def _users(world: World, marks: Path) -> list[User]:
    return [
        User(name, Account(world.tokens[name], url=world.url), str(marks), seed)
        for seed, name in enumerate(name for name in USERS for _ in range(CLIENTS))
    ]


def _soak(world: World, users: list[User], seconds: float, chance: random.Random) -> list[Reading]:
    began, is_over = time.monotonic(), threading.Event()
    calm_from = began + (1 - CALM) * seconds
    with ThreadPoolExecutor(len(users) + 1) as pool:
        working = [pool.submit(user.work, is_over) for user in users]
        while time.monotonic() < calm_from:
            time.sleep(chance.uniform(2.0, 8.0))
            world.disturb(chance, restarts=True)
        world.wait_until_up()
        measuring = pool.submit(watch, world.pid, world.folder, is_over)
        while time.monotonic() < began + seconds:
            time.sleep(chance.uniform(2.0, 8.0))
            world.disturb(chance, restarts=False)
        is_over.set()
        for user, work in zip(users, working, strict=True):
            error = work.exception(2 * PATIENCE)
            user.trouble += [] if error is None else [f"{user.name} gave up: {error!r}"]
        return measuring.result()


def _tell(world: World, users: list[User], readings: list[Reading], wrong: list[str]) -> None:
    records = [record for user in users for record in user.records]
    outcomes = Counter(str(record.outcome) for record in records)
    sys.stdout.write(f"{len(records)} jobs, {sum(len(record.seen) for record in records)} messages read\n")
    sys.stdout.write(f"outcomes: {dict(sorted(outcomes.items()))}\n")
    sys.stdout.write(f"disturbances: {dict(sorted(Counter(world.disturbances).items()))}\n")
    sys.stdout.write(f"calls that failed while the service was away: {sum(user.calls_failed for user in users)}\n")
    for name, (first, last) in growth(readings).items():
        sys.stdout.write(f"{name}: {first:.2f} -> {last:.2f}\n")
    sys.stdout.write("".join(f"FAULT: {each}\n" for each in wrong) + f"{len(wrong)} faults\n")


if __name__ == "__main__":
    sys.exit(main())
