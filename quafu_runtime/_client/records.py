"""What is known of a job, as values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen
from quafu_runtime_api import models

from quafu_runtime._client import fields
from quafu_runtime.status import JobStatus


@frozen
class JobInfo:
    """What a service says of a job. What it does not say is None.

    Attributes:
        job_id: The job.
        status: Its status.
        program_id: The program that it runs.
        program_name: That program's name.
        backend: The backend that it was run on.
        seed: What makes it repeatable: the same program with the same params and seed draws the same numbers.
        engine: The simulators that it has used, in the order of their first use.
        versions: The versions it ran with, of `python`, `pyquafu`, `numpy` and `quafu_runtime`.
        max_execution_time: Seconds of running that it may take.
        attempt: Which attempt at running it this is, counted from 1.
        created_at: When it was accepted, in UTC.
        started_at: When its program began, in UTC.
        finished_at: When it ended, in UTC.
    """

    job_id: str
    status: JobStatus
    program_id: str | None = None
    program_name: str | None = None
    backend: str | None = None
    seed: int | None = None
    engine: str | None = None
    versions: Mapping[str, str] = field(factory=dict)
    max_execution_time: float | None = None
    attempt: int | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None


@frozen
class JobEvent:
    """Something that a job printed or published.

    Attributes:
        kind: `"log"` or `"interim"`.
        seq: Its number in the job: the service's own, or a count of what came, where the service gives none.
        data: The text of a log; what was published, decoded.
        at: When, in UTC, or None where the service does not say.
    """

    kind: str
    seq: int
    data: Any
    at: datetime | None


@frozen
class Submitted:
    """A job that a service accepted.

    Attributes:
        job_id: The job.
        program_id: The program that it runs, or None where the service does not say.
        backend: The backend that it runs on, or None where the service does not say.
    """

    job_id: str
    program_id: str | None
    backend: str | None

    @classmethod
    def of(cls, data: models.SubmittedJob, operation: str) -> "Submitted":
        """Read a service's answer.

        Raises:
            MalformedAnswerError: A field is none of its kind.
        """
        return cls(
            job_id=fields.text(data.job_id, "job_id", operation),
            program_id=fields.optional_text(data.program_id, "program_id", operation),
            backend=fields.optional_text(data.backend, "backend", operation),
        )


@frozen
class Standing:
    """Where a job stands.

    Attributes:
        status: Its status.
        text: The JSON text of its result, or the text of its error, or None.
        types: What the JSON text does not say about types, or None.
        finished_at: When it ended.
    """

    status: JobStatus
    text: str | None
    types: Mapping[str, Any] | None = None
    finished_at: datetime | None = None

    @classmethod
    def of_result(cls, data: models.JobResult, operation: str) -> "Standing":
        """Read the answer of an operation that asks for a result.

        Raises:
            MalformedAnswerError: A field is none of its kind, or the status is unknown.
        """
        return cls(
            status=fields.job_status(data.status, operation),
            text=fields.optional_text(data.result, "result", operation),
            types=fields.mapping(data.result_types, "result_types", operation),
            finished_at=fields.moment(data.finish_time, "finish_time", operation),
        )

    @classmethod
    def of_state(cls, data: models.JobState, operation: str) -> "Standing":
        """Read the answer of `job_status`.

        Raises:
            MalformedAnswerError: A field is none of its kind, or the status is unknown.
        """
        return cls(
            status=fields.job_status(data.status, operation),
            text=fields.optional_text(data.result, "result", operation),
            finished_at=fields.moment(data.finished_time, "finished_time", operation),
        )


def job_info(data: models.JobInfo, operation: str) -> JobInfo:
    """Read the answer of `job_info`.

    Raises:
        MalformedAnswerError: A field is none of its kind, or the status is unknown.
    """

    def text(name: str) -> str | None:
        return fields.optional_text(getattr(data, name), name, operation)

    def at(name: str) -> datetime | None:
        return fields.moment(getattr(data, name), name, operation)

    versions = data.versions.to_dict() if isinstance(data.versions, models.Versions) else {}
    return JobInfo(
        job_id=fields.text(data.job_id, "job_id", operation),
        status=fields.job_status(data.status, operation),
        program_id=text("program_id"),
        program_name=text("program_name"),
        backend=text("backend"),
        seed=fields.optional_integer(data.seed, "seed", operation),
        engine=text("engine"),
        versions={name: version for name, version in versions.items() if isinstance(version, str)},
        max_execution_time=fields.optional_number(data.max_execution_time, "max_execution_time", operation),
        attempt=fields.optional_integer(data.attempt, "attempt", operation),
        created_at=at("creation_time"),
        started_at=at("start_time"),
        finished_at=at("finish_time"),
    )
