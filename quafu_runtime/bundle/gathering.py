"""What goes into a bundle: gathered from the service, as a flow, and turned into files. No I/O."""

import json
import platform
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from attrs import evolve, field, frozen
from quafu_runtime_api.api.programs import capabilities

from quafu_runtime import __version__
from quafu_runtime._client.failures import NOT_KNOWN, within
from quafu_runtime._client.flow import Call, Flow, ask
from quafu_runtime._client.inputs import Inputs, inputs, with_source
from quafu_runtime._client.jobs import info, logs, replays, standing
from quafu_runtime._client.known import Known, features
from quafu_runtime._client.ledger import Ledger, ledger, wire_ledger
from quafu_runtime._client.records import JobInfo, Standing, wire_job_info
from quafu_runtime._client.stream import Arrived
from quafu_runtime.account.secret import taken_out
from quafu_runtime.bundle import archive
from quafu_runtime.errors import JobStateError, QuafuRuntimeError, ServiceError
from quafu_runtime.status import JobStatus

_VERSION_SECONDS = 5.0
_SHORTEST_TOKEN = 8
"""Characters; a shorter token would be found in anything."""

NOT_REPLAYED = "this service does not replay what a job published"


@frozen
class Gathered:
    """All of a job that a service tells.

    Attributes:
        info: What is known of the job.
        inputs: What it was run with.
        standing: How it ended.
        logs: What it printed.
        ledger: Its account, or None.
        contract: The version of the contract that the service speaks, or None.
        features: The service's extensions.
        missing: What could not be had, and why.
        replays: Whether the interim results can be had.
    """

    info: JobInfo
    inputs: Inputs
    standing: Standing
    logs: str
    ledger: Ledger | None
    contract: str | None
    features: frozenset[str]
    replays: bool
    missing: dict[str, str] = field(factory=dict)


def gather(
    job_id: str, known: Known, *, program_id: str | None, params: Callable[[], object], backend: str | None
) -> Flow[Gathered]:
    """Everything of a job but its interim results.

    Args:
        job_id: The job.
        known: What is known of the service.
        program_id: The program that it ran, or None.
        params: Finds the params that are known here, or `NOT_KNOWN`.
        backend: Its backend, or None.

    Raises:
        JobStateError: It has not ended.
        JobNotFoundError: There is no such job.
    """
    end = yield from standing(job_id)
    if not end.status.is_final:
        message = f"Job {job_id} has not ended, and a bundle is of all that it did. Wait for it with wait()."
        raise JobStateError(message, job_id=job_id)
    missing: dict[str, str] = {}
    run = yield from inputs(job_id, known, program_id=program_id, params=params, backend=backend)
    if run.params is NOT_KNOWN:
        missing[archive.PARAMS] = "they are not known to this service, nor on this machine"
    if run.source is None:
        missing["program.py as it was run"] = "this service does not keep it: it is the program as it is now"
        run = (yield from _if_any(with_source(run, known), archive.PROGRAM, missing)) or run
    told = yield from info(job_id, known)
    printed = yield from logs(job_id)
    account = yield from _if_any(ledger(job_id, known), archive.LEDGER, missing)
    replayed = yield from replays(known)
    have = yield from features(known)
    contract = yield from _if_any(within(_contract(have), _VERSION_SECONDS), "contract", missing)
    return Gathered(told, run, end, printed, account, contract, have, replayed, missing)


def manifest_of(gathered: Gathered) -> dict[str, Any]:
    """What a bundle says of itself.

    Args:
        gathered: All of the job.
    """
    return {
        "job_id": gathered.info.job_id,
        "made_at": datetime.now(UTC).isoformat(),
        "made_by": {"quafu_runtime": __version__, "python": platform.python_version()},
        "service": {"contract": gathered.contract, "features": sorted(gathered.features)},
        "missing": gathered.missing,
    }


def files_of(gathered: Gathered, arrivals: Iterable[Arrived] | None, token: str) -> dict[str, bytes]:
    """The files of a bundle.

    Args:
        gathered: All of the job but its interim results.
        arrivals: Those, or None where they cannot be had.
        token: What is in none of them, whatever a program printed.
    """
    end, run = gathered.standing, gathered.inputs
    texts: dict[str, str | None] = {
        archive.INFO: _json(wire_job_info(_completed(gathered))),
        archive.LOGS: gathered.logs,
        archive.PROGRAM: run.source,
        archive.PARAMS: None if run.params is NOT_KNOWN else _json(run.params),
        archive.LEDGER: None if gathered.ledger is None else _json(wire_ledger(gathered.ledger)),
        archive.INTERIM_RESULTS: None if arrivals is None else "".join(map(_line, arrivals)),
    }
    match end.status:
        case JobStatus.DONE:
            texts[archive.RESULT] = "null" if end.text is None else end.text
            texts[archive.RESULT_TYPES] = None if end.types is None else _json(end.types)
        case JobStatus.ERROR:
            texts[archive.ERROR] = end.text or ""
    return {name: _clean(text, token) for name, text in texts.items() if text is not None}


def _if_any(flow: Flow[Any], what: str, missing: dict[str, str]) -> Flow[Any]:
    try:
        return (yield from flow)
    except QuafuRuntimeError as error:
        missing[what] = error.message
        return None


def _contract(have: frozenset[str]) -> Flow[str | None]:
    if not have:
        message = "this service does not tell which version of the contract it speaks"
        raise ServiceError(message)
    answer = yield from ask(
        Call("capabilities", capabilities.build(), capabilities.parse, "The service's capabilities")
    )
    version = answer.data.version
    return version if isinstance(version, str) else None


def _completed(gathered: Gathered) -> JobInfo:
    """What is known of the job, with what its run tells where the service does not."""
    told, run = gathered.info, gathered.inputs
    return evolve(
        told,
        status=gathered.standing.status,
        program_id=told.program_id or run.program_id,
        program_name=told.program_name or run.program_name,
        backend=told.backend or run.backend,
        seed=run.seed if told.seed is None else told.seed,
        finished_at=told.finished_at or gathered.standing.finished_at,
    )


def _line(arrived: Arrived) -> str:
    event: Mapping[str, Any] = {
        "seq": arrived.seq,
        "at": arrived.at,
        "text": arrived.text,
        "types": arrived.types,
    }
    return f"{json.dumps(event)}\n"


def _json(value: object) -> str:
    return json.dumps(value, indent=2)


def _clean(text: str, token: str) -> bytes:
    clean = taken_out(text, token) if len(token) >= _SHORTEST_TOKEN else text
    return clean.encode("utf-8", "surrogatepass")
