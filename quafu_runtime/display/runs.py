"""HTML of dry runs, sweeps, and functions that are programs."""

from typing import TYPE_CHECKING, Any, Final

from quafu_runtime.display.errors import log_section, traceback_block
from quafu_runtime.display.markup import Child, Html, block, cut, details, duration, element, pairs, printable, table
from quafu_runtime.display.style import framed, heading, mark, remarks, section
from quafu_runtime.display.summary import in_short
from quafu_runtime.errors import ProgramCaptureError

if TYPE_CHECKING:
    from quafu_runtime.capture import ProgramFunction
    from quafu_runtime.here.report import DryRun
    from quafu_runtime.sweep.table import SweepTable

_SHOWN: Final = 50
_CELL: Final = 120
_SOURCE: Final = 20_000
_KIBIBYTE: Final = 1024
_KINDS: Final = {"done": "done", "running": "run", "submitting": "run", "waiting": "", "cancelled": ""}


def html_of_dry_run(run: "DryRun") -> str:
    """What a dry run found out.

    Args:
        run: The dry run.
    """
    beside = mark("Done", "done") if run.ok else mark("Failed", "bad")
    interim = f"{run.interim_results:,}, {_size(run.interim_bytes)}" if run.interim_results else "none"
    return framed(
        heading(printable(run.name), beside, duration(run.seconds)),
        remarks("dry run", printable(run.backend)),
        pairs(
            [
                ("circuits", f"{run.circuits:,}"),
                ("shots", f"{run.shots:,}"),
                ("widest circuit", f"{run.widest} qubits" if run.widest else None),
                ("simulated", duration(run.simulated) if run.circuits else None),
                ("engines", printable(", ".join(run.engines))),
                ("interim results", interim),
                ("result", f"{_size(run.result_bytes)}: {printable(in_short(run.result))}" if run.ok else None),
                ("seed", str(run.seed)),
            ]
        ),
        None if run.ok else section("Traceback of the program", traceback_block(run.traceback or str(run.error))),
        log_section(run.logs, "The last lines of its log"),
    )


def html_of_sweep(sweep: "SweepTable") -> str:
    """A sweep, as a table of its points.

    Args:
        sweep: The sweep.
    """
    counts = sweep.counts()
    rows = sweep.rows()
    columns = [name for name in (rows[0] if rows else ()) if any(row[name] is not None for row in rows)]
    shown = ([_cell(name, row[name]) for name in columns] for row in rows[:_SHOWN])
    marks = [mark(f"{number} {status}", _KINDS.get(status, "bad")) for status, number in counts.items()]
    rest = remarks(f"and {len(rows) - _SHOWN:,} more: see rows()") if len(rows) > _SHOWN else None
    return framed(
        heading(printable(sweep.path.name), end=f"{len(sweep):,} points"),
        _progress(counts.get("done", 0), len(sweep)),
        remarks(*marks),
        table(map(printable, columns), shown) if rows else None,
        rest,
    )


def html_of_function(function: "ProgramFunction[Any]") -> str:
    """A function that is a program, its source folded.

    Args:
        function: The function.
    """
    try:
        source = function.source
    except ProgramCaptureError as error:  # it was changed since, and is shown all the same
        return framed(heading(printable(function.name), mark("Cannot be carried", "bad")), block(str(error)))
    return framed(
        heading(printable(function.name), end=f"{len(source.splitlines()):,} lines"),
        details("Source", block(cut(source, _SOURCE))),
    )


def _progress(done: int, total: int) -> Html:
    width = 100 * done / total if total else 0.0
    return element("div", Html(f'<div style="width:{width:.1f}%"></div>'), class_="qf-g")


def _cell(name: str, value: object) -> Child:
    if value is None:
        return None
    if name == "status":
        return mark(str(value), _KINDS.get(str(value), "bad"))
    return printable(cut(value if isinstance(value, str) else in_short(value), _CELL))


def _size(number: int) -> str:
    if number < _KIBIBYTE:
        return f"{number:,} bytes"
    kibibytes = number / _KIBIBYTE
    return f"{kibibytes:.1f} KiB" if kibibytes < _KIBIBYTE else f"{kibibytes / _KIBIBYTE:.1f} MiB"
