"""What every command that talks to a service shares: its options, its service, its errors, its output."""

import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from quafu_runtime.errors import ArgumentError, ProgramNotValidError, QuafuRuntimeError

if TYPE_CHECKING:
    from quafu_runtime.service import RuntimeService

FAILED = 1
USAGE = 2


@frozen
class Session:
    """The choices of one call of the command line.

    Attributes:
        profile: The saved profile to use, or None for the default one.
        as_json: Whether data is printed as JSON.
    """

    profile: str | None
    as_json: bool

    def service(self) -> "RuntimeService":
        """The service of the chosen account."""
        from quafu_runtime.service import RuntimeService

        return RuntimeService(profile=self.profile)

    def show(self, data: object, text: str) -> None:
        """Print data: as JSON where that was asked for, else as a text for people."""
        click.echo(to_json(data) if self.as_json else text)


def to_json(data: object) -> str:
    """Any value that a job can return, as readable plain JSON on one line."""
    from quafu_runtime.codec import encode

    return json.dumps(json.loads(encode(data).text), ensure_ascii=False)


def with_session(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command `--profile` and `--json`, and turn the errors of the package into exit codes."""

    @click.option("--profile", envvar="QUAFU_RUNTIME_PROFILE", metavar="NAME", help="The saved account to use.")
    @click.option("--json", "as_json", is_flag=True, help="Print data as JSON.")
    @functools.wraps(function)
    def command(profile: str | None, as_json: bool, **arguments: Any) -> None:
        with exit_codes():
            function(Session(profile, as_json), **arguments)

    return command


@contextmanager
def exit_codes() -> Iterator[None]:
    """Print an error of the package to standard error, and exit: with 2 where an argument was wrong, else with 1."""
    try:
        yield
    except QuafuRuntimeError as error:
        click.echo(f"Error: {error}", err=True)
        is_usage = isinstance(error, ArgumentError) and not isinstance(error, ProgramNotValidError)
        sys.exit(USAGE if is_usage else FAILED)
