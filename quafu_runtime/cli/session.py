"""What every command that talks to a service shares: its options, its service, its errors, its output."""

import functools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from quafu_runtime.cli.completion import profiles
from quafu_runtime.cli.render import to_json
from quafu_runtime.cli.table import Column, coloured, table_text
from quafu_runtime.errors import ArgumentError, ProgramNotValidError, QuafuRuntimeError

if TYPE_CHECKING:
    from quafu_runtime.service import RuntimeService

FAILED = 1
USAGE = 2
INTERRUPTED = 130
"""What a shell expects of a command that Ctrl-C has ended."""


@frozen
class Session:
    """The choices of one call of the command line.

    Attributes:
        profile: The saved profile to use, or None for the default one.
        as_json: Whether data is printed as JSON.
        quiet: Whether nothing but data is printed.
    """

    profile: str | None
    as_json: bool
    quiet: bool

    def service(self) -> "RuntimeService":
        """The service of the chosen account."""
        from quafu_runtime.service import RuntimeService

        return RuntimeService(profile=self.profile)

    def show(self, data: object, text: str) -> None:
        """Print data: as JSON where that was asked for, else as a text for people."""
        click.echo(to_json(data) if self.as_json else text)

    def show_table(self, rows: Sequence[dict[str, Any]], columns: Sequence[Column], empty: str) -> None:
        """Print rows: as a JSON list, as a table in a terminal, or with tabs between the cells in a pipe.

        Args:
            rows: One mapping a row.
            columns: What is shown of each, in which order.
            empty: What a person is told where there is no row.
        """
        if self.as_json:
            click.echo(to_json(rows))
        elif rows:
            click.echo(table_text(rows, columns), nl=False)
        else:
            self.tell(empty)

    def tell(self, text: str) -> None:
        """Say something to a person, on standard error, unless only data is wanted."""
        if not (self.quiet or self.as_json):
            click.echo(text, err=True)


def profile_option(function: Callable[..., None]) -> Callable[..., None]:
    """The option that chooses a saved account."""
    return click.option(
        "--profile",
        metavar="NAME",
        help="The saved account to use.",
        shell_complete=profiles,
    )(function)


def output_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options that say what is printed, and how."""
    quiet = click.option("--quiet", "-q", is_flag=True, help="Print nothing but data.")
    return click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")(quiet(function))


def with_session(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--profile`, `--json` and `--quiet`, and turn the errors of the package into exit codes."""

    @profile_option
    @output_options
    @functools.wraps(function)
    def command(profile: str | None, as_json: bool, quiet: bool, **arguments: Any) -> None:
        with exit_codes():
            function(Session(profile, as_json, quiet), **arguments)

    return command


def complain(text: str) -> None:
    """Say on standard error what went wrong."""
    click.echo(f"{coloured('Error:', 'red', bold=True, stream=sys.stderr)} {text}", err=True)


@contextmanager
def exit_codes() -> Iterator[None]:
    """Print an error of the package to standard error, and exit: with 2 where an argument was wrong, else with 1."""
    try:
        yield
    except QuafuRuntimeError as error:
        complain(str(error))
        is_usage = isinstance(error, ArgumentError) and not isinstance(error, ProgramNotValidError)
        sys.exit(USAGE if is_usage else FAILED)
