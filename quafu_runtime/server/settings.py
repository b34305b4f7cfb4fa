"""What a runtime service is started with, and what the files in its data folder are called.

Standard library and attrs only: `quafu_runtime.local` imports this without importing a server.
"""

import getpass
import math
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from attrs import Attribute, field, fields, frozen
from attrs.validators import optional

from quafu_runtime.server.runner.afterlife import Afterlife
from quafu_runtime.server.runner.confinement import Confinement

LOOPBACK = "127.0.0.1"
"""A service that was not told otherwise is reached from this machine alone."""

LOOPBACK_NAMES = frozenset({"localhost", LOOPBACK, "::1"})
"""How a machine calls itself: nobody else can listen there, and a caller there is on the machine."""

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


SPACE_EVERY = 10.0
"""Seconds after which a waiting call sends a space, so that nothing in between takes its connection for dead: proxies
close what is idle, many after a minute and some after fifteen seconds."""


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


def _at_least_one(_settings: object, attribute: "Attribute[int]", value: int) -> None:
    if value < 1:
        message = f"{attribute.name} is the number of jobs that run at once, at least 1, not {value}."
        raise ValueError(message)


@frozen
class Limits:
    """What callers may ask of a service, so that none of them keeps the others from theirs.

    Attributes:
        body: Bytes of a request's body: a program's source, or the params of a job.
        body_grace: Seconds for any body; a large one gets a second more for each `body_pace` bytes.
        body_pace: Bytes a second that a slow line brings at least; what trickles more slowly holds a connection.
        headers: Bytes of a request's headers together; ours have a few hundred, a proxy may add some thousand.
        header_count: How many headers; each one costs far more memory than its bytes.
        target: Bytes of a request's path and query: the longest of ours, a list's filters, has less than a thousand.
        headers_within: Seconds from the first byte of a request, or from the connection on, to the last of its headers.
        connections: How many there are at once; beyond that an idle one is closed for a new one. Each may cost some ten
            kilobytes, so that all together cost less than one job.
        connections_per_address: How many there are from one address: half of all, so that one address leaves room.
        stays_per_user: Streams and waiting calls of one user at once.
        store_within: Seconds that a change waits for another process's lock on the store, of a command line that adds
            a user for example: less than callers wait for their answer.
        waiting_jobs: Jobs of one user in the queue. A sweep has thousands; so many wait for hours.
        stored: Bytes of a user's programs and jobs, with their events.
    """

    body: int = MAX_REQUEST_BYTES
    body_grace: float = 20.0
    body_pace: float = 8 * 1024.0
    headers: int = 32 * 1024
    header_count: int = 100
    target: int = 8 * 1024
    headers_within: float = 20.0
    connections: int = 4000
    connections_per_address: int = 2000
    stays_per_user: int = 1500
    store_within: float = 10.0
    waiting_jobs: int = 20_000
    stored: int = 20 * 1024**3


def limits_of(texts: Iterable[str]) -> Limits:
    """The limits with some of them changed.

    Args:
        texts: Each `NAME=NUMBER`.

    Raises:
        ValueError: A name is none of a limit, or a number is none above zero.
    """
    kinds = {attribute.name: float if isinstance(attribute.default, float) else int for attribute in fields(Limits)}
    changes: dict[str, Any] = {}
    for text in texts:
        name, _, number = text.partition("=")
        try:
            changes[name] = kinds[name](number)
        except KeyError:
            message = f"There is no limit {name!r}. The limits are {', '.join(kinds)}."
            raise ValueError(message) from None
        except ValueError:
            message = f"The limit {name} is a number, not {number!r}."
            raise ValueError(message) from None
        if not 0 < changes[name] < math.inf:
            message = f"The limit {name} is a number above zero, not {number}."
            raise ValueError(message)
    return Limits(**changes)


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
        max_jobs_per_user: How many of them may be one user's; None for all.
        min_free_memory: Bytes of the machine's memory that are free when another job is started; None for
            `admission.usual_reserve`.
        limits: What callers may ask of it.
        allow_hosts: Names, beside those of `host`, under which callers know it.
        tls_cert: The file with the certificate that it shows, with those of its authorities; None for clear text.
        tls_key: The file with the certificate's private key; None where the certificate's file has it.
        space_every: Seconds after which a waiting call sends a space.

    Raises:
        ValueError: `max_jobs` or `max_jobs_per_user` is less than 1.
    """

    data_dir: Path = field(factory=default_data_dir, converter=_absolute)
    host: str = LOOPBACK
    port: int = 0
    max_jobs: int = field(factory=usable_cores, validator=_at_least_one)
    owner: str = field(factory=owner_name)
    delete_data_dir: bool = False
    confinement: Confinement = field(factory=Confinement)
    lease: float = LEASE
    max_jobs_per_user: int | None = field(default=None, validator=optional(_at_least_one))
    min_free_memory: int | None = None
    limits: Limits = field(factory=Limits)
    allow_hosts: tuple[str, ...] = field(default=(), converter=tuple)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    space_every: float = SPACE_EVERY

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
