"""What a runner is told to do, and what of it the program's process gets to know."""

from dataclasses import dataclass
from typing import Any, Self

from quafu_runtime.server.runner.afterlife import Afterlife


@dataclass(frozen=True, slots=True)
class Work:
    """What the program's process is told: nothing of the service, no token.

    Attributes:
        program_name: The name of the program, for its tracebacks.
        source: The text of the program.
        params_json: What the caller passed, as JSON.
        backend: The backend that the caller asked for, or None.
        seed: What makes the job repeatable.
        home: The job's own folder, which is deleted when it has ended.
    """

    program_name: str
    source: str
    params_json: str
    backend: str | None
    seed: int
    home: str

    @property
    def filename(self) -> str:
        """What stands for the program's file in its tracebacks: `<program NAME>`."""
        printable = "".join(character if character.isprintable() else " " for character in self.program_name)
        return f"<program {printable}>"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One attempt at a job, as the service hands it to a runner.

    Attributes:
        url: The base URL of the attempt, to which the runner reports.
        afterlife: What lets the runner go on without this service, or None where it ends with it.
        token: The token of the attempt.
        max_execution_time: Seconds of running after which the program is killed.
        work: What the program's process is told.
    """

    url: str
    token: str
    max_execution_time: float
    afterlife: Afterlife | None
    work: Work

    @classmethod
    def from_letter(cls, letter: dict[str, Any]) -> Self:
        """Read what the executor has written (`Attempt.to_letter`)."""
        return cls(
            url=letter["url"],
            token=letter["token"],
            max_execution_time=letter["max_execution_time"],
            afterlife=None if letter["afterlife"] is None else Afterlife(**letter["afterlife"]),
            work=Work(**letter["work"]),
        )
