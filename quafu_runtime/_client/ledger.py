"""Where a job's time went and which circuits it sent, as values, and the flow that asks for them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attrs import asdict, field, frozen
from quafu_runtime_api.api.jobs import job_ledger

from quafu_runtime._client import fields
from quafu_runtime._client.answers import malformed
from quafu_runtime._client.flow import Call, Flow, ask
from quafu_runtime._client.known import Known, features
from quafu_runtime.errors import ServiceError

JOB_LEDGER = "job_ledger"

_PAGE = 1_000
"""Circuits that one call asks for."""

_ROWS_SHOWN = 20
"""Circuits in the repr of a ledger: a screen, not a flood; `rows()` has them all."""

_COLUMNS = ("seq", "how", "name", "backend", "engine", "qubits", "depth", "gates", "shots", "seconds")
_OPERATION = "job_ledger"


@frozen
class TimeAccount:
    """Where a job's time went, in seconds. What is not known, or not over, is None.

    Attributes:
        waited: From its acceptance until it was handed to a process.
        started: From then until its program was called.
        computed: From then until it ended, circuits included.
        simulated: In its circuits, all together.
    """

    waited: float | None = None
    started: float | None = None
    computed: float | None = None
    simulated: float | None = None

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_times

        return html_of_times(self)


@frozen
class CircuitRecord:
    """A circuit that a job sent or simulated. What is not known of it is None.

    Attributes:
        seq: Its number among the events of the job.
        at: When it was done, in UTC.
        how: `"send"` for `task.send`, `"simulate"` for `simulate`.
        name: Its name.
        backend: The backend that it was sent to.
        engine: What simulated it.
        qubits: Its width.
        depth: Its depth.
        gates: Its gates, counted.
        shots: Its shots; None where it was simulated without.
        seconds: How long it took.
    """

    seq: int
    at: datetime | None = None
    how: str | None = None
    name: str | None = None
    backend: str | None = None
    engine: str | None = None
    qubits: int | None = None
    depth: int | None = None
    gates: int | None = None
    shots: int | None = None
    seconds: float | None = None

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_record

        return html_of_record("Circuit", asdict(self).items())


@frozen(repr=False)
class Ledger:
    """The account of a job: where its time went, and which circuits it sent.

    Its repr is a table.

    Attributes:
        job_id: The job.
        times: Where its time went.
        circuits: The circuits, in the order in which they were done.
        count: How many there are in all.
    """

    job_id: str
    times: TimeAccount
    circuits: list[CircuitRecord] = field(factory=list)
    count: int = 0

    def rows(self) -> list[dict[str, Any]]:
        """The circuits as dictionaries, for a table of one's own."""
        return [asdict(circuit) for circuit in self.circuits]

    def __repr__(self) -> str:
        return "\n".join([f"Ledger of job {self.job_id}", _times_line(self.times), *_table(self)])

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_ledger

        return html_of_ledger(self)


def ledger(job_id: str, known: Known) -> Flow[Ledger]:
    """A job's time account and all its circuits.

    Args:
        job_id: The job.
        known: What is known of the service.

    Raises:
        ServiceError: The service keeps no such account, or refused.
        JobNotFoundError: There is no such job.
    """
    if JOB_LEDGER not in (yield from features(known)):
        message = (
            f"This service keeps no account of the time and the circuits of job {job_id}: it does not have the "
            f"extension {JOB_LEDGER}. The local runtime has it."
        )
        raise ServiceError(message, operation=_OPERATION)
    times, circuits, total = yield from _one_page(job_id, 0)
    while len(circuits) < total:
        _, more, total = yield from _one_page(job_id, len(circuits))
        if not more:  # a service that says that there are more than it sends
            break
        circuits += more
    return Ledger(job_id, times, circuits, max(total, len(circuits)))


def read_ledger(data: Mapping[str, Any], operation: str) -> Ledger:
    """A ledger as JSON has it.

    Raises:
        MalformedAnswerError: It is none.
    """
    times, circuits, total = _read_page(data, operation)
    return Ledger(fields.text(data.get("job_id"), "job_id", operation), times, circuits, total)


def wire_ledger(kept: Ledger) -> dict[str, Any]:
    """A ledger as JSON has it; `read_ledger` reads it.

    Args:
        kept: The ledger.
    """
    circuits = [{**row, "at": row["at"] and row["at"].isoformat()} for row in kept.rows()]
    return {"job_id": kept.job_id, "times": asdict(kept.times), "circuits": circuits, "count": kept.count}


def _one_page(job_id: str, offset: int) -> Flow[tuple[TimeAccount, list[CircuitRecord], int]]:
    request = job_ledger.build(job_id=job_id, limit=_PAGE, offset=offset)
    answer = yield from ask(Call(_OPERATION, request, job_ledger.parse, f"Job {job_id}"))
    return _read_page(answer.data.to_dict(), _OPERATION)


def _read_page(data: Mapping[str, Any], operation: str) -> tuple[TimeAccount, list[CircuitRecord], int]:
    times, circuits = data.get("times"), data.get("circuits")
    if not isinstance(times, Mapping | None) or not isinstance(circuits, list):
        malformed(operation, "times is no object, or circuits no list.")
    read = [_circuit(circuit, operation) for circuit in circuits]
    total = fields.optional_integer(data.get("count"), "count", operation)
    return _times(times or {}, operation), read, len(read) if total is None else total


def _times(data: Mapping[str, Any], operation: str) -> TimeAccount:
    names = ("waited", "started", "computed", "simulated")
    return TimeAccount(*(fields.optional_number(data.get(name), name, operation) for name in names))


def _circuit(data: object, operation: str) -> CircuitRecord:
    if not isinstance(data, Mapping):
        malformed(operation, "a circuit is no object.")

    def text(name: str) -> str | None:
        return fields.optional_text(data.get(name), name, operation)

    def number(name: str) -> int | None:
        return fields.optional_integer(data.get(name), name, operation)

    return CircuitRecord(
        seq=number("seq") or 0,
        at=fields.moment(data.get("at"), "at", operation),
        how=text("how"),
        name=text("name"),
        backend=text("backend"),
        engine=text("engine"),
        qubits=number("qubits"),
        depth=number("depth"),
        gates=number("gates"),
        shots=number("shots"),
        seconds=fields.optional_number(data.get("seconds"), "seconds", operation),
    )


def _times_line(times: TimeAccount) -> str:
    known = {name: seconds for name, seconds in asdict(times).items() if seconds is not None}
    return ", ".join(f"{name} {seconds:.3f} s" for name, seconds in known.items()) or "no times"


def _table(kept: Ledger) -> list[str]:
    if not kept.circuits:
        return ["no circuits"]
    shown = kept.circuits[:_ROWS_SHOWN]
    rows = [list(_COLUMNS), *([_cell(getattr(circuit, column)) for column in _COLUMNS] for circuit in shown)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    rest = kept.count - len(shown)
    return [*lines, f"and {rest:,} more: see rows()"] if rest > 0 else lines


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
