"""What a service does with jobs, with blocking calls."""

import os
from typing import Any

from quafu_runtime._client import runs
from quafu_runtime._client.drivers import SyncClient
from quafu_runtime._client.records import Submitted
from quafu_runtime.job import RuntimeJob
from quafu_runtime.programs import RuntimeProgram


class JobCalls:
    """The calls of a service that are about jobs."""

    _client: SyncClient

    def run(
        self,
        program: str | os.PathLike[str] | RuntimeProgram | None = None,
        params: Any = None,
        *,
        program_id: str | None = None,
        name: str | None = None,
        backend: str | None = None,
        seed: int | None = None,
        max_execution_time: float | None = None,
    ) -> RuntimeJob:
        """Run a program, and return its job at once.

        Args:
            program: Its id, its name, a `RuntimeProgram`, or the path of a file, which is uploaded under its stem and
                the hash of its text, and reused.
            params: What the program gets as its third argument: what JSON can hold, and numpy arrays, as lists.
            program_id: Its id.
            name: Its name.
            backend: The backend of this job; None for the program's own.
            seed: Makes the job repeatable: 0 to 2**63 - 1; None to let the service draw one.
            max_execution_time: Seconds of running that the job may take; None for the program's own limit.

        Returns:
            The job.

        Raises:
            ArgumentError: The program is named not at all, or twice, or the service cannot honour `seed` or
                `max_execution_time`.
            InvalidParamsError: JSON cannot hold the params; the message names the key. Or the service refused them.
            ProgramNotFoundError: There is no such program; the message has those that there are.
            ProgramNotValidError: The check before an upload found errors, or the service says so.
            SubmitUncertain: The connection broke after it was sent: the job may run or not.
            ServiceError: The service did not do it; see its kinds.

        Example:
            ```python
            job = service.run("vqe", params={"iterations": 20}, seed=7)
            ```
        """
        meant = runs.target(program, program_id, name)
        options = runs.Options(backend, seed, max_execution_time)
        submitted = self._client.drive(runs.run(meant, params, options, self._client.known))
        return RuntimeJob._of(self._client, submitted, params)  # noqa: SLF001 - made for services

    def job(self, job_id: str) -> RuntimeJob:
        """A job by its id, without asking the service.

        Args:
            job_id: The job's id.

        Raises:
            ArgumentError: `job_id` is no id.
        """
        return RuntimeJob._of(self._client, Submitted(job_id, None, None))  # noqa: SLF001 - made for services
