"""HTML of what a check of a program found."""

from typing import TYPE_CHECKING, Final

from quafu_runtime.display.markup import Html, cut, element, joined, printable
from quafu_runtime.display.style import framed, heading, mark, remarks

if TYPE_CHECKING:
    from quafu_runtime.check import CheckReport
    from quafu_runtime.check.report import Finding

_SHOWN: Final = 50
_LINE: Final = 160


def html_of_report(report: "CheckReport") -> str:
    """A report, each finding with its line of the source.

    Args:
        report: The report.
    """
    errors, warnings = len(report.errors), len(report.warnings)
    beside = (
        mark("Errors", "bad") if errors else mark("Warnings", "warn") if warnings else mark("Nothing found", "done")
    )
    counts = ", ".join(_counted(number, noun) for number, noun in ((errors, "error"), (warnings, "warning")) if number)
    found = report.findings
    rest = remarks(f"and {len(found) - _SHOWN} more") if len(found) > _SHOWN else None
    shown = (_finding(finding, report.source_line(finding.line)) for finding in found[:_SHOWN])
    return framed(heading(printable(report.name), beside, counts), *shown, rest)


def html_of_finding(finding: "Finding") -> str:
    """One thing that was found.

    Args:
        finding: What.
    """
    return framed(_finding(finding, ""))


def _finding(finding: "Finding", line: str) -> Html:
    kind = "bad" if finding.severity == "error" else "warn"
    where = f"line {finding.line}, column {finding.column}"
    what = element("div", mark(finding.severity, kind), " ", printable(finding.message), style="margin-top:8px")
    hint = f"→ {printable(finding.hint)}" if finding.hint else None
    return joined([what, _source(line, finding), remarks(where, printable(finding.code)), remarks(hint)])


def _source(line: str, finding: "Finding") -> Html | None:
    if not line.strip():
        return None
    text = printable(cut(line, _LINE)).expandtabs(4)
    column = len(printable(line[: finding.column - 1]).expandtabs(4))
    number = f"{finding.line:>4}  "
    pointer = "" if column >= _LINE else "\n" + " " * (len(number) + column)
    mark_below = element("i", "^") if pointer else None
    return element("pre", element("u", number), text, pointer, mark_below)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
