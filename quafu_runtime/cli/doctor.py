"""`quafu-runtime doctor`: what is wrong between this machine and the service, and how to mend it."""

import sys
import textwrap
from typing import TYPE_CHECKING

import click

from quafu_runtime.cli.session import FAILED, Session, with_session
from quafu_runtime.cli.table import coloured

if TYPE_CHECKING:
    from quafu_runtime.doctor import Finding

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
_INDENT = 20
"""Columns before a message: the outcome and the name of the check stand there."""

_WIDTH = 100


@click.command()
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.0, min_open=True),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long each step on the way to the service may take.",
)
@with_session
def doctor(session: Session, timeout: float) -> None:
    """Examine the account, its files, and the way to the service. Exits with 1 where a check fails.

    With --quiet, only what is to be mended is printed. No token is ever shown.

    \b
    Example:
        quafu-runtime doctor
        quafu-runtime doctor --profile lab --json
    """
    from quafu_runtime.account import Account
    from quafu_runtime.doctor import Outcome, checks

    findings = []
    for finding in checks(Account(profile=session.profile), timeout=timeout):
        findings.append(finding)
        if not session.as_json and not (session.quiet and finding.outcome is Outcome.OK):
            click.echo(_lines(finding))
    if session.as_json:
        session.show([_fields(finding) for finding in findings], "")
    failed = sum(finding.outcome is Outcome.FAIL for finding in findings)
    session.tell(f"\n{failed} of {len(findings)} checks failed." if failed else "\nNothing has failed.")
    if failed:
        sys.exit(FAILED)


def _lines(finding: "Finding") -> str:
    """A finding: wrapped in a terminal, and on one line with tabs elsewhere."""
    if not sys.stdout.isatty():
        return "\t".join((finding.outcome.value, finding.check, finding.message, finding.remedy or "")).rstrip("\t")
    outcome = finding.outcome.value
    indent = " " * _INDENT
    message = _filled(finding.message, f"{f'{outcome:<5} {finding.check}':<{_INDENT}}", indent)
    lines = [coloured(outcome, _COLOURS[outcome], bold=True) + message.removeprefix(outcome)]
    if finding.remedy:
        lines.append(_filled(f"-> {finding.remedy}", indent, f"{indent}   "))
    return "\n".join(lines)


def _filled(text: str, first: str, later: str) -> str:
    wrapper = textwrap.TextWrapper(_WIDTH, initial_indent=first, subsequent_indent=later)
    wrapper.break_long_words = wrapper.break_on_hyphens = False  # what is to be copied stays in one piece
    return wrapper.fill(text)


def _fields(finding: "Finding") -> dict[str, str | None]:
    return {
        "check": finding.check,
        "outcome": finding.outcome.value,
        "message": finding.message,
        "remedy": finding.remedy,
    }
