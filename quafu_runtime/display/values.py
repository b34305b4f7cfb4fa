"""HTML of programs, jobs and ledgers."""

from typing import TYPE_CHECKING, Any, Final

from quafu_runtime.display.markup import (
    Child,
    Html,
    block,
    code,
    cut,
    details,
    duration,
    moment,
    pairs,
    printable,
    table,
)
from quafu_runtime.display.style import framed, heading, mark, remarks, section
from quafu_runtime.status import JobStatus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from quafu_runtime._client.joblist import JobList
    from quafu_runtime._client.ledger import Ledger, TimeAccount
    from quafu_runtime._client.records import JobEvent, JobExit, JobInfo
    from quafu_runtime.bundle import JobBundle
    from quafu_runtime.programs import ProgramList, RuntimeProgram

_SHOWN: Final = 50
"""Rows of a table: more would make a notebook's file grow, and nobody reads them."""

_LONG: Final = 200
_SOURCE: Final = 20_000
"""Characters of a program's text in an output."""

_KINDS: Final = {
    JobStatus.QUEUED: "warn",
    JobStatus.RUNNING: "run",
    JobStatus.DONE: "done",
    JobStatus.CANCELLED: "",
    JobStatus.ERROR: "bad",
}


def status_mark(status: JobStatus, text: str | None = None, *, live: bool = False) -> Html:
    """A status in its colour.

    Args:
        status: The status.
        text: Other words for it.
        live: Whether it is being watched.
    """
    return mark(text or status.value, _KINDS[status], live=live and not status.is_final)


def html_of_program(program: "RuntimeProgram") -> str:
    """A program, its source folded.

    Args:
        program: The program.
    """
    source = None if program.data is None else details("Source", block(cut(program.data, _SOURCE)))
    limit = program.max_execution_time
    return framed(
        heading(printable(program.name), end="program"),
        remarks(printable(cut(program.description or "", _LONG))),
        pairs(
            [
                ("id", code(program.program_id)),
                ("backend", printable(program.backend)),
                ("group", printable(program.group)),
                ("owner", printable(program.owner)),
                ("public", "yes" if program.is_public else "no"),
                ("time limit", None if limit is None else f"{limit:g} s"),
            ]
        ),
        source,
    )


def html_of_programs(programs: "ProgramList") -> str:
    """A list of programs.

    Args:
        programs: The list.
    """
    columns = ("id", "name", "description", "backend", "owner", "public")
    rows = [
        (
            code(program.program_id),
            _short(program.name),
            _short(program.description),
            _short(program.backend),
            _short(program.owner),
            "yes" if program.is_public else "",
        )
        for program in programs[:_SHOWN]
    ]
    of_all = f"{len(programs)} of {programs.total} programs"
    return framed(heading(of_all), _table(columns, rows), _rest(len(programs)))


def html_of_info(info: "JobInfo") -> str:
    """What is known of a job.

    Args:
        info: What is known.
    """
    versions = ", ".join(f"{name} {version}" for name, version in info.versions.items())
    return framed(
        heading(printable(info.label or info.program_name or "Job"), status_mark(info.status), _took(info)),
        pairs(
            [
                ("job", code(info.job_id)),
                ("program", printable(info.program_name)),
                ("program id", code(info.program_id)),
                ("tags", _short(", ".join(info.tags))),
                ("backend", printable(info.backend)),
                ("engine", printable(info.engine)),
                ("seed", None if info.seed is None else str(info.seed)),
                ("accepted", moment(info.created_at)),
                ("handed on", moment(info.assigned_at)),
                ("started", moment(info.started_at)),
                ("finished", moment(info.finished_at)),
                ("ended", None if info.exit is None else printable(str(info.exit))),
                ("attempt", None if info.attempt is None else str(info.attempt)),
                ("runs", _runs(info)),
                ("time limit", None if info.max_execution_time is None else f"{info.max_execution_time:g} s"),
                ("versions", printable(versions)),
            ]
        ),
    )


def html_of_jobs(jobs: "JobList") -> str:
    """A list of jobs.

    Args:
        jobs: The list.
    """
    columns = ("status", "job", "program", "label", "tags", "submitted", "took")
    rows = [
        (
            status_mark(job.status, jobs.status_text(job)),
            code(job.job_id),
            _short(job.program_name or job.program_id),
            _short(job.label),
            _short(", ".join(job.tags)),
            moment(job.created_at),
            _took(job),
        )
        for job in jobs[:_SHOWN]
    ]
    of_all = f" of {jobs.total}" if jobs.total is not None and jobs.total > len(jobs) else ""
    notes = [f"? could not be asked for: {printable(cut(why, _LONG))}" for why in sorted(set(jobs.stale.values()))]
    title = f"{len(jobs)}{of_all} {'job' if len(jobs) == 1 and not of_all else 'jobs'}"
    return framed(heading(title), _table(columns, rows), _rest(len(jobs)), remarks(*notes))


def html_of_ledger(ledger: "Ledger") -> str:
    """Where a job's time went, and its circuits.

    Args:
        ledger: The account.
    """
    columns = ("how", "name", "backend", "engine", "qubits", "depth", "gates", "shots", "seconds")
    rows = [[_cell(getattr(circuit, column)) for column in columns] for circuit in ledger.circuits[:_SHOWN]]
    circuits = f"{ledger.count:,} circuit{'' if ledger.count == 1 else 's'}"
    return framed(
        heading("Ledger", end=circuits),
        remarks(code(ledger.job_id)),
        _times(ledger.times),
        section("Circuits", _table(("#", *columns), ([str(n), *row] for n, row in enumerate(rows, 1))))
        if rows
        else None,
        _rest(ledger.count),
    )


def html_of_times(times: "TimeAccount") -> str:
    """Where a job's time went.

    Args:
        times: The account.
    """
    return framed(heading("Time account"), _times(times))


def html_of_event(event: "JobEvent") -> str:
    """Something that a job printed or published.

    Args:
        event: The event.
    """
    shown = event.data if isinstance(event.data, str) else repr(event.data)
    return framed(heading(f"{printable(event.kind)} {event.seq}", end=moment(event.at)), block(cut(shown, _SOURCE)))


def html_of_exit(ended: "JobExit") -> str:
    """How a job's program ended.

    Args:
        ended: How.
    """
    return framed(heading(printable(str(ended)), end="exit"))


def html_of_record(name: str, fields: "Iterable[tuple[str, object]]") -> str:
    """A value that is a few named fields.

    Args:
        name: What it is.
        fields: The fields.
    """
    return framed(heading(name), pairs((key, _cell(value)) for key, value in fields if value is not None))


def html_of_bundle(bundle: "JobBundle") -> str:
    """A job that was bundled.

    Args:
        bundle: The bundle.
    """
    info = bundle.info
    missing = [f"{name} is missing: {why}" for name, why in bundle.missing.items()]
    return framed(
        heading(printable(info.program_name or "Job"), status_mark(info.status), "bundle"),
        remarks(code(info.job_id), moment(info.created_at), _took(info)),
        pairs([("params", _short(repr(bundle.params))), ("versions", _short(_versions(bundle.versions)))]),
        details("Source", block(cut(bundle.source, _SOURCE))) if bundle.source else None,
        details("Log", block(cut(bundle.logs, _SOURCE))) if bundle.logs else None,
        remarks(*(printable(cut(text, _LONG)) for text in missing)),
    )


def _versions(versions: Any) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def _times(times: "TimeAccount") -> Html:
    names = (("waited", times.waited), ("started", times.started), ("computed", times.computed))
    longest = max((seconds for _, seconds in names if seconds is not None), default=0.0) or 1.0
    rows = [
        (name, duration(seconds), _bar(seconds / longest))
        for name, seconds in (*names, ("of which simulated", times.simulated))
        if seconds is not None
    ]
    return table(("", "", ""), rows) if rows else element_of_nothing("No times are known yet.")


def element_of_nothing(text: str) -> Html:
    """A remark that there is nothing.

    Args:
        text: The remark.
    """
    return remarks(text) or Html("")


def _bar(part: float) -> Html:
    width = f"{max(0.5, min(1.0, part) * 100):.1f}%"
    return Html(f'<div class="qf-g" style="width:14em;margin:7px 0"><div style="width:{width}"></div></div>')


def _table(columns: "Iterable[str]", rows: "Iterable[Iterable[Child]]") -> Html:
    """A table without the columns in which nothing stands."""
    cells = [list(row) for row in rows]
    kept = [index for index, name in enumerate(columns) if any(row[index] for row in cells)]
    names = list(columns)
    if not cells:
        return element_of_nothing("None.")
    return table((names[index] for index in kept), ([row[index] for index in kept] for row in cells))


def _rest(count: int) -> Html | None:
    return remarks(f"and {count - _SHOWN:,} more") if count > _SHOWN else None


def _short(text: str | None) -> str:
    return printable(cut(text or "", _LONG))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else _short(str(value))


def _runs(info: "JobInfo") -> str | None:
    """How often it ran, where that is worth a word."""
    if info.runs is None or max(info.runs, info.max_attempts or 1) == 1:
        return None
    return f"{info.runs} of at most {info.max_attempts}"


def _took(info: "JobInfo") -> str | None:
    began = info.started_at or info.created_at
    if began is None or info.finished_at is None:
        return None
    return duration(max(0.0, (info.finished_at - began).total_seconds()))
