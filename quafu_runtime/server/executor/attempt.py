"""One attempt at a job, as the service hands it to an executor."""

import dataclasses
from pathlib import Path
from typing import Any

from attrs import field, frozen, validators

from quafu_runtime.server.runner.afterlife import Afterlife

_FILE_NAME = validators.matches_re(r"[A-Za-z0-9_-]{1,200}")


@frozen
class Attempt:
    """One attempt at a job.

    Attributes:
        job_id: The job; letters, digits, `-` and `_`.
        number: Which attempt at this job it is, from 1.
        token: What the runner proves with that it speaks for this attempt.
        service_url: Where the service listens to runners, such as `http://127.0.0.1:8642`.
        source: The text of the program.
        program_name: The name of the program, for its tracebacks.
        params_json: What the caller passed, as JSON.
        backend: The backend that the caller asked for, or None.
        seed: What makes the job repeatable.
        max_execution_time: Seconds of running after which the program is stopped.
    """

    job_id: str = field(validator=_FILE_NAME)
    number: int
    token: str = field(repr=False)
    service_url: str
    source: str = field(repr=False)
    program_name: str
    params_json: str = field(repr=False)
    backend: str | None
    seed: int
    max_execution_time: float

    @property
    def handle(self) -> "Handle":
        """What names this attempt to an executor."""
        return Handle(self.job_id, self.number)

    def to_letter(self, home: Path, afterlife: Afterlife | None = None) -> dict[str, Any]:
        """What is written to the runner.

        Args:
            home: The folder that is the job's own.
            afterlife: What lets the runner go on without this service, or None where it ends with it.

        Returns:
            A JSON object, which `quafu_runtime.server.runner.assignment` reads.
        """
        work = {
            "program_name": self.program_name,
            "source": self.source,
            "params_json": self.params_json,
            "backend": self.backend,
            "seed": self.seed,
            "home": str(home),
        }
        return {
            "url": f"{self.service_url.rstrip('/')}/attempts/{self.job_id}/{self.number}",
            "token": self.token,
            "max_execution_time": self.max_execution_time,
            "afterlife": None if afterlife is None else dataclasses.asdict(afterlife),
            "work": work,
        }


@frozen
class Handle:
    """What names an attempt to the executor that runs it.

    Attributes:
        job_id: The job.
        number: Which attempt at this job it is.
    """

    job_id: str
    number: int

    def __str__(self) -> str:
        """The name of the attempt's folder."""
        return f"{self.job_id}-{self.number}"
