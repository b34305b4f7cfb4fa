"""`quafu-runtime sweep`: run a program at every point of a grid, and keep what comes in one file."""

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quafu_runtime.cli.params import read_json
from quafu_runtime.cli.render import to_json
from quafu_runtime.cli.run import PENDING, program_of
from quafu_runtime.cli.session import FAILED, INTERRUPTED, Session, with_session
from quafu_runtime.cli.table import Column

if TYPE_CHECKING:
    from quafu_runtime.sweep import Sweep


@click.group()
def sweep() -> None:
    """Run a program at every point of a grid, in a way that survives interruptions.

    \b
    Example:
        quafu-runtime sweep run sweep.db vqe.py --grid '{"theta": [0.1, 0.2, 0.3]}'
    """


@sweep.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("program", metavar="PROGRAM")
@click.option("--grid", metavar="JSON|@FILE", required=True, help="Names with their values, or a list of params.")
@click.option("--max-pending", type=click.IntRange(min=1), default=PENDING, show_default=True, help="Jobs at once.")
@click.option("--backend", metavar="NAME", help="The backend it runs on.")
@click.option("--seed", type=int, metavar="N", help="Makes random draws repeatable.")
@click.option("--label", metavar="TEXT", help="A name for the jobs, for people.")
@click.option("--tag", "tags", multiple=True, metavar="TEXT", help="A word to find the jobs by; may be repeated.")
@click.option("--allow-secrets", is_flag=True, help="Send it also where it holds what looks like a token.")
@click.option("--retry-failed", is_flag=True, help="Run the points that failed again.")
@with_session
def run(session: Session, path: Path, program: str, grid: str, **options: Any) -> None:
    """Run PROGRAM at every point of the grid, and keep the results in FILE. Started again, it goes on where it was.

    \b
    Example:
        quafu-runtime sweep run sweep.db vqe.py --grid '{"theta": [0.1, 0.2], "shots": [100, 1000]}'
        quafu-runtime sweep run sweep.db vqe.py --grid @grid.json --max-pending 4 --retry-failed
    """
    progress = False if session.quiet or session.as_json else None
    with session.service() as service:
        try:
            done = service.sweep(path, program_of(program), read_json(grid, "--grid"), progress=progress, **options)
        except KeyboardInterrupt:
            session.tell("\nStopped. The same command goes on from here; jobs that were submitted go on meanwhile.")
            sys.exit(INTERRUPTED)
    _show(session, done)
    if done.failures():
        sys.exit(FAILED)


@sweep.command()
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--csv", "as_csv", is_flag=True, help="Print the table as CSV.")
@with_session
def show(session: Session, path: Path, as_csv: bool) -> None:
    """Print what a sweep's file holds, without any service.

    \b
    Example:
        quafu-runtime sweep show sweep.db
        quafu-runtime sweep show sweep.db --csv > sweep.csv
    """
    from quafu_runtime.sweep import open_sweep

    found = open_sweep(path)
    if as_csv:
        click.echo(_csv_text(found.rows()), nl=False)
    else:
        _show(session, found)


def _show(session: Session, found: "Sweep") -> None:
    rows = found.rows()
    columns = [Column(name.upper(), name, elastic=name == "result") for name in (rows[0] if rows else ())]
    session.show_table(rows, columns, "No points.")


def _csv_text(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return value if value is None or isinstance(value, str | int | float) else to_json(value)
