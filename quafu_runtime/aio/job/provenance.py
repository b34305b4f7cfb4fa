"""What a job did, and doing it again: its ledger, another run of the same, the same here, all of it in one file."""

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from quafu_runtime._client import inputs
from quafu_runtime._client.failures import NOT_KNOWN
from quafu_runtime._client.flow import Flow
from quafu_runtime._client.ledger import Ledger, ledger
from quafu_runtime.aio.job.streams import AsyncStreamCalls
from quafu_runtime.errors import StreamError

if TYPE_CHECKING:
    from quafu_runtime._client.stream import Arrived
    from quafu_runtime.bundle.gathering import Gathered


class AsyncProvenanceCalls(AsyncStreamCalls):
    """The calls of a job that are about what it did, and about doing it again, awaited."""

    async def ledger(self) -> Ledger:
        """Where the job's time went, and which circuits it has sent so far; its repr is a table.

        Raises:
            ServiceError: The service keeps no such account, or did not answer; see its kinds.
            JobNotFoundError: There is no such job.

        Example:
            ```python
            ledger = await job.ledger()
            print(ledger.times.simulated, ledger.rows())
            ```
        """
        return await self._client.drive(ledger(self._job_id, self._client.known))

    async def rerun(self, *, params: Any = NOT_KNOWN, seed: int | None = None, backend: str | None = None) -> Self:
        """Run the same program again, with the same params on the same backend, or with others.

        It is the same text also where the program has been changed since, as far as the service keeps what was run.

        Args:
            params: Other params; the same where none are given.
            seed: A seed; `job.info().seed` for the same numbers, None to let the service draw one.
            backend: Another backend.

        Returns:
            The new job.

        Raises:
            ArgumentError: The params are not known here, and none are given; or the service cannot honour `seed`.
            JobStateError: It is not known which program the job ran.
            ProgramNotFoundError: The program is gone.
            JobNotFoundError: There is no such job.
            SubmitUncertain: The connection broke after it was sent: the new job may run or not.
            ServiceError: The service did not do it; see its kinds.

        Example:
            ```python
            again = await job.rerun(params={"shots": 10_000})
            ```
        """
        found = await self._client.drive(self._inputs())
        sent = inputs.known_params(found, params)
        submitted = await self._client.drive(inputs.rerun(found, sent, seed, backend, self._client.known))
        return self._of(self._client, submitted, sent)

    async def reproduce(self, callback: Callable[[Any], Any] | None = None) -> Any:
        """Run the same text with the same params and seed in this process, so that a debugger stops in it.

        Circuits are simulated here, whatever the job's backend. Where the service does not keep what was run, it is the
        program as it is now. The program is no coroutine: the event loop waits while it runs.

        Args:
            callback: Gets what the program publishes; None to let it pass.

        Returns:
            What the program returns.

        Raises:
            ArgumentError: The params are not known here.
            JobStateError: It is not known which program the job ran.
            ProgramNotFoundError: The program is gone.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.
            Exception: Whatever the program raises.

        Example:
            ```python
            value = await job.reproduce()
            ```
        """
        found = await self._client.drive(self._inputs(source=True))
        from quafu_runtime.bundle.reproduction import reproduce_here

        return reproduce_here(found, callback)

    async def bundle(self, path: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Write all of the job into one file: its program, params, result, log, interim results, versions.

        It is a zip of plain text, JSON and Python, with their sums; `load_bundle` reads it. Nothing in it is secret of
        the account. What the service does not tell is named in its manifest.

        Args:
            path: The file to write, such as `run.zip`. It is there whole, or not at all.
            overwrite: Whether a file of this name is replaced.

        Returns:
            The file.

        Raises:
            BundleError: There is a file of this name, or it cannot be written.
            JobStateError: The job has not ended.
            JobNotFoundError: There is no such job.
            ServiceError: The service did not answer; see its kinds.

        Example:
            ```python
            await job.bundle("run.zip")
            bundle = load_bundle("run.zip")
            ```
        """
        from quafu_runtime.bundle import archive, gathering

        target = Path(path)
        archive.see_that_it_is_free(target, overwrite=overwrite)
        gathered = await self._client.drive(gathering.gather(self._job_id, self._client.known, **self._told()))
        arrivals = await self._arrivals(gathered)
        files = gathering.files_of(gathered, arrivals, self._client.account.get_token())
        archive.write_archive(target, gathering.manifest_of(gathered), files, overwrite=overwrite)
        return target

    def _told(self) -> dict[str, Any]:
        """What is known here of the run."""
        return {"program_id": self._program_id, "params": self._known_params, "backend": self.backend}

    def _inputs(self, *, source: bool = False) -> Flow[inputs.Inputs]:
        known = self._client.known
        found = yield from inputs.inputs(self._job_id, known, **self._told())
        return (yield from inputs.with_source(found, known)) if source else found

    async def _arrivals(self, gathered: "Gathered") -> "list[Arrived] | None":
        """The interim results as they came, or None where they cannot be had, which is noted."""
        from quafu_runtime._client.stream import INTERIM
        from quafu_runtime.bundle.archive import INTERIM_RESULTS
        from quafu_runtime.bundle.gathering import NOT_REPLAYED

        if not gathered.replays:
            gathered.missing[INTERIM_RESULTS] = NOT_REPLAYED
            return None
        try:
            async with self._stream((INTERIM,), lambda arrived: arrived, None) as arrivals:
                return [arrived async for arrived in arrivals]
        except StreamError as error:
            gathered.missing[INTERIM_RESULTS] = error.message
            return None
