"""What a runtime service is started with, and what the files in its data folder are called.

Standard library and attrs only: `quafu_runtime.local` imports this without importing a server.
"""

import getpass
import os
from pathlib import Path

from attrs import field, frozen

from quafu_runtime.server.runner.afterlife import Afterlife
from quafu_runtime.server.runner.confinement import Confinement

LOOPBACK = "127.0.0.1"
"""A service that was not told otherwise is reached from this machine alone."""

SERVE_PORT = 8642
"""The port of `quafu-runtime serve`, so that an address that was written down stays true."""

MAX_REQUEST_BYTES = 16 * 1024 * 1024
"""The largest body of a caller: a program's source, or the params of a job."""

MAX_REPORT_BYTES = 256 * 1024 * 1024
"""The largest body of a runner: a batch of events, or the result of a job."""

LEASE = 30.0
"""Seconds without a word of its runner after which a job counts as lost."""

CANCEL_GRACE = 1.0
"""Seconds that a runner has to end its program and report, before the service decides without it."""

ADOPTED_GRACE = 2.5
"""The same for one that was taken up from an earlier life of the service: it hears of it with the answer to its next
report, of which it sends one a second."""

ALREADY_RUNNING = 3
"""The exit code of a service whose data folder is in use."""


def default_data_dir() -> Path:
    """The data folder of the local runtime: `~/.quafu/runtime`."""
    return Path.home() / ".quafu" / "runtime"


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0))


def owner_name() -> str:
    """The name of whoever starts the service: the login name, or `owner` where there is none."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        return "owner"
    return name.replace("/", "-") or "owner"


def _absolute(folder: str | Path) -> Path:
    """The folder wherever a process stands: those of jobs stand elsewhere, and outlive the service."""
    return Path(folder).absolute()


def _at_least_one(_settings: object, _attribute: object, value: int) -> None:
    if value < 1:
        message = f"max_jobs is the number of jobs that run at once, at least 1, not {value}."
        raise ValueError(message)


@frozen
class Settings:
    """What a runtime service is started with.

    Attributes:
        data_dir: The folder that holds all that the service keeps.
        host: The address that it listens on.
        port: The port that it listens on; 0 lets the system choose.
        max_jobs: How many jobs run at once, of all users.
        owner: The name of the first user, whose token is in the folder.
        delete_data_dir: Whether the folder is deleted when the service ends.
        confinement: What each program is held to.
        lease: Seconds without a word of its runner after which a job counts as lost, and for which a runner goes on
            without a service.

    Raises:
        ValueError: `max_jobs` is less than 1.
    """

    data_dir: Path = field(factory=default_data_dir, converter=_absolute)
    host: str = LOOPBACK
    port: int = 0
    max_jobs: int = field(factory=usable_cores, validator=_at_least_one)
    owner: str = field(factory=owner_name)
    delete_data_dir: bool = False
    confinement: Confinement = field(factory=Confinement)
    lease: float = LEASE

    @property
    def database(self) -> Path:
        """The SQLite file of the store."""
        return self.data_dir / "runtime.db"

    @property
    def owner_token(self) -> Path:
        """The file that holds the owner's token."""
        return self.data_dir / "owner.token"

    @property
    def address_file(self) -> Path:
        """The file that says where the running service is reached."""
        return self.data_dir / "service.json"

    @property
    def lock_file(self) -> Path:
        """The file whose lock the running service holds."""
        return self.data_dir / "service.lock"

    @property
    def log_file(self) -> Path:
        """The file that takes what a service in the background writes to its standard error."""
        return self.data_dir / "service.log"

    @property
    def scratch(self) -> Path:
        """The folder in which each job has a folder of its own while it runs."""
        return self.data_dir / "jobs"

    @property
    def afterlife(self) -> Afterlife:
        """What lets the jobs that run outlive the service."""
        return Afterlife(str(self.address_file), str(self.lock_file), self.lease)
