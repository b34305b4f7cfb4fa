"""Runs a service with a short lease, whose store refuses and whose clock jumps as files in a folder say."""

import argparse
import json
import os
import sqlite3
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from quafu_runtime.server.__main__ import serve_until_told
from quafu_runtime.server.clock import Clock
from quafu_runtime.server.folder import Address
from quafu_runtime.server.seams import Seams
from quafu_runtime.server.settings import Settings
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")


class RefusingStore(Store):
    """A store without room for the writes that the file `refuse` names, or for any where it says `all`."""

    def __init__(self, database: Database, orders: Path) -> None:
        super().__init__(database)
        self._orders = orders

    def transact(
        self, access: Access, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run one transaction, or refuse it and take note of that."""
        refused = _read(self._orders / "refuse").split()
        if access is not Access.READ and (work.__name__ in refused or "all" in refused):
            with (self._orders / "refused").open("a") as file:
                file.write(f"{work.__name__}\n")
            raise OperationalError(work.__name__, {}, sqlite3.OperationalError("database or disk is full"))
        return super().transact(access, work, *args, **kwargs)


class JumpingClock(Clock):
    """A clock of the wall that is ahead by the seconds in the file `ahead`."""

    def __init__(self, orders: Path) -> None:
        self._orders = orders

    def now(self) -> datetime:
        """The moment."""
        return super().now() + timedelta(seconds=float(_read(self._orders / "ahead") or "0"))


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def main() -> int:
    """Run the service until it is told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--ready-fd", type=int, required=True)
    parser.add_argument("--orders", type=Path, required=True)
    parser.add_argument("--lease", type=float, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--max-jobs", type=int, default=1)
    parser.add_argument("--lifeline-fd", type=int)
    options = parser.parse_args()

    def ready(address: Address, _token: str) -> None:
        os.write(options.ready_fd, json.dumps({"url": address.url, "ws_url": address.ws_url}).encode())
        os.close(options.ready_fd)

    settings = Settings(data_dir=options.data_dir, port=options.port, max_jobs=options.max_jobs, lease=options.lease)
    seams = Seams(
        make_store=lambda database: RefusingStore(database, options.orders), clock=JumpingClock(options.orders)
    )
    return serve_until_told(settings, ready, options.lifeline_fd, seams=seams)


if __name__ == "__main__":
    sys.exit(main())
