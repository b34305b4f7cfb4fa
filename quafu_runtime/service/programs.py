"""What a service does with programs, with blocking calls."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from quafu_runtime._client import programs, runs
from quafu_runtime._client.arguments import count, identifier
from quafu_runtime._client.drivers import SyncClient
from quafu_runtime._client.sources import Given, meant_source, with_source
from quafu_runtime.check import CheckReport, check_program
from quafu_runtime.programs import ProgramList, ProgramMetadata, RuntimeProgram, format_programs

if TYPE_CHECKING:
    from quafu_runtime.here import DryRun

Metadata = Mapping[str, Any] | ProgramMetadata | str | os.PathLike[str]


class ProgramCalls:
    """The calls of a service that are about programs."""

    _client: SyncClient

    def upload_program(
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
        if_exists: programs.IfExists = "error",
        allow_secrets: bool = False,
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
            if_exists: What to do where you have a program of this name: `"error"` raises; `"reuse"` takes it as it is,
                if its source is the same; `"update"` replaces its source, and the metadata that is given here.
            allow_secrets: Whether it is sent also where it holds what looks like a token, yours first of all.

        Returns:
            The program's id.

        Raises:
            ArgumentError: There is no such file, no name, or the metadata has an unknown key or an ill-formed value;
                or `if_exists` is none of these.
            SecretFoundError: It holds what looks like a token; the message has the lines, and nothing was sent.
            ProgramNotValidError: The check found errors; the message has their lines and columns.
            DuplicateProgramError: You have a program of this name already; for `"reuse"`, with another source.
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
        return self._client.drive(
            programs.upload(data, given, self._client.known, if_exists=if_exists, allow_secrets=allow_secrets)
        )

    def update_program(
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
        allow_secrets: bool = False,
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
            allow_secrets: Whether it is sent also where it holds what looks like a token, yours first of all.

        Returns:
            The whole program as it is now. Where nothing is to be changed, only what is known of it here.

        Raises:
            ArgumentError: There is no such file, or the metadata has an unknown key or an ill-formed value.
            SecretFoundError: It holds what looks like a token; the message has the lines, and nothing was sent.
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
        return self._client.drive(
            programs.update(program_id, data, given, self._client.known, allow_secrets=allow_secrets)
        )

    def delete_program(self, program_id: str) -> None:
        """Delete a program.

        Args:
            program_id: The program's id.

        Raises:
            ProgramNotFoundError: You have no such program.
            ServiceError: The service did not do it; see its kinds.
        """
        identifier(program_id, "program_id")
        self._client.drive(programs.delete(program_id, self._client.known))

    def program(
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
        return self._client.drive(programs.look_up(chosen.program_id, chosen.name, self._client.known, refresh=refresh))

    def check_program(self, program: Given, *, target: Literal["cloud"] | None = None) -> CheckReport:
        """Check a program before it is sent. Nothing of it is run.

        Args:
            program: The path of a file, a text of several lines, a function made by `@program`, a `RuntimeProgram`, or
                the id or the name of a program of the service.
            target: Where it is to run: `"cloud"` adds warnings for what the local runtime does and the deployed service
                may not do.

        Returns:
            What was found. Printed, it shows each finding with its line and what to do.

        Raises:
            ArgumentError: It is no program at all, or the target is unknown.
            ProgramNotFoundError: There is no such program.
            ServiceError: The service did not answer; see its kinds.
        """
        meant = meant_source(program)
        return check_program(self._client.drive(with_source(meant, lambda: self._client.known)), target=target)

    def dry_run(
        self,
        program: Given,
        params: Any = None,
        *,
        seed: int | None = None,
        backend: str | None = None,
        timeout: float = 300.0,
    ) -> "DryRun":
        """Run a program here, once, in a process of its own, and tell what it did. The service is asked for its source.

        Args:
            program: The path of a file, a text of several lines, a function made by `@program`, a `RuntimeProgram`, or
                the id or the name of a program of the service.
            params: What it gets as its third argument.
            seed: What its random numbers start from; None to draw a seed.
            backend: The backend of its task; None for `local`.
            timeout: Seconds after which it is ended, with all that it has started.

        Returns:
            The result, circuits, shots, times, sizes, the log, and the error with its traceback where it failed.

        Raises:
            ArgumentError: It is no program at all, or seed or timeout is out of range.
            InvalidParamsError: JSON cannot hold the params.
            LocalRuntimeError: The extra `local` is not installed, or the process could not be started.
            ProgramNotFoundError: There is no such program.
            ServiceError: The service did not answer; see its kinds.
        """
        from quafu_runtime.here import dry_run

        found = self._client.drive(with_source(meant_source(program), lambda: self._client.known))
        return dry_run(found, params, seed=seed, backend=backend, timeout=timeout)

    def programs(self, limit: int | None = None, skip: int = 0, *, refresh: bool = False) -> ProgramList:  # noqa: ARG002 - the deployed client's argument
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
        return self._client.drive(programs.page(most, count(skip, "skip")))

    def list_programs(
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
        found = self.programs(limit, skip, refresh=refresh)
        sys.stdout.writelines(f"{line}\n" for line in format_programs(found, detailed).splitlines())
