"""What a check found."""

import unicodedata
from collections.abc import Iterator
from typing import Literal

from attrs import field, frozen

from quafu_runtime.errors import ProgramNotValidError

_WIDEST_LINE = 160
"""Characters of a source's line that a report shows; a longer one hides what was found."""


@frozen
class Finding:
    """One thing that is wrong, or doubtful, in a program.

    Attributes:
        line: The line, from 1.
        column: The column, from 1.
        message: What is wrong.
        hint: What to do, or an empty text.
        severity: `"error"` where the program certainly breaks, else `"warning"`.
        code: Which kind of finding it is, such as `undefined-name` or `cloud-import`.
    """

    line: int
    column: int
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"
    code: str = "entry-point"

    def __str__(self) -> str:
        """Where it is and what, and what to do."""
        hint = f" ({self.hint})" if self.hint else ""
        return f"line {self.line}, column {self.column}: {self.message}{hint}"

    def _repr_html_(self) -> str:
        from quafu_runtime.display.reports import html_of_finding

        return html_of_finding(self)


@frozen
class CheckReport:
    """What a check of a program found. Printed, it shows each finding with its line of the source.

    Attributes:
        name: What the program is called in messages.
        errors: What certainly breaks, from top to bottom.
        warnings: What is doubtful, from top to bottom.
        source: The program's text.
    """

    name: str
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    source: str = field(default="", repr=False, eq=False)

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Errors and warnings, from top to bottom."""
        return tuple(sorted((*self.errors, *self.warnings), key=lambda finding: (finding.line, finding.column)))

    def source_line(self, number: int) -> str:
        """A line of the source, without its line break; an empty text where there is none.

        Args:
            number: Which one, from 1.
        """
        lines = self.source.splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def raise_for_errors(self) -> None:
        """Raise the errors, where there are some.

        Raises:
            ProgramNotValidError: There are errors; the message has them all, with line and column.
        """
        if not self.errors:
            return
        rows = "".join(f"\n  {finding}" for finding in self.errors)
        message = f"The program {self.name} is not valid, {_counted(len(self.errors), 'error')}:{rows}"
        raise ProgramNotValidError(message)

    def __str__(self) -> str:
        """The findings as compilers write them, so that editors jump to the place, and the number of them."""
        if not self.findings:
            return f"{self.name}: nothing found"
        rows = [row for finding in self.findings for row in self._rows(finding)]
        total = f"{_counted(len(self.errors), 'error')}, {_counted(len(self.warnings), 'warning')}"
        return "\n".join([*rows, total])

    def _repr_html_(self) -> str:
        from quafu_runtime.display.reports import html_of_report

        return html_of_report(self)

    def _rows(self, finding: Finding) -> Iterator[str]:
        where = f"{self.name}:{finding.line}:{finding.column}"
        yield f"{where}: {finding.severity}: {finding.message} [{finding.code}]"
        line = self.source_line(finding.line)
        if line.strip() and len(line) <= _WIDEST_LINE:
            yield f"    {line.expandtabs(1)}"
            yield f"    {' ' * _width(line[: finding.column - 1])}^"
        if finding.hint:
            yield f"    hint: {finding.hint}"


def _width(text: str) -> int:
    """The columns of a terminal that a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
