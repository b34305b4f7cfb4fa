"""`quafu-runtime job watch`: a table of jobs that stays up to date until all of them have ended."""

import sys
import time
from typing import TYPE_CHECKING, Any

import click

from quafu_runtime.cli.job import JOB_COLUMNS, fields_of
from quafu_runtime.cli.render import to_json
from quafu_runtime.cli.session import INTERRUPTED, Session, with_session
from quafu_runtime.cli.table import Redrawn, drawn_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from quafu_runtime.job import JobInfo

LOOK_AGAIN = 1.0
"""Seconds between two looks: what a person notices, and little work for a service."""


@click.command()
@click.argument("job_ids", metavar="[JOB_ID]...", nargs=-1)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many, if none is named.")
@click.option("--tag", metavar="TEXT", help="Only those with this tag.")
@with_session
def watch(session: Session, job_ids: tuple[str, ...], limit: int, tag: str | None) -> None:
    """Watch jobs until all have ended: those named, else the newest ones. Ctrl-C ends the watching, not the jobs.

    In a pipe, and with --json, it prints a line each time the status of a job changes.

    \b
    Example:
        quafu-runtime job watch
        quafu-runtime job watch --tag paper --json
    """
    with session.service() as service:

        def look() -> "list[JobInfo]":
            return [service.job(job_id).info() for job_id in job_ids] or list(service.jobs(limit=limit, tag=tag))

        try:
            _watch(session, look)
        except KeyboardInterrupt:
            session.tell("\nThe jobs go on.")
            sys.exit(INTERRUPTED)


def _watch(session: Session, look: "Callable[[], list[JobInfo]]") -> None:
    if sys.stdout.isatty() and not session.as_json:
        _watch_in_a_terminal(look)
        return
    told: dict[str, str] = {}
    for found in _looks(look):
        for fields in found:
            if told.get(fields["job_id"]) != fields["status"]:
                told[fields["job_id"]] = fields["status"]
                _tell_of(session, fields)


def _watch_in_a_terminal(look: "Callable[[], list[JobInfo]]") -> None:
    table = Redrawn()
    for found in _looks(look):
        table.show(drawn_table(found, JOB_COLUMNS))


def _looks(look: "Callable[[], list[JobInfo]]") -> "Iterator[list[dict[str, Any]]]":
    """The jobs again and again, until all of them have ended."""
    while True:
        found = look()
        yield [fields_of(one) for one in found]
        if all(one.status.is_final for one in found):
            return
        time.sleep(LOOK_AGAIN)


def _tell_of(session: Session, fields: dict[str, Any]) -> None:
    names = ("job_id", "status", "program_name")
    if session.as_json:
        click.echo(to_json({name: fields[name] for name in names}))
    else:
        click.echo("\t".join(fields[name] or "" for name in names))
