"""The runtime service, with awaited calls."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from quafu_runtime_api import AuthenticatedClient

from quafu_runtime._client import programs, runs
from quafu_runtime._client.arguments import count, identifier
from quafu_runtime._client.drivers import REQUEST_TIMEOUT, AsyncClient
from quafu_runtime._client.endpoints import account_for, endpoints
from quafu_runtime._client.records import Submitted
from quafu_runtime.account import Account
from quafu_runtime.aio.job import AsyncRuntimeJob
from quafu_runtime.program import ProgramList, ProgramMetadata, RuntimeProgram, format_programs

__all__ = ["AsyncRuntimeService"]

Metadata = Mapping[str, Any] | ProgramMetadata | str | os.PathLike[str]


class AsyncRuntimeService:
    """A runtime service: the deployed one, or one of your own; for asyncio.

    It has the calls of `RuntimeService`, awaited, and shares its connections with its jobs. Nothing is sent before it
    is needed. `close`, or an `async with` block, closes the connections.

    Args:
        account: The account; None for the saved one.
        profile: The saved profile to use, in place of an account.
        request_timeout: Seconds for each call, repeated tries included. Waiting for a job is not bounded by it.

    Raises:
        ArgumentError: Both an account and a profile are given, or `request_timeout` is no number above 0.

    Example:
        ```python
        async with AsyncRuntimeService(Account(api_token="...")) as service:
            await service.upload_program("hello.py", {"name": "hello"})
            job = await service.run("hello", params={"shots": 1000})
            print(await job.result())
        ```
    """

    def __init__(
        self,
        account: Account | None = None,
        *,
        profile: str | None = None,
        request_timeout: float = REQUEST_TIMEOUT,
    ) -> None:
        self._client = AsyncClient(account_for(account, profile), request_timeout)

    @classmethod
    def local(cls, data_dir: str | Path | None = None, *, keep: bool = False) -> Self:
        """The local runtime: attaches to the one that runs on a data folder, or starts it.

        This is a plain call, to be made before others are awaited: it blocks while the service starts.

        Args:
            data_dir: The data folder; None for `~/.quafu/runtime`.
            keep: Whether one that is started here goes on when this Python process ends.

        Raises:
            LocalRuntimeError: It could not be started, or the extra `local` is not installed.
        """
        from quafu_runtime.local import attach_or_start

        return cls(attach_or_start(data_dir, keep=keep).account)

    @property
    def account(self) -> Account:
        """The account whose token is sent."""
        return self._client.account

    @property
    def api(self) -> AuthenticatedClient:
        """The generated client, for the low-level endpoints, with this service's account, connections and rules.

        No redirects, no proxy for this machine, the same certificates, `request_timeout` seconds for a request. Its
        endpoints try once, and return what the service says instead of raising.

        Raises:
            AccountError: There is no account.

        Example:
            ```python
            from quafu_runtime_api.api.programs import programs

            answer = await programs.asyncio(client=service.api, limit=5)
            ```
        """
        return endpoints(self._client)

    async def upload_program(
        self,
        data: str | os.PathLike[str],
        metadata: Metadata | None = None,
        *,
        name: str | None = None,
        backend: str | None = None,
        group: str | None = None,
        description: str | None = None,
        max_execution_time: float | None = None,
        is_public: bool | None = None,
    ) -> str:
        """Check a program, and upload it.

        Args:
            data: The path of the program's file, or its source.
            metadata: A mapping with the keys below, or the path of a JSON file with one.
            name: Its name, unique among yours; needed, here or in `metadata`.
            backend: The backend that it runs on, where a run names no other.
            group: A group to list it under.
            description: What it does.
            max_execution_time: Seconds of running that a job of it may take.
            is_public: Whether other users see it, and may run it.

        Returns:
            The program's id.

        Raises:
            ArgumentError: There is no such file, no name, or the metadata has an unknown key or an ill-formed value.
            ProgramNotValidError: The check found errors; the message has their lines and columns.
            DuplicateProgramError: You have a program of this name already.
            SubmitUncertain: The connection broke after it was sent: it may have been accepted or not.
            ServiceError: The service did not do it; see its kinds.

        Warns:
            ProgramWarning: The check found something doubtful, such as an unused import.
        """
        given = ProgramMetadata.parse(
            metadata,
            name=name,
            backend=backend,
            group=group,
            description=description,
            max_execution_time=max_execution_time,
            is_public=is_public,
        )
        return await self._client.drive(programs.upload(data, given, self._client.known))

    async def update_program(
        self,
        program_id: str,
        data: str | os.PathLike[str] | None = None,
        metadata: Metadata | None = None,
        *,
        name: str | None = None,
        backend: str | None = None,
        group: str | None = None,
        description: str | None = None,
        max_execution_time: float | None = None,
        is_public: bool | None = None,
    ) -> RuntimeProgram:
        """Change a program: its source, its metadata, or both.

        Args:
            program_id: The program's id.
            data: The path of the new source's file, or the source; None to leave the source as it is.
            metadata: What to change, as for `upload_program`; a single argument wins over the same key.
            name: The new name.
            backend: The new backend.
            group: The new group.
            description: The new description.
            max_execution_time: The new maximum, in seconds.
            is_public: Whether other users see it, and may run it.

        Returns:
            The whole program as it is now. Where nothing is to be changed, only what is known of it here.

        Raises:
            ArgumentError: There is no such file, or the metadata has an unknown key or an ill-formed value.
            ProgramNotValidError: The check found errors; the message has their lines and columns.
            ProgramNotFoundError: You have no such program.
            DuplicateProgramError: You have another program of the new name.
            ServiceError: The service did not do it; see its kinds.

        Warns:
            NothingToUpdateWarning: Nothing is to be changed; no request was sent.
            ProgramWarning: The check found something doubtful, such as an unused import.
        """
        given = ProgramMetadata.parse(
            metadata,
            name=name,
            backend=backend,
            group=group,
            description=description,
            max_execution_time=max_execution_time,
            is_public=is_public,
        )
        identifier(program_id, "program_id")
        return await self._client.drive(programs.update(program_id, data, given, self._client.known))

    async def delete_program(self, program_id: str) -> None:
        """Delete a program.

        Args:
            program_id: The program's id.

        Raises:
            ProgramNotFoundError: You have no such program.
            ServiceError: The service did not do it; see its kinds.
        """
        identifier(program_id, "program_id")
        await self._client.drive(programs.delete(program_id, self._client.known))

    async def program(
        self,
        program: str | None = None,
        *,
        program_id: str | None = None,
        name: str | None = None,
        refresh: bool = False,
    ) -> RuntimeProgram:
        """One program, whole, with its source.

        Args:
            program: Its id or its name: 32 hexadecimal digits are an id.
            program_id: Its id.
            name: Its name: looked up among your own first, then among public ones.
            refresh: Whether to ask again for what was looked up before.

        Raises:
            ArgumentError: It is named not at all, or twice.
            PermissionDeniedError: It is somebody else's, and not public.
            ProgramNotFoundError: There is no such program; the message has those that there are.
            ServiceError: The service did not answer; see its kinds.
        """
        chosen = runs.target(program, program_id, name, paths=False)
        return await self._client.drive(
            programs.look_up(chosen.program_id, chosen.name, self._client.known, refresh=refresh)
        )

    async def programs(self, limit: int | None = None, skip: int = 0, *, refresh: bool = False) -> ProgramList:  # noqa: ARG002 - the deployed client's argument
        """The programs that you may run, yours and public ones, without their source.

        Args:
            limit: How many at most; None for all.
            skip: How many to pass over, in the service's order.
            refresh: Has no effect: a list is always the service's own.

        Raises:
            ArgumentError: `limit` or `skip` is no number of programs.
            ServiceError: The service did not answer; see its kinds.
        """
        most = None if limit is None else count(limit, "limit")
        return await self._client.drive(programs.page(most, count(skip, "skip")))

    async def list_programs(
        self, refresh: bool = False, detailed: bool = False, limit: int | None = 20, skip: int = 0
    ) -> None:
        """Print the programs that you may run.

        Args:
            refresh: Has no effect: a list is always the service's own.
            detailed: Whether to print more than id, name and description.
            limit: How many at most; None for all.
            skip: How many to pass over, in the service's order.

        Raises:
            ArgumentError: `limit` or `skip` is no number of programs.
            ServiceError: The service did not answer; see its kinds.
        """
        found = await self.programs(limit, skip, refresh=refresh)
        sys.stdout.writelines(f"{line}\n" for line in format_programs(found, detailed).splitlines())

    async def run(
        self,
        program: str | os.PathLike[str] | RuntimeProgram | None = None,
        params: Any = None,
        *,
        program_id: str | None = None,
        name: str | None = None,
        backend: str | None = None,
        seed: int | None = None,
        max_execution_time: float | None = None,
    ) -> AsyncRuntimeJob:
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
            job = await service.run("vqe", params={"iterations": 20}, seed=7)
            ```
        """
        meant = runs.target(program, program_id, name)
        options = runs.Options(backend, seed, max_execution_time)
        submitted = await self._client.drive(runs.run(meant, params, options, self._client.known))
        return AsyncRuntimeJob._of(self._client, submitted, params)  # noqa: SLF001 - made for services

    def job(self, job_id: str) -> AsyncRuntimeJob:
        """A job by its id, without asking the service.

        Args:
            job_id: The job's id.

        Raises:
            ArgumentError: `job_id` is no id.
        """
        return AsyncRuntimeJob._of(self._client, Submitted(job_id, None, None))  # noqa: SLF001 - made for services

    async def close(self) -> None:
        """Close the connections. A later call opens new ones."""
        await self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncRuntimeService({self._client.account!r})"
