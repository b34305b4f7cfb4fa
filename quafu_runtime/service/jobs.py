"""What a service does with jobs, with blocking calls."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from quafu_runtime._client import listing, runs
from quafu_runtime._client.arguments import job_identifier
from quafu_runtime._client.drivers import SyncClient
from quafu_runtime._client.filters import Since, StatusChoice, query
from quafu_runtime._client.joblist import JobList
from quafu_runtime.job import RuntimeJob
from quafu_runtime.programs import Captured, RuntimeProgram


class JobCalls:
    """The calls of a service that are about jobs."""

    _client: SyncClient

    def run(
        self,
        program: str | os.PathLike[str] | RuntimeProgram | Captured | None = None,
        params: Any = None,
        *,
        program_id: str | None = None,
        name: str | None = None,
        backend: str | None = None,
        seed: int | None = None,
        max_execution_time: float | None = None,
        max_attempts: int | None = None,
        label: str | None = None,
        tags: Iterable[str] = (),
        idempotency_key: str | None = None,
        allow_secrets: bool = False,
    ) -> RuntimeJob:
        """Run a program, and return its job at once.

        Args:
            program: Its id, its name, a `RuntimeProgram`, a function that `@program` made one, or the path of a file,
                which is uploaded under its stem and the hash of its text, and reused. A text is a path where it ends in
                .py or has a separator in it, and there is such a file; with `name=` it is never one.
            params: What the program gets as its third argument: what JSON can hold, and numpy arrays, as lists.
            program_id: Its id.
            name: Its name.
            backend: The backend of this job; None for the program's own.
            seed: Makes the job repeatable: 0 to 2**63 - 1; None to let the service draw one.
            max_execution_time: Seconds of running that the job may take; None for the program's own limit.
            max_attempts: How often the job may be run in all, 1 to 100, where the process that runs it is lost, as by a
                crash of the machine; None for once. What a program did to the world outside, it does again.
            label: What to call the job, up to 200 characters; see `jobs`.
            tags: What to find it by, up to 20 texts of up to 100 characters.
            idempotency_key: Where the service takes such keys, a second run with the same one is the same job. One is
                drawn where none is given, so that a lost answer is asked for again.
            allow_secrets: Whether it is sent also where the program holds what looks like a token, or the params hold
                one that is known here.

        Returns:
            The job.

        Raises:
            ArgumentError: The program is named not at all, or twice; its file cannot be read; an option is ill-formed,
                or the service cannot honour `seed`, `max_execution_time` or `max_attempts`; or the key belongs to
                another request.
            InvalidParamsError: JSON cannot hold the params; the message names the key. Or the service refused them.
            SecretFoundError: The program holds what looks like a token, or the params hold one; nothing was sent.
            ProgramNotFoundError: There is no such program; the message has those that there are.
            ProgramNotValidError: The check before an upload found errors, or the service says so.
            SubmitUncertain: The connection broke after it was sent, and the service takes no keys or is gone: the job
                may run or not.
            ServiceError: The service did not do it; see its kinds.

        Example:
            ```python
            job = service.run("vqe", params={"iterations": 20}, seed=7)
            ```
        """
        meant = runs.target(program, program_id, name, allow_secrets=allow_secrets)
        options = runs.Options(backend, seed, max_execution_time, label, tags, idempotency_key, max_attempts)
        submitted = self._client.drive(runs.run(meant, params, options, self._client.known))
        return RuntimeJob._of(self._client, submitted, params)  # noqa: SLF001 - made for services

    def job(self, job_id: str) -> RuntimeJob:
        """A job by its id, without asking the service.

        What was written down of it when it was submitted is known: its program, its backend, and its params where the
        registry keeps them.

        Args:
            job_id: The job's id.

        Raises:
            ArgumentError: `job_id` is no id.
        """
        submitted, params = self._client.recorder.known(job_identifier(job_id))
        return RuntimeJob._of(self._client, submitted, params)  # noqa: SLF001 - made for services

    def jobs(
        self,
        limit: int | None = 20,
        *,
        status: StatusChoice = None,
        program: str | None = None,
        since: Since = None,
        tag: str | None = None,
        refresh: bool = True,
    ) -> JobList:
        """Your jobs, the newest first.

        Where the service keeps a list of them, as the local runtime does, this is the service's. Elsewhere it is the
        list that is kept here: of the jobs that were submitted from this machine. How those stand that have not ended
        is then asked of the service, several at a time; what the service has forgotten, or could not be asked, is in
        the list too, with the status that was last seen.

        Args:
            limit: How many at most; None for all.
            status: Only those in this state: a `JobStatus`, or its name such as `"running"`.
            program: Only those of the program with this id or name.
            since: Only those submitted since: a `datetime`, a `timedelta` back from now, or a text in ISO 8601; one
                without a time zone is meant in this machine's.
            tag: Only those with this tag.
            refresh: False to ask the service for nothing: the list that is kept here, as it was last seen.

        Returns:
            The jobs; the repr is a table.

        Raises:
            ArgumentError: An argument is none of what it may be.
            RegistryError: The service keeps no list, and the one here is switched off or cannot be read.
            ServiceError: The service did not answer; see its kinds.

        Example:
            ```python
            service.jobs(status="running")
            service.jobs(program="vqe", since=timedelta(days=1), tag="h2")
            ```
        """
        client, wanted = self._client, query(limit, status, program, since, tag)
        if refresh:
            found = client.drive(listing.from_service(wanted, client.known))
            if found is not None:
                return found
        jobs = listing.written_down(client.registry, client.account, wanted)
        asking = listing.StatusRound(jobs if refresh else [], client.request_timeout)
        seen = _asked(client, asking)
        client.recorder.noted(listing.news(jobs, seen))
        return listing.listed(jobs, seen, wanted)


def _asked(client: SyncClient, asking: listing.StatusRound) -> list[listing.Seen]:
    if not asking.job_ids:
        return []
    with ThreadPoolExecutor(min(listing.AT_ONCE, len(asking.job_ids)), "quafu-runtime-jobs") as threads:
        return list(threads.map(lambda job_id: client.drive(asking.ask(job_id)), asking.job_ids))
