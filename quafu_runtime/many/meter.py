"""How far many jobs are, for whoever waits: a bar on a terminal or in a notebook, nothing in a pipe."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from attrs import frozen

from quafu_runtime.cards.screen import is_notebook
from quafu_runtime.many import notebook

_SHORTEST = 0.1
"""Seconds between two changes that are shown: faster than that nobody reads."""

_WIDTH = 24
"""Characters of a bar."""

_CLEAR = "\x1b[K"
"""Clears the rest of a terminal's line (ECMA-48)."""


@frozen
class Tally:
    """How many jobs are where.

    Attributes:
        done: Those that have a result.
        failed: Those that failed, were cancelled, or could not be submitted.
        running: Those that are submitted and have not ended: they run, or wait to run.
        total: All; None where nobody knows yet how many there will be.
    """

    done: int
    failed: int
    running: int
    total: int | None

    def __str__(self) -> str:
        known = "" if self.total is None else f" of {self.total}"
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done} done{failed}, {self.running} running{known}"


class Meter(Protocol):
    """What shows a tally."""

    def show(self, tally: Tally) -> None:
        """Show it."""


@contextmanager
def meter(progress: bool | None, label: str) -> Iterator[Meter]:
    """What shows how far many jobs are.

    Args:
        progress: Whether to show it; None for where somebody looks: on a terminal, and in a notebook.
        label: What is going on.
    """
    if progress is False:
        yield _Nothing()
    elif is_notebook():
        with _seldom(notebook.Bar(label)) as shown:
            yield shown
    elif progress or sys.stderr.isatty():
        with _terminal(label) as shown:
            yield shown
    else:
        yield _Nothing()


class _Nothing:
    def show(self, tally: Tally) -> None:
        """Show nothing."""


class _Line:
    """A line of the error output that takes its own place on a terminal; in a pipe only its last state is written."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._text = ""

    def show(self, tally: Tally) -> None:
        self._text = f"{self._label} {_bar(tally)} {tally}"
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{self._text}{_CLEAR}")
            sys.stderr.flush()

    def finish(self) -> None:
        if self._text:
            sys.stderr.write("\n" if sys.stderr.isatty() else f"{self._text}\n")
            sys.stderr.flush()


@contextmanager
def _terminal(label: str) -> Iterator[Meter]:
    line = _Line(label)
    try:
        with _seldom(line) as shown:
            yield shown
    finally:
        line.finish()


def _bar(tally: Tally) -> str:
    """The part that has ended, as a bar."""
    part = (tally.done + tally.failed) / tally.total if tally.total else 0.0
    full = round(_WIDTH * part)
    return f"[{'#' * full}{'.' * (_WIDTH - full)}]"


class _Seldom:
    """Hands on no more than can be read, and always the last."""

    def __init__(self, inner: Meter) -> None:
        self._inner = inner
        self._shown_at = 0.0
        self._last: Tally | None = None

    def show(self, tally: Tally) -> None:
        self._last = tally
        if time.monotonic() - self._shown_at >= _SHORTEST:
            self.finish()

    def finish(self) -> None:
        if self._last is not None:
            self._inner.show(self._last)
            self._shown_at, self._last = time.monotonic(), None


@contextmanager
def _seldom(inner: Meter) -> Iterator[Meter]:
    shown = _Seldom(inner)
    try:
        yield shown
    finally:
        shown.finish()
