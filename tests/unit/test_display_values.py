"""HTML of the public values: each has one, and nothing that a service or a program says gets into it as HTML."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Protocol

import attrs
import pytest

import quafu_runtime
from quafu_runtime import (
    CheckReport,
    CircuitRecord,
    DryRun,
    FailedRun,
    JobEvent,
    JobExit,
    JobFailedError,
    JobInfo,
    JobList,
    JobStatus,
    Ledger,
    ProgramList,
    QuafuRuntimeError,
    RuntimeProgram,
    TimeAccount,
)
from quafu_runtime._client.records import Standing
from quafu_runtime.bundle import JobBundle
from quafu_runtime.check.report import Finding
from quafu_runtime.sweep.table import SweepTable

HOSTILE = "<script>alert('\"&')</script>\x1b[31m\u202e\x00<img src=x onerror=alert(1)>"
AT = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
VOID = {"img", "br", "hr", "input", "meta", "link", "path", "circle", "polyline"}


class Shown(Protocol):
    def _repr_html_(self) -> str: ...


class _Reader(HTMLParser):
    """Sees that elements are closed, and which ones there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes.update(name for name, _ in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> _Reader:
    """The HTML, read; it has no script, no resource, no address, and is well-formed."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    assert not reader.elements & {"script", "img", "link", "iframe", "object", "embed", "a"}
    assert not any(name.startswith("on") or name in {"src", "href"} for name in reader.attributes)
    assert "url(" not in html
    assert not set(reader.text) & {"\x1b", "\x00", "\u202e"}
    return reader


def _sweep(folder: Path) -> SweepTable:
    table = SweepTable.__new__(SweepTable)
    table._path, table._job = folder / HOSTILE.replace("/", " "), None
    table._points = []
    return table


def _info(**fields: Any) -> JobInfo:
    return JobInfo(
        **{
            "job_id": HOSTILE,
            "status": JobStatus.DONE,
            "program_name": HOSTILE,
            "label": HOSTILE,
            "tags": (HOSTILE,),
            "backend": HOSTILE,
            "versions": {HOSTILE: HOSTILE},
            "exit": JobExit(HOSTILE, code=1),
            "created_at": AT,
            "finished_at": AT,
            **fields,
        }
    )


def _failed() -> JobFailedError:
    return JobFailedError(
        HOSTILE, job_id=HOSTILE, traceback=HOSTILE, logs=HOSTILE, program_name=HOSTILE, params={HOSTILE: HOSTILE}
    )


def _function(task: Any, userpub: Any, params: Any) -> str:
    return HOSTILE + repr((task, userpub, params))


def _values(folder: Path) -> Iterator[Shown]:
    program = RuntimeProgram(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, data=HOSTILE)
    finding = Finding(1, 3, HOSTILE, HOSTILE, code=HOSTILE)
    ledger = Ledger(HOSTILE, TimeAccount(1, 2, 3, 4), [CircuitRecord(1, AT, HOSTILE, HOSTILE, HOSTILE, HOSTILE)], 1)
    yield from (program, ProgramList([program], total=3))
    yield from (_info(), _info().exit or JobExit("returned"), JobList([_info()], stale={HOSTILE: HOSTILE}))
    yield from (JobEvent("log", 1, HOSTILE, AT), JobEvent("interim", 2, {HOSTILE: 1}, None))
    yield from (ledger, ledger.times, ledger.circuits[0])
    yield from (finding, CheckReport(HOSTILE, (finding,), (), HOSTILE), CheckReport("fine"))
    yield from (QuafuRuntimeError(HOSTILE, operation=HOSTILE, request_id=HOSTILE), _failed())
    yield from (FailedRun(0, {HOSTILE: HOSTILE}, _failed()), FailedRun(1, None, ValueError(HOSTILE)))
    yield DryRun(HOSTILE, HOSTILE, HOSTILE, logs=HOSTILE, engines=(HOSTILE,), backend=HOSTILE)
    yield DryRun(HOSTILE, result=HOSTILE)
    yield _sweep(folder)
    standing = Standing(JobStatus.DONE, "1")
    manifest = {"missing": {HOSTILE: HOSTILE}, "service": {}}
    yield JobBundle(_info(), HOSTILE, HOSTILE, ledger, manifest, standing, HOSTILE, ())
    yield quafu_runtime.program(name=HOSTILE)(_function)


def _is_a_value(kind: object) -> bool:
    return inspect.isclass(kind) and (attrs.has(kind) or issubclass(kind, list | SweepTable | QuafuRuntimeError))


def test_every_public_value_has_html_that_is_no_more_than_it_should_be(tmp_path: Path) -> None:
    values = list(_values(tmp_path))
    for value in values:
        reader = read(value._repr_html_())
        assert "qf" in value._repr_html_()
        assert reader.text
    public = {getattr(quafu_runtime, name) for name in quafu_runtime.__all__}
    wanted = {kind for kind in public if _is_a_value(kind)}
    shown = {type(value) for value in values}
    assert not {kind for kind in wanted if not any(issubclass(one, kind) or issubclass(kind, one) for one in shown)}


def test_what_is_hostile_is_shown_as_text(tmp_path: Path) -> None:
    for value in _values(tmp_path):
        text = read(value._repr_html_()).text
        if "script" in text:
            assert "<script>" in text


@pytest.mark.parametrize(
    ("runs", "max_attempts", "shown"),
    [(None, None, None), (1, 1, None), (0, 3, "0 of at most 3"), (2, 3, "2 of at most 3")],
)
def test_how_often_a_job_ran_is_shown_where_it_may_run_more_than_once(
    runs: int | None, max_attempts: int | None, shown: str | None
) -> None:
    html = _info(runs=runs, max_attempts=max_attempts)._repr_html_()
    assert "of at most" not in html if shown is None else shown in html


def test_every_error_is_shown_by_its_own_name() -> None:
    names = [name for name in quafu_runtime.__all__ if _is_error(getattr(quafu_runtime, name))]
    for name in names:
        assert name in read(getattr(quafu_runtime, name)("It happened.\nDo this.")._repr_html_()).text


def test_a_failure_shows_the_programs_error_in_red_and_its_params_and_log() -> None:
    traceback = (
        'Traceback (most recent call last):\n  File "<program>", line 1, in run\n    1 / 0\nZeroDivisionError: no\n'
    )
    error = JobFailedError("It failed.", job_id="1", traceback=traceback, logs="one\ntwo", params={"shots": 3})
    html = error._repr_html_()
    assert "<i>ZeroDivisionError: no</i>" in html
    text = read(html).text
    assert '{"shots": 3}' in text
    assert "one\ntwo" in text


def test_a_report_points_to_the_column() -> None:
    report = CheckReport("bell", (Finding(2, 5, "undefined name 'x'", "import it"),), (), "def run():\n    x()\n")
    text = read(report._repr_html_()).text
    assert "   2      x()\n          ^" in text
    assert "1 error" in text


def test_long_lists_are_cut_and_say_so() -> None:
    programs = ProgramList([RuntimeProgram(str(number), "name") for number in range(70)])
    assert "and 20 more" in read(programs._repr_html_()).text
    assert len(programs._repr_html_()) < 20_000


def _is_error(kind: object) -> bool:
    return inspect.isclass(kind) and issubclass(kind, QuafuRuntimeError)
