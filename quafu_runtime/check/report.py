"""What a check found."""

from typing import Literal

from attrs import frozen


@frozen
class Finding:
    """One thing that is wrong, or doubtful, in a program.

    Attributes:
        line: The line, from 1.
        column: The column, from 1.
        message: What is wrong.
        hint: What to do, or an empty text.
        severity: `"error"` where the program certainly breaks, else `"warning"`.
    """

    line: int
    column: int
    message: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """Where it is and what, and what to do."""
        hint = f" ({self.hint})" if self.hint else ""
        return f"line {self.line}, column {self.column}: {self.message}{hint}"


@frozen
class CheckReport:
    """What a check of a program found. Printed, it is a line for each finding.

    Attributes:
        name: What the program is called in messages.
        errors: What certainly breaks, from top to bottom.
        warnings: What is doubtful, from top to bottom.
    """

    name: str
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether there are no errors."""
        return not self.errors

    def __str__(self) -> str:
        """A line for each finding, as compilers write them, so that editors jump to the place."""
        findings = sorted((*self.errors, *self.warnings), key=lambda finding: (finding.line, finding.column))
        if not findings:
            return f"{self.name}: nothing found"
        return "\n".join(self._row(finding) for finding in findings)

    def _row(self, finding: Finding) -> str:
        hint = f" ({finding.hint})" if finding.hint else ""
        return f"{self.name}:{finding.line}:{finding.column}: {finding.severity}: {finding.message}{hint}"
