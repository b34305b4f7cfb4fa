"""What a service does with programs, with blocking calls."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from quafu_runtime._client import programs, runs
from quafu_runtime._client.arguments import count, identifier
from quafu_runtime._client.drivers import SyncClient
from quafu_runtime.programs import ProgramList, ProgramMetadata, RuntimeProgram, format_programs

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
        return self._client.drive(programs.upload(data, given, self._client.known))

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
        return self._client.drive(programs.update(program_id, data, given, self._client.known))

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
