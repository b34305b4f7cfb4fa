"""The registry: who submitted what, where, when, and how it stands as far as it was seen."""

import hmac
import json
import os
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from attrs import frozen

from quafu_runtime.account import Account, Credentials
from quafu_runtime.registry.values import RegisteredJob
from quafu_runtime.status import JobStatus

if TYPE_CHECKING:
    import sqlite3
    from contextlib import AbstractContextManager

MOST_JOBS = 10_000
"""Jobs that the file holds; the oldest make room. That is a few megabytes."""

MOST_JOBS_WITH_PARAMS = 1_000
"""Of so many of the newest jobs the params are kept, where they are kept at all."""

_LARGEST_PARAMS = 65_536
"""Characters of JSON; larger params are not kept. With the number above, no more than 64 MB of them."""


class JobRegistry:
    """A list of the jobs that were submitted from here, in one SQLite file with the mode 0600.

    It holds service, program, backend, label, tags, seed, times and the last known status of each job; of the account
    only a fingerprint, made with a salt in the file, and never a token. The params are kept only where that is asked
    for. Of more than 10,000 jobs the oldest are dropped; params are kept of the newest 1,000 jobs, and up to 64 KiB of
    JSON each.

    It may be used from several threads and processes at once. A service writes into it by itself: give it one as
    `RuntimeService(registry=...)`, or `False` for none.

    Args:
        path: The file; None for `~/.quafu/runtime-client/jobs.db`.
        keep_params: Whether to write down the params of each job, too.

    Raises:
        RegistryError: There is no home folder, and no path; by its methods, the file cannot be read or written.

    Example:
        ```python
        registry = JobRegistry(keep_params=True)
        service = RuntimeService(registry=registry)
        job = service.run("vqe", params={"steps": 20})
        assert registry.params_of(job.job_id()) == {"steps": 20}
        ```
    """

    def __init__(self, path: str | os.PathLike[str] | None = None, *, keep_params: bool = False) -> None:
        self._path = None if path is None else Path(path).expanduser().absolute()
        self._keep_params = keep_params

    @property
    def path(self) -> Path:
        """The file."""
        from quafu_runtime.registry.file import default_path

        return default_path() if self._path is None else self._path

    @property
    def keep_params(self) -> bool:
        """Whether the params of jobs are written down."""
        return self._keep_params

    def record(self, account: Account, job: RegisteredJob, params: object = None) -> None:
        """Write a job down; one that is there already stays as it was submitted first.

        Args:
            account: Whose job it is, and at which service.
            job: The job.
            params: What it got, as plain JSON; written down only with `keep_params`.

        Raises:
            RegistryError: The file cannot be written.
        """
        written = self._params_text(params)
        with self._writing() as file:
            owner = _Owner.of(account.credentials(), file)
            row = {**job.to_row(), "service": owner.service, "account": owner.account, "place": owner.place}
            row["params"] = written
            names = ", ".join(row)
            marks = ", ".join(f":{name}" for name in row)
            file.execute(f"INSERT OR IGNORE INTO jobs ({names}) VALUES ({marks})", row)  # noqa: S608 - our own names
            _trim(file, with_params=written is not None)

    def update(
        self, account: Account, job_id: str, status: JobStatus | None, finished_at: datetime | None = None
    ) -> None:
        """Note how a job stands.

        Args:
            account: The account at whose service it is.
            job_id: The job.
            status: Its status; None where the service knows it no more.
            finished_at: When it ended, where that is known.

        Raises:
            RegistryError: The file cannot be written.
        """
        self.update_all(account, {job_id: (status, finished_at)})

    def update_all(self, account: Account, found: Mapping[str, tuple[JobStatus | None, datetime | None]]) -> None:
        """Note how several jobs stand, in one step.

        Args:
            account: The account at whose service they are.
            found: The status of each, and when it ended; None in place of a status that the service does not know.

        Raises:
            RegistryError: The file cannot be written.
        """
        if not found or not self.path.exists():
            return
        service = _service(account.credentials())
        rows = [
            (
                None if status is None else status.code,
                None if ended is None else ended.timestamp(),
                status is None,
                service,
                job_id,
            )
            for job_id, (status, ended) in found.items()
        ]
        statement = (
            "UPDATE jobs SET status = coalesce(?, status), finished_at = coalesce(?, finished_at), forgotten = ? "
            "WHERE service = ? AND job_id = ?"
        )
        with self._writing() as file:
            file.executemany(statement, rows)

    def jobs(
        self,
        account: Account | None = None,
        *,
        limit: int | None = 20,
        status: Collection[JobStatus] | None = None,
        program: str | None = None,
        since: datetime | None = None,
        tag: str | None = None,
    ) -> list[RegisteredJob]:
        """The jobs that were written down, the newest first.

        Args:
            account: Only those of this account, at its service; None for all of them.
            limit: How many at most; None for all.
            status: Only those that were last seen in one of these states.
            program: Only those of the program with this id or name.
            since: Only those submitted at this moment or later.
            tag: Only those with this tag.

        Raises:
            RegistryError: The file cannot be read.
        """
        with self._reading() as file:
            if file is None:
                return []
            where, values = _conditions(status, program, since)
            if account is not None:
                owner = _Owner.of(account.credentials(), file)
                where.append("service = ? AND (account = ? OR place = ?)")
                values += [owner.service, owner.account, owner.place]
            found: list[RegisteredJob] = []
            for job in _selected(file, where, values):
                if limit is not None and len(found) >= limit:
                    break
                if tag is None or tag in job.tags:
                    found.append(job)
            return found

    def find(self, account: Account, job_id: str) -> RegisteredJob | None:
        """One job, or None where it was not written down.

        Args:
            account: The account at whose service it is.
            job_id: The job.

        Raises:
            RegistryError: The file cannot be read.
        """
        service = _service(account.credentials())
        with self._reading() as file:
            if file is None:
                return None
            return next(_selected(file, ["service = ? AND job_id = ?"], [service, job_id]), None)

    def params_of(self, job_id: str) -> Any:
        """What a job got, or None where that was not written down.

        Args:
            job_id: The job.

        Raises:
            RegistryError: The file cannot be read.
        """
        with self._reading() as file:
            if file is None:
                return None
            row = file.execute(
                "SELECT params FROM jobs WHERE job_id = ? AND params IS NOT NULL ORDER BY number DESC", (job_id,)
            ).fetchone()
            return None if row is None else json.loads(row["params"])

    def forget(self, job_id: str) -> None:
        """Strike a job out of the list. The job itself goes on.

        Args:
            job_id: The job.

        Raises:
            RegistryError: The file cannot be written.
        """
        if self.path.exists():
            with self._writing() as file:
                file.execute("DELETE FROM jobs WHERE job_id = ?", (job_id,))

    def clear(self) -> None:
        """Strike all jobs out of the list. The jobs themselves go on.

        Raises:
            RegistryError: The file cannot be written.
        """
        if self.path.exists():
            with self._writing() as file:
                file.execute("DELETE FROM jobs")

    def __repr__(self) -> str:
        return f"JobRegistry({str(self.path)!r}{', keep_params=True' if self._keep_params else ''})"

    def _params_text(self, params: object) -> str | None:
        if not self._keep_params:
            return None
        text = json.dumps(params)
        return text if len(text) <= _LARGEST_PARAMS else None

    def _reading(self) -> "AbstractContextManager[sqlite3.Connection | None]":
        from quafu_runtime.registry.file import reading

        return reading(self.path)

    def _writing(self) -> "AbstractContextManager[sqlite3.Connection]":
        from quafu_runtime.registry.file import writing

        return writing(self.path)


@frozen
class _Owner:
    """Whose job it is, in a form from which no token can be had.

    Attributes:
        service: The base URL of the service.
        account: A fingerprint of the token.
        place: A fingerprint of the profile that the token was saved in, so that the jobs are still found when the
            profile gets a new token; None for a token that came from elsewhere.
    """

    service: str
    account: str
    place: str | None

    @classmethod
    def of(cls, credentials: Credentials, file: "sqlite3.Connection") -> Self:
        salt = bytes(file.execute("SELECT value FROM salt").fetchone()[0])
        place = credentials.source if credentials.source.startswith(_PROFILE) else None
        return cls(
            service=_service(credentials),
            account=_fingerprint(salt, credentials.token),
            place=None if place is None else _fingerprint(salt, place),
        )


_PROFILE = "the profile "
"""How the source of credentials begins that come from the account file."""

_FINGERPRINT_DIGITS = 32


def _fingerprint(salt: bytes, text: str) -> str:
    return hmac.digest(salt, text.encode(), "sha256").hex()[:_FINGERPRINT_DIGITS]


def _service(credentials: Credentials) -> str:
    return credentials.url.rstrip("/")


def _conditions(
    status: Collection[JobStatus] | None, program: str | None, since: datetime | None
) -> tuple[list[str], list[Any]]:
    where, values = ["1"], list[Any]()
    if status is not None:
        where.append(f"status IN ({', '.join('?' * len(status))})")
        values += [one.code for one in status]
    if program is not None:
        where.append("(program_id = ? OR program_name = ?)")
        values += [program, program]
    if since is not None:
        where.append("submitted_at >= ?")
        values.append(since.timestamp())
    return where, values


def _selected(file: "sqlite3.Connection", where: list[str], values: list[Any]) -> Iterator[RegisteredJob]:
    rows = file.execute(
        f"SELECT * FROM jobs WHERE {' AND '.join(where)} ORDER BY submitted_at DESC, number DESC",  # noqa: S608 - ours
        values,
    )
    for row in rows:
        yield RegisteredJob.from_row(row)


def _trim(file: "sqlite3.Connection", *, with_params: bool) -> None:
    """Let the oldest jobs make room."""
    newest = "SELECT number FROM jobs ORDER BY number DESC LIMIT 1 OFFSET ?"
    file.execute(f"DELETE FROM jobs WHERE number <= ({newest})", (MOST_JOBS,))  # noqa: S608 - a constant text
    if with_params:
        older = f"UPDATE jobs SET params = NULL WHERE params IS NOT NULL AND number <= ({newest})"  # noqa: S608
        file.execute(older, (MOST_JOBS_WITH_PARAMS,))
