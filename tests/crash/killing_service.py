"""A service whose store kills processes at the points of a plan. `python -m tests.crash.killing_service FOLDER …`."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from attrs import define, field
from sqlalchemy import Connection

from quafu_runtime.server.__main__ import serve_until_told
from quafu_runtime.server.clock import Clock
from quafu_runtime.server.folder import Address
from quafu_runtime.server.seams import Seams
from quafu_runtime.server.settings import Settings
from quafu_runtime.server.store.attempts import Reporter
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.store import Store
from tests.crash.points import SERVICE, Point, read_plan, write_plan
from tests.crash.victims import find, kill

P = ParamSpec("P")
T = TypeVar("T")


@define
class Killer:
    """Kills at the points of a plan, and keeps a record of whom."""

    folder: Path
    counts: Counter[tuple[str, str]] = field(factory=Counter)
    plan: list[Point] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Read the plan: what is left of it, where a service was killed before."""
        self.plan = read_plan(self.folder / "plan.json")

    def at(self, write: str, when: str, job_id: str | None) -> None:
        """Kill whoever is to be killed here."""
        self.counts[write, when] += 1
        for point in list(self.plan):
            if (point.write, point.when, point.count) == (write, when, self.counts[write, when]):
                self._kill(point, job_id)

    def _kill(self, point: Point, job_id: str | None) -> None:
        if point.victim == SERVICE:
            self._note(point)
            os.kill(os.getpid(), signal.SIGKILL)
        victim = find(os.getpid(), point.victim, job_id) or find(os.getpid(), point.victim)
        if victim is not None and kill(victim):
            self._note(point)

    def _note(self, point: Point) -> None:
        self.plan.remove(point)
        write_plan(self.folder / "plan.json", self.plan)
        with (self.folder / "kills.txt").open("a", encoding="utf-8") as file:
            file.write(f"{point.write} {point.when} {point.victim}\n")


class KillingStore(Store):
    """A store with a killer before and after each of its writes."""

    def __init__(self, database: Database, killer: Killer) -> None:
        super().__init__(database)
        self._killer = killer

    def transact(
        self, access: Access, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run one transaction, and kill whoever is to be killed before or after it."""
        if access is Access.READ:
            return super().transact(access, work, *args, **kwargs)
        name, job_id = getattr(work, "__name__", ""), _job_of(args)
        self._killer.at(name, "before", job_id)
        done = super().transact(access, work, *args, **kwargs)
        self._killer.at(name, "after", job_id)
        return done


def _say_nothing(_address: Address, _token: str) -> None:
    """Its address is known."""


def _job_of(args: Sequence[object]) -> str | None:
    first = args[0] if args else None
    if isinstance(first, Reporter):
        return first.job_id
    return first if isinstance(first, str) else None


def main() -> int:
    """Run a service in a folder, at a port, with a lease, after the plan in the folder."""
    folder, port, lease = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    killer = Killer(folder)
    settings = Settings(data_dir=folder, port=port, max_jobs=3, lease=lease)
    seams = Seams(make_store=lambda database: KillingStore(database, killer), clock=Clock())
    return serve_until_told(settings, _say_nothing, seams=seams)


if __name__ == "__main__":
    sys.exit(main())
