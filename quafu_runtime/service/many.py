"""Many runs of one program, with blocking calls."""

import os
import time
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from quafu_runtime._client.settling import Settled, settled
from quafu_runtime._client.targets import Target, target
from quafu_runtime.errors import QuafuRuntimeError
from quafu_runtime.many.blocking import JobMap, Submitted
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.many.results import MAX_PENDING, bound
from quafu_runtime.many.submitting import Terms, Tries, terms
from quafu_runtime.programs import Captured, RuntimeProgram
from quafu_runtime.service.jobs import JobCalls

if TYPE_CHECKING:
    from quafu_runtime.sweep.blocking import Sweep
    from quafu_runtime.sweep.grid import Grid


class ManyCalls(JobCalls):
    """The calls of a service that are about many jobs at once."""

    def map(
        self,
        program: str | os.PathLike[str] | RuntimeProgram | Captured,
        params_list: Iterable[Any],
        *,
        max_pending: int = MAX_PENDING,
        backend: str | None = None,
        seed: int | None = None,
        max_execution_time: float | None = None,
        max_attempts: int | None = None,
        label: str | None = None,
        tags: Iterable[str] = (),
        allow_secrets: bool = False,
    ) -> JobMap:
        """Run a program once for each of many params, a few at a time.

        Nothing is submitted before it is asked for. The program is read, checked and uploaded once. A point that
        cannot be submitted takes no other with it: it comes as a `FailedRun`. One that the service asks to bring
        later, or that meets an outage, is submitted again, for five minutes at most.

        Args:
            program: What `run` takes: an id, a name, the path of a file, a `RuntimeProgram` or a function that was made
                a program.
            params_list: What each job gets; also an iterator, which is read as jobs are submitted.
            max_pending: How many jobs may be unfinished at once. Where one has ended, whichever it is, the next is
                submitted.
            backend: The backend; None for the program's own.
            seed: Makes all of it repeatable: each point gets a seed of its own, made of this one and of its place; see
                `quafu_runtime.many.point_seed`.
            max_execution_time: Seconds of running that each job may take; None for the program's own limit.
            max_attempts: How often each job may be run in all, where the process that runs it is lost; None for once.
            label: A text for people, of each job.
            tags: Words to find the jobs by.
            allow_secrets: Whether it is sent also where the program holds what looks like a token, or params hold one
                that is known here.

        Returns:
            An iterator over the jobs, in the order of the params; for `gather` and `as_completed`, too.

        Raises:
            ArgumentError: `program` is none, its file cannot be read, or `max_pending`, `seed` or `tags` is ill-formed.

        Example:
            ```python
            jobs = service.map("vqe.py", [{"depth": depth} for depth in range(10)], seed=7)
            energies = gather(jobs)
            ```
        """
        given = terms(
            backend, seed, max_execution_time, label, tags, max_attempts=max_attempts, allow_secrets=allow_secrets
        )
        submitter = _Submitter(self, target(program, None, None, allow_secrets=allow_secrets), given)
        return JobMap(submitter.submit, params_list, bound(max_pending))

    def sweep(
        self,
        path: str | os.PathLike[str],
        program: str | os.PathLike[str] | RuntimeProgram | Captured,
        grid: "Grid",
        *,
        max_pending: int = MAX_PENDING,
        backend: str | None = None,
        seed: int | None = None,
        label: str | None = None,
        tags: Iterable[str] = (),
        progress: bool | None = None,
        retry_failed: bool = False,
        resubmit_uncertain: bool = False,
        allow_secrets: bool = False,
    ) -> "Sweep":
        """Run a program at every point of a grid, to its end, in a way that survives interruptions.

        One SQLite file keeps each point's params, job and result. Started again after anything, it goes on where it
        was: what is done is not run again, and what runs is waited for. No point is submitted twice: each has an
        idempotency key, which is written down before the point is sent. Where the service takes no keys, a point that
        was being sent when everything ended is `uncertain`, and left alone unless `resubmit_uncertain` asks for it.

        Args:
            path: The sweep's file; made where it is not there, readable for nobody else.
            program: What `run` takes: an id, a name, the path of a file, a `RuntimeProgram` or a function that was made
                a program.
            grid: Names with lists of values, whose product is run, the last name fastest; or a list of params.
            max_pending: How many jobs may be unfinished at once.
            backend: The backend; None for the program's own.
            seed: Makes all of it repeatable: each point gets a seed of its own, made of this one and of its place; see
                `quafu_runtime.many.point_seed`.
            label: A text for people, of each job.
            tags: Words to find the jobs by.
            progress: Whether to show a bar on the error output; None for on a terminal and in a notebook only.
            retry_failed: Whether the points that failed, were cancelled or refused before are run again.
            resubmit_uncertain: Whether points of which nobody knows whether a job runs are submitted again.
            allow_secrets: Whether it is sent also where the program holds what looks like a token, or params hold one
                that is known here.

        Returns:
            The sweep: a table of its points, with their results.

        Raises:
            SweepMismatchError: The file was begun with another program, grid, backend, seed, service, label or tags.
            SweepInUseError: The sweep is being run already.
            ArgumentError: `path`, `program`, `grid` or another argument is ill-formed.
            InvalidParamsError: JSON cannot hold a point of the grid; the message says which.
            ProgramNotFoundError: There is no such program.
            ServiceError: The service has not answered for five minutes, or does not accept the token. The file keeps
                what there is.

        Example:
            ```python
            sweep = service.sweep("sweep.db", "vqe.py", {"depth": [1, 2, 3], "shots": [100, 1000]}, seed=7)
            print(sweep.to_dataframe())
            ```
        """
        from quafu_runtime.sweep.blocking import run
        from quafu_runtime.sweep.course import request_of

        given = terms(backend, seed, None, label, tags, allow_secrets=allow_secrets)
        return run(
            self,
            request_of(
                path,
                target(program, None, None, allow_secrets=allow_secrets),
                grid,
                given,
                max_pending=bound(max_pending),
                progress=progress,
                retry_failed=retry_failed,
                resubmit_uncertain=resubmit_uncertain,
            ),
        )


class _Submitter:
    """Submits one point after another."""

    def __init__(self, service: ManyCalls, meant: Target, given: Terms) -> None:
        self._service = service
        self._meant = meant
        self._given = given
        self._tries = Tries(time.monotonic())

    @cached_property
    def _program(self) -> Settled:
        client = self._service._client  # noqa: SLF001 - a part of the service
        return client.drive(settled(self._meant, client.known, with_source=False))

    def submit(self, index: int, params: object) -> Submitted:
        arguments = self._given.arguments(self._program, index)
        while True:
            try:
                job = self._service.run(params=params, **arguments)
            except QuafuRuntimeError as error:
                pause = self._tries.pause(error, time.monotonic())
                if pause is None:
                    return FailedRun(index, params, error)
                time.sleep(pause)
            else:
                self._tries.accepted(time.monotonic())
                return job
