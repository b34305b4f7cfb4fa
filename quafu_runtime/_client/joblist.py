"""A list of jobs, whose repr is a table."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, SupportsIndex

from quafu_runtime._client.records import JobInfo
from quafu_runtime.programs.values import one_line

_SHOWN = 20
"""Jobs that the repr of a list shows; more would push a notebook's cell off the screen."""

_WIDEST = {"program": 24, "label": 28, "tags": 28}
_HEAD = ("job", "status", "submitted", "took", "program", "label", "tags")
_MINUTE = 60.0


class JobList(list[JobInfo]):
    """Jobs, as `jobs()` returns them: a list, the newest first, whose repr is a table.

    Attributes:
        total: How many jobs there are in all that fit, where the service says so, or None.
        forgotten: The ids of those that the service knows no more: their status is the last one that was seen here.
        stale: The ids of those whose status could not be asked for, with the reason: it is the last one seen here, too.
    """

    def __init__(
        self,
        jobs: Iterable[JobInfo] = (),
        *,
        total: int | None = None,
        forgotten: Iterable[str] = (),
        stale: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(jobs)
        self.total = total
        self.forgotten = frozenset(forgotten)
        self.stale = dict(stale or {})

    def __repr__(self) -> str:
        rows = [self._row(job) for job in self[:_SHOWN]]
        of_all = f" of {self.total}" if self.total is not None and self.total > len(self) else ""
        title = f"{len(self)}{of_all} {'job' if len(self) == 1 and not of_all else 'jobs'}"
        more = ["…"] if len(self) > _SHOWN else []
        notes = [f"? could not be asked for: {reason}" for reason in sorted(set(self.stale.values()))]
        return "\n  ".join([title, *(_aligned([_HEAD, *rows]) if rows else []), *more, *notes])

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_jobs

        return html_of_jobs(self)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Any, ...]:
        return _listed, (list(self), self.total, self.forgotten, self.stale)

    def status_text(self, job: JobInfo) -> str:
        """How a job of this list stands, in words, with what is not sure about it.

        Args:
            job: The job.
        """
        if job.job_id in self.forgotten:
            return "Forgotten" if not job.status.is_final else f"{job.status.value} (forgotten)"
        return f"{job.status.value}{' ?' if job.job_id in self.stale else ''}"

    def _row(self, job: JobInfo) -> tuple[str, ...]:
        program = job.program_name or job.program_id or ""
        return (
            one_line(job.job_id),
            self.status_text(job),
            _moment(job.created_at),
            _took(job),
            _cut(program, "program"),
            _cut(job.label or "", "label"),
            _cut(", ".join(job.tags), "tags"),
        )


def _listed(jobs: list[JobInfo], total: int | None, forgotten: frozenset[str], stale: dict[str, str]) -> JobList:
    return JobList(jobs, total=total, forgotten=forgotten, stale=stale)


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """The rows as lines; a column in which nothing stands is left out."""
    columns = [column for column in zip(*rows, strict=True) if any(column[1:])]
    widths = [max(len(text) for text in column) for column in columns]
    lines = zip(*columns, strict=True)
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _cut(text: str, column: str) -> str:
    shown, width = one_line(text), _WIDEST[column]
    return shown if len(shown) <= width else f"{shown[: width - 1]}…"


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def _took(job: JobInfo) -> str:
    if job.finished_at is None or (began := job.started_at or job.created_at) is None:
        return ""
    seconds = max(0.0, (job.finished_at - began).total_seconds())
    return f"{seconds:.1f} s" if seconds < _MINUTE else f"{int(seconds // _MINUTE)} min {int(seconds % _MINUTE)} s"
