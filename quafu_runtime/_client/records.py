"""What is known of a job, as values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import asdict, field, frozen
from quafu_runtime_api import models

from quafu_runtime._client import fields
from quafu_runtime.status import JobStatus


@frozen
class JobExit:
    """How the program of a job ended.

    Attributes:
        kind: `"returned"`, `"raised"`, `"exited"`, `"killed"`, `"timed_out"`, `"cancelled"` or `"lost"`.
        code: The exit code of its process, where it exited.
        signal: The number of the signal that killed it, where one did.
    """

    kind: str
    code: int | None = None
    signal: int | None = None

    def __str__(self) -> str:
        """In a few words, such as `killed by signal 9`."""
        if self.signal is not None:
            return f"{self.kind} by signal {self.signal}"
        return self.kind if self.code is None else f"{self.kind} with code {self.code}"

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_exit

        return html_of_exit(self)


@frozen(repr=False)
class JobInfo:
    """What a service says of a job. What it does not say is None, and is left out of the repr.

    Attributes:
        job_id: The job.
        status: Its status.
        label: What it was called at its run.
        tags: The texts that it may be found by.
        program_id: The program that it runs.
        program_name: That program's name.
        backend: The backend that it was run on.
        seed: What makes it repeatable: the same program with the same params and seed draws the same numbers.
        engine: The simulators that it has used, in the order of their first use.
        versions: The versions it ran with, of `python`, `pyquafu`, `numpy` and `quafu_runtime`.
        max_execution_time: Seconds of running that it may take.
        attempt: Which attempt at running it this is, counted from 1.
        created_at: When it was accepted, in UTC.
        assigned_at: When it was handed to a process, in UTC.
        started_at: When its program began, in UTC.
        finished_at: When it ended, in UTC.
        exit: How its program ended.
        runs: How often its program has been run.
        max_attempts: How often its program may be run in all, where the process that runs it is lost.
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
    label: str | None = None
    tags: tuple[str, ...] = ()
    assigned_at: datetime | None = None
    exit: JobExit | None = None
    runs: int | None = None
    max_attempts: int | None = None

    def __repr__(self) -> str:
        told = {name: _shown(value) for name, value in asdict(self, recurse=False).items() if value or value == 0}
        return f"JobInfo({', '.join(f'{name}={text}' for name, text in told.items())})"

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_info

        return html_of_info(self)


@frozen
class JobEvent:
    """Something that a job printed or published.

    Attributes:
        kind: `"log"` or `"interim"`; `"gap"` where a stream broke at a service that does not replay, so that something
            is missing here: it has the number of the event before it.
        seq: Its number in the job: the service's own, or a count of what came, where the service gives none.
        data: The text of a log; what was published, decoded; what is to be said of a gap.
        at: When, in UTC, or None where the service does not say.
    """

    kind: str
    seq: int
    data: Any
    at: datetime | None

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_event

        return html_of_event(self)


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
    return read_job_info(data.to_dict(), operation)


def read_job_info(data: Mapping[str, Any], operation: str) -> JobInfo:
    """Read what JSON says of a job.

    Raises:
        MalformedAnswerError: A field is none of its kind, or the status is unknown.
    """

    def text(name: str) -> str | None:
        return fields.optional_text(data.get(name), name, operation)

    def at(name: str) -> datetime | None:
        return fields.moment(data.get(name), name, operation)

    versions = fields.mapping(data.get("versions"), "versions", operation) or {}
    return JobInfo(
        job_id=fields.text(data.get("job_id"), "job_id", operation),
        status=fields.job_status(data.get("status"), operation),
        program_id=text("program_id"),
        program_name=text("program_name"),
        backend=text("backend"),
        seed=fields.optional_integer(data.get("seed"), "seed", operation),
        engine=text("engine"),
        versions={name: version for name, version in versions.items() if isinstance(version, str)},
        max_execution_time=fields.optional_number(data.get("max_execution_time"), "max_execution_time", operation),
        attempt=fields.optional_integer(data.get("attempt"), "attempt", operation),
        created_at=at("creation_time"),
        assigned_at=at("assigned_time"),
        started_at=at("start_time"),
        finished_at=at("finish_time"),
        label=text("label"),
        tags=fields.texts(data.get("tags"), "tags", operation),
        exit=_exit(data.get("exit"), operation),
        runs=fields.optional_integer(data.get("runs"), "runs", operation),
        max_attempts=fields.optional_integer(data.get("max_attempts"), "max_attempts", operation),
    )


def wire_job_info(info: JobInfo) -> dict[str, Any]:
    """What is known of a job as JSON has it; `read_job_info` reads it.

    Args:
        info: What is known of it.
    """
    names = {
        "created_at": "creation_time",
        "assigned_at": "assigned_time",
        "started_at": "start_time",
        "finished_at": "finish_time",
    }
    values = asdict(info)
    times = {wire: values.pop(name) for name, wire in names.items()}
    written = {wire: None if at is None else at.isoformat() for wire, at in times.items()}
    return {**values, **written, "status": info.status.code, "tags": list(info.tags)}


def _exit(value: object, operation: str) -> JobExit | None:
    found = fields.mapping(value, "exit", operation)
    if found is None:
        return None
    return JobExit(
        kind=fields.text(found.get("kind"), "exit.kind", operation),
        code=fields.optional_integer(found.get("code"), "exit.code", operation),
        signal=fields.optional_integer(found.get("signal"), "exit.signal", operation),
    )


def _shown(value: object) -> str:
    """A field in a repr: moments in ISO 8601, a status in words."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    return f'"{value.value}"' if isinstance(value, JobStatus) else repr(value)
