"""A job out of a bundle."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from attrs import field, frozen

from quafu_runtime._client.callbacks import event_of
from quafu_runtime._client.failures import NOT_KNOWN, failure
from quafu_runtime._client.inputs import Inputs, known_params
from quafu_runtime._client.jobs import NO_REASON, decoded
from quafu_runtime._client.ledger import Ledger
from quafu_runtime._client.records import JobEvent, JobInfo, Standing
from quafu_runtime._client.stream import Arrived
from quafu_runtime.bundle.reproduction import reproduce_here
from quafu_runtime.errors import BundleError, JobCancelledError, JobError
from quafu_runtime.status import JobStatus

_HASH = re.compile(r"-[0-9a-f]{12}$")

J_co = TypeVar("J_co", covariant=True)
J = TypeVar("J")


class Service(Protocol[J_co]):
    """What runs a program: a `RuntimeService`, or an `AsyncRuntimeService`."""

    def run(self, program: Any = ..., params: Any = ..., *, backend: str | None = ..., seed: int | None = ...) -> J_co:
        """Run a program."""
        ...


@frozen
class JobBundle:
    """A job that was bundled: what it ran, what it got, what came of it. `load_bundle` makes one.

    Attributes:
        info: What is known of the job: program, backend, seed, times, how it ended.
        source: The text of its program, or None where that could not be had.
        logs: What it printed.
        ledger: Its time account and its circuits, or None where the service kept none.
        manifest: What the bundle says of itself, with what is missing and why.
    """

    info: JobInfo
    source: str | None = field(repr=False)
    logs: str = field(repr=False)
    ledger: Ledger | None = field(repr=False)
    manifest: Mapping[str, Any] = field(repr=False)
    _standing: Standing = field(repr=False, alias="standing")
    _params: object = field(repr=False, alias="params")
    _arrived: tuple[Arrived, ...] = field(repr=False, alias="arrived")

    @property
    def params(self) -> Any:
        """What the program got, or None; `missing` says where that is not known."""
        return None if self._params is NOT_KNOWN else self._params

    @property
    def interim_results(self) -> tuple[JobEvent, ...]:
        """What the program published, with numbers and times; none where the service did not replay them."""
        return tuple(map(event_of, self._arrived))

    @property
    def missing(self) -> Mapping[str, str]:
        """What could not be had when the bundle was made, and why."""
        found: Mapping[str, str] = self.manifest["missing"]
        return found

    @property
    def versions(self) -> Mapping[str, str]:
        """What the job ran with, as the service said, and `contract`, the version of the service's contract."""
        contract = self.manifest["service"].get("contract")
        return {**self.info.versions, **({"contract": contract} if contract else {})}

    @property
    def result(self) -> Any:
        """What the program returned, as it went.

        Raises:
            JobFailedError: The program failed.
            JobCancelledError: The job was cancelled.
        """
        job_id, end = self.info.job_id, self._standing
        if end.status is JobStatus.DONE:
            return None if end.text is None else decoded(end.text, end, None)
        raise self._error(job_id, end)

    def rerun(self, service: Service[J], *, params: Any = NOT_KNOWN, seed: int | None = None) -> J:
        """Run the same text again, on any service.

        Args:
            service: A `RuntimeService`, or an `AsyncRuntimeService`, whose job is then to be awaited.
            params: Other params; the same where none are given.
            seed: A seed; `bundle.info.seed` for the same numbers, None to let the service draw one.

        Returns:
            The new job.

        Raises:
            ArgumentError: The params are not in the bundle, and none are given.
            BundleError: The program's text is not in the bundle.
            ServiceError: The service did not do it; see its kinds.
        """
        run = self._inputs()
        program = _Text(_HASH.sub("", self.info.program_name or "program"), self._source())
        return service.run(program, known_params(run, params), backend=run.backend, seed=seed)

    def reproduce(self, callback: Callable[[Any], Any] | None = None) -> Any:
        """Run the same text with the same params and seed here, in this process, so that a debugger stops in it.

        Args:
            callback: Gets what the program publishes; None to let it pass.

        Returns:
            What the program returns.

        Raises:
            ArgumentError: The params are not in the bundle.
            BundleError: The program's text is not in the bundle.
            Exception: Whatever the program raises.
        """
        self._source()
        return reproduce_here(self._inputs(), callback)

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_bundle

        return html_of_bundle(self)

    def _inputs(self) -> Inputs:
        info = self.info
        return Inputs(
            info.job_id,
            program_id=info.program_id,
            program_name=info.program_name,
            source=self.source,
            params=self._params,
            backend=info.backend,
            seed=info.seed,
        )

    def _source(self) -> str:
        if self.source is None:
            message = f"The text of the program is not in this bundle: {self.missing.get('program.py', 'not given')}"
            raise BundleError(message)
        return self.source

    def _error(self, job_id: str, end: Standing) -> JobError:
        if end.status is JobStatus.CANCELLED:
            return JobCancelledError(f"Job {job_id} was cancelled, and has no result.", job_id=job_id, logs=self.logs)
        name, text = self.info.program_name, end.text or NO_REASON
        return failure(job_id, text, log=self.logs, name=name, params=self._params)


@frozen
class _Text:
    """A program that is given by its text, as a service's `run` takes one."""

    name: str
    source: str = field(repr=False)

    def __call__(self, task: Any, userpub: Any, params: Any) -> Any:
        """A program is something that can be called; this one only where it is run."""
        raise NotImplementedError
