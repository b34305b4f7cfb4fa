"""Ctrl-C while a job is followed: once leaves the job running, twice cancels it."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import click

from quafu_runtime.cli.session import INTERRUPTED, Session
from quafu_runtime.errors import JobStateError

if TYPE_CHECKING:
    from quafu_runtime.job import RuntimeJob

SECOND_CHANCE = 2.0
"""Seconds after the first Ctrl-C in which a second one cancels."""


@contextmanager
def detaches(session: Session, job: "RuntimeJob") -> Iterator[None]:
    """Leave a job running at the first Ctrl-C, and cancel it at the second."""
    try:
        yield
    except KeyboardInterrupt:
        _leave(session, job)
        sys.exit(INTERRUPTED)


def _leave(session: Session, job: "RuntimeJob") -> None:
    text = f"\nThe job goes on. Come back with: quafu-runtime job result {job.job_id()}\nCtrl-C again cancels it."
    try:  # from the first letter of it on somebody may press again
        if not session.quiet:
            click.echo(text, err=True)
        threading.Event().wait(SECOND_CHANCE)
    except KeyboardInterrupt:
        with suppress(JobStateError):  # it has ended meanwhile
            job.cancel()
        if not session.quiet:
            click.echo("\nCancelled.", err=True)
