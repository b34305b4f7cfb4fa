"""A job as the registry knows it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

from attrs import frozen

from quafu_runtime.status import JobStatus


@frozen
class RegisteredJob:
    """A job that was submitted from here.

    Attributes:
        job_id: The job.
        submitted_at: When it was submitted, in UTC, by this machine's clock.
        service: The base URL of the service that runs it; empty until it is recorded.
        program_id: The program that it runs, or None where the service did not say.
        program_name: That program's name, or None where it was run by its id.
        backend: The backend that it was run on, or None where the service did not say.
        label: What it was called, or None.
        tags: What it was tagged with.
        seed: The seed that it was given, or None.
        status: Its status as last seen, or None where nobody has asked.
        finished_at: When it ended, in UTC, or None where that was not seen.
        forgotten: Whether its service was seen to know it no more.
    """

    job_id: str
    submitted_at: datetime
    service: str = ""
    program_id: str | None = None
    program_name: str | None = None
    backend: str | None = None
    label: str | None = None
    tags: tuple[str, ...] = ()
    seed: int | None = None
    status: JobStatus | None = None
    finished_at: datetime | None = None
    forgotten: bool = False

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """A job out of the file.

        Raises:
            ValueError: The row holds something else.
        """
        tags = json.loads(row["tags"])
        if not isinstance(tags, list):
            message = "the tags of a job are no list"
            raise ValueError(message)  # noqa: TRY004 - what a file holds has a wrong value, not a wrong type
        return cls(
            job_id=str(row["job_id"]),
            submitted_at=moment_of(row["submitted_at"]),
            service=str(row["service"]),
            program_id=row["program_id"],
            program_name=row["program_name"],
            backend=row["backend"],
            label=row["label"],
            tags=tuple(str(tag) for tag in tags),
            seed=row["seed"],
            status=None if row["status"] is None else JobStatus.from_code(row["status"]),
            finished_at=None if row["finished_at"] is None else moment_of(row["finished_at"]),
            forgotten=bool(row["forgotten"]),
        )

    def to_row(self) -> dict[str, Any]:
        """What is written into the file."""
        return {
            "job_id": self.job_id,
            "submitted_at": self.submitted_at.timestamp(),
            "program_id": self.program_id,
            "program_name": self.program_name,
            "backend": self.backend,
            "label": self.label,
            "tags": json.dumps(self.tags),
            "seed": self.seed,
            "status": None if self.status is None else self.status.code,
            "finished_at": None if self.finished_at is None else self.finished_at.timestamp(),
        }


def moment_of(seconds: float) -> datetime:
    """A moment of the file.

    Raises:
        ValueError: It is none.
    """
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (TypeError, OverflowError, OSError) as error:
        raise ValueError(str(error)) from None
