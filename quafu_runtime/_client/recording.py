"""Writes down in the registry what goes through a client: jobs that are submitted, and how they ended.

A registry that cannot be read or written is told once in a process, and nothing fails because of it.
"""

import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from quafu_runtime._client import fields
from quafu_runtime._client.cautions import caution
from quafu_runtime._client.failures import NOT_KNOWN
from quafu_runtime._client.flow import Call
from quafu_runtime._client.records import Submitted
from quafu_runtime._client.runs import Submission
from quafu_runtime.account import Account
from quafu_runtime.errors import AccountError, ArgumentError, MalformedAnswerError, RegistryError, RegistryWarning
from quafu_runtime.registry import JobRegistry, RegisteredJob
from quafu_runtime.status import JobStatus

T = TypeVar("T")

VARIABLE = "QUAFU_RUNTIME_REGISTRY"
"""The variable that names the registry's file, or says `off`, where the constructor says nothing."""

_OFF = "off"
_ENDS = {
    "job_status": "finished_time",
    "job_info": "finish_time",
    "job_cancel": None,
    "get_result_nowait": "finish_time",
    "get_result_wait": "finish_time",
}
"""The operations that tell a job's status, with the field that tells when it ended, where there is one."""

_REMEMBERED = 1000
"""Ended jobs that are not written down again each time somebody asks for them."""

RegistryChoice = JobRegistry | str | os.PathLike[str] | bool | None


def registry_for(choice: RegistryChoice) -> JobRegistry | None:
    """The registry of a client.

    Args:
        choice: A registry, its path, False for none, or None for what the environment says.

    Returns:
        The registry, or None where there is to be none.

    Raises:
        ArgumentError: It is none of these.
    """
    if choice is None:
        named = os.environ.get(VARIABLE) or None
        return None if named is not None and named.lower() == _OFF else JobRegistry(named)
    if isinstance(choice, bool):
        return JobRegistry() if choice else None
    if isinstance(choice, JobRegistry):
        return choice
    if isinstance(choice, str | os.PathLike) and os.fspath(choice):
        return JobRegistry(choice)
    message = f"registry is a JobRegistry, the path of its file, or False for none, not {choice!r:.60}."
    raise ArgumentError(message)


class Recorder:
    """Writes into a registry, or into none.

    Args:
        registry: The registry, or None.
        account: Whose jobs they are.
    """

    def __init__(self, registry: JobRegistry | None, account: Account) -> None:
        self.registry = registry
        self._account = account
        self._ended: dict[str, None] = {}

    def take(self, call: Call[Any], answer: Any) -> None:
        """Write down what a successful call tells of a job.

        Args:
            call: The call.
            answer: The operation's success, parsed.
        """
        if self.registry is None:
            return
        with suppress(MalformedAnswerError, AttributeError):  # which the flow itself makes an error of
            if isinstance(call.note, Submission):
                self._submitted(self.registry, call.note, answer.data)
            elif call.operation in _ENDS and call.note is None:
                self._seen(self.registry, call, answer.data)
            elif call.operation == "job_delete" and answer.data.deleted is True:
                registry, job_id = self.registry, _job_id(call)
                attempt(lambda: registry.forget(job_id))

    def known(self, job_id: str) -> tuple[Submitted, Any]:
        """What was written down of a job when it was submitted, and its params, or `NOT_KNOWN` where they are not kept.

        Args:
            job_id: The job.
        """
        registry, found, params = self.registry, None, None
        if registry is not None:
            with suppress(AccountError):  # which is told where something is asked of the service
                found = attempt(lambda: registry.find(self._account, job_id))
        if registry is not None and registry.keep_params and found is not None:
            params = attempt(lambda: registry.params_of(job_id))
        submitted = Submitted(job_id, found.program_id if found else None, found.backend if found else None)
        return submitted, NOT_KNOWN if params is None else params

    def noted(self, news: Mapping[str, tuple[JobStatus | None, datetime | None]]) -> None:
        """Write down how several jobs stand.

        Args:
            news: The status of each, and when it ended; None in place of a status that the service does not know.
        """
        registry = self.registry
        if registry is not None and news:
            attempt(lambda: registry.update_all(self._account, news))

    def _submitted(self, registry: JobRegistry, made: Submission, data: Any) -> None:
        options = made.options
        job = RegisteredJob(
            job_id=fields.text(data.job_id, "job_id", "programs_run_deploy"),
            submitted_at=datetime.now(UTC),
            program_id=fields.optional_text(data.program_id, "program_id", "programs_run_deploy")
            or made.program.program_id,
            program_name=made.program.name,
            backend=fields.optional_text(data.backend, "backend", "programs_run_deploy") or options.backend,
            label=options.label,
            tags=options.tags,
            seed=options.seed,
        )
        attempt(lambda: registry.record(self._account, job, made.params))

    def _seen(self, registry: JobRegistry, call: Call[Any], data: Any) -> None:
        status, job_id = fields.job_status(data.status, call.operation), _job_id(call)
        if not status.is_final or job_id in self._ended:
            return
        field = _ENDS[call.operation]
        ended = None if field is None else fields.moment(getattr(data, field), field, call.operation)
        attempt(lambda: registry.update(self._account, job_id, status, ended))
        if len(self._ended) >= _REMEMBERED:
            self._ended.clear()
        self._ended[job_id] = None


def attempt(act: Callable[[], T]) -> T | None:
    """Do something with a registry; where it cannot be done, say so once in a process.

    Args:
        act: What to do.

    Returns:
        What came of it, or None.

    Warns:
        RegistryWarning: It could not be done; once in a process.
    """
    try:
        return act()
    except RegistryError as error:
        if _FIRST.acquire(blocking=False):
            caution(f"{error.message} {_CONSEQUENCE}", RegistryWarning)
        return None


_FIRST = threading.Lock()
"""Taken by the first failure in a process, and never given back."""

_CONSEQUENCE = (
    "Jobs are run all the same, and are missing in service.jobs() where the service itself keeps no list. "
    f"RuntimeService(registry=False) or {VARIABLE}=off switches the list off."
)


def _job_id(call: Call[Any]) -> str:
    asked = call.request.get("params") or call.request.get("json") or {}
    return str(asked["job_id"])
