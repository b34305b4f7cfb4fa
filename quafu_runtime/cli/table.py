"""Tables and colours in a terminal; lines with tabs between their cells in a pipe."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any
from unicodedata import combining, east_asian_width

import click
from attrs import frozen

from quafu_runtime.cli.render import plain

STATUS_COLOURS = {
    "In queue": "yellow",
    "Actively running": "cyan",
    "Done": "green",
    "Cancelled": "magenta",
    "Error": "red",
}
GAP = "  "
CUT = "…"
NARROWEST = 8
"""Characters that are left of a column that is cut."""

UP_AND_CLEAR = "\x1b[{lines}F\x1b[J"
"""Goes to the beginning of the line so many lines above, and clears all from there (ECMA-48)."""


@frozen
class Column:
    """A column of a table.

    Attributes:
        title: What stands above it in a terminal.
        key: Which value of a row it shows.
        shown: How the value is shown to people; in a pipe it is always its plain text.
        elastic: Whether it is the one that is cut where the terminal is narrow.
    """

    title: str
    key: str
    shown: Callable[[Any], str] = plain
    elastic: bool = False


def table_text(rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> str:
    """Rows as a table with headings in a terminal, and as lines with tabs between their cells elsewhere."""
    if sys.stdout.isatty():
        return drawn_table(rows, columns)
    return "".join("\t".join(plain(row.get(column.key)) for column in columns) + "\n" for row in rows)


def drawn_table(rows: Sequence[dict[str, Any]], columns: Sequence[Column]) -> str:
    """Rows as a table for the terminal, with headings, no wider than the terminal where that can be."""
    cells = [[_printable(column.shown(row.get(column.key))) for column in columns] for row in rows]
    widths = [
        max(_width(text) for text in (column.title, *(line[number] for line in cells)))
        for number, column in enumerate(columns)
    ]
    room = shutil.get_terminal_size().columns - len(GAP) * (len(columns) - 1)
    for number, column in enumerate(columns):
        if column.elastic:
            left = max(room - sum(widths) + widths[number], NARROWEST)
            widths[number] = min(widths[number], left)
    lines = [_line((column.title for column in columns), widths, bold=True), *(_line(line, widths) for line in cells)]
    return "\n".join(lines) + "\n"


class Redrawn:
    """A table that takes its own place in the terminal each time it is shown."""

    def __init__(self) -> None:
        self._lines = 0

    def show(self, text: str) -> None:
        """Show it in place of the one before.

        Args:
            text: As `drawn_table` makes it.
        """
        back = UP_AND_CLEAR.format(lines=self._lines) if self._lines else ""
        click.echo(back + text, nl=False, color=True)
        self._lines = text.count("\n")


def coloured(text: str, colour: str | None, *, bold: bool = False, stream: IO[str] | None = None) -> str:
    """A text in a colour, where the stream is a terminal whose user wants colours."""
    wanted = (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR")
    return click.style(text, fg=colour, bold=bold) if wanted and (colour or bold) else text


def _line(cells: Iterable[str], widths: Sequence[int], *, bold: bool = False) -> str:
    shown = (
        coloured(_fitted(cell, width), STATUS_COLOURS.get(cell), bold=bold)
        for cell, width in zip(cells, widths, strict=True)
    )
    return GAP.join(shown).rstrip()


def _fitted(text: str, width: int) -> str:
    """A text of exactly so many columns of the terminal."""
    if _width(text) <= width:
        return text + " " * (width - _width(text))
    kept = ""
    for character in text:
        if _width(kept + character) > width - 1:
            break
        kept += character
    return _fitted(kept + CUT, width)


def _width(text: str) -> int:
    """How many columns of a terminal a text takes: most Chinese characters take two."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def _printable(text: str) -> str:
    """A text without what a terminal would take for a command: it may be somebody else's."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
