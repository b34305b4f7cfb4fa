"""`quafu-runtime server user`: who may use a runtime service of your own."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import asdict

from quafu_runtime.cli.extra import data_dir_option, missing_extra, settings_of
from quafu_runtime.cli.render import to_json
from quafu_runtime.cli.session import exit_codes, output_options
from quafu_runtime.cli.table import Column, table_text

if TYPE_CHECKING:
    from quafu_runtime.server.store.users import Revoked

PREFIX = "student-"
FEWEST_DIGITS = 2

COLUMNS = (
    Column("Name", "name"),
    Column("Owner", "is_owner"),
    Column("Since", "created_at"),
    Column("Revoked", "revoked_at"),
)


@click.group()
def user() -> None:
    """Add, list and revoke those who may use it.

    \b
    Example:
        quafu-runtime server user add alice
    """


@user.command()
@click.argument("name", required=False)
@click.option("--count", type=click.IntRange(1, 10_000), help="Add so many, in place of one with a NAME.")
@click.option("--prefix", help=f"What their names begin with, before a number; {PREFIX} if left out.")
@click.option("--csv", "as_csv", is_flag=True, help="Print names and tokens as a table for a spreadsheet.")
@data_dir_option
@output_options
def add(  # noqa: PLR0917 - click gives them by their names
    name: str | None,
    count: int | None,
    prefix: str | None,
    data_dir: Path | None,
    as_csv: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Add a user, or many, and print the tokens. They are printed once and kept nowhere.

    \b
    Example:
        quafu-runtime server user add alice
        quafu-runtime server user add --count 30 --csv > tokens.csv
    """
    try:
        from quafu_runtime.server.auth import add_users
    except ModuleNotFoundError as error:
        missing_extra(error)
    names = _names(name, count, prefix)
    with exit_codes():
        tokens = add_users(settings_of(data_dir=data_dir), names)
    del quiet  # the tokens are all that is printed
    if as_csv:
        click.echo(_csv(tokens), nl=False)
    elif as_json:
        rows = [{"name": name, "token": token} for name, token in tokens.items()]
        click.echo(to_json(rows if name is None else rows[0]))
    else:
        click.echo("\n".join(tokens.values() if name else (f"{each}\t{token}" for each, token in tokens.items())))


@user.command("list")
@data_dir_option
@output_options
def list_(data_dir: Path | None, as_json: bool, quiet: bool) -> None:
    """List the users, those whose token was revoked too.

    \b
    Example:
        quafu-runtime server user list
    """
    try:
        from quafu_runtime.server.auth import list_users
    except ModuleNotFoundError as error:
        missing_extra(error)
    with exit_codes():
        rows = [asdict(entry) for entry in list_users(settings_of(data_dir=data_dir))]
    for row in rows:
        for key in ("created_at", "revoked_at"):
            row[key] = None if row[key] is None else row[key].isoformat(timespec="seconds")
    del quiet  # the list is all that is printed
    click.echo(to_json(rows) if as_json else table_text(rows, COLUMNS), nl=as_json)


@user.command()
@click.argument("name")
@data_dir_option
@output_options
def revoke(name: str, data_dir: Path | None, as_json: bool, quiet: bool) -> None:
    """Make a user's token worth nothing, within a second and for good.

    What runs goes on to its end; what waits is not started any more. Nobody is given the name again.

    \b
    Example:
        quafu-runtime server user revoke alice
    """
    try:
        from quafu_runtime.server.auth import revoke_user
    except ModuleNotFoundError as error:
        missing_extra(error)
    with exit_codes():
        revoked = revoke_user(settings_of(data_dir=data_dir), name)
    if as_json:
        click.echo(to_json({"name": name, "running": revoked.running, "waiting": revoked.waiting}))
    elif not quiet:
        click.echo(_effect(name, revoked))


def _names(name: str | None, count: int | None, prefix: str | None) -> list[str]:
    if (name is None) == (count is None):
        message = "Give the NAME of one user, or --count for many."
        raise click.UsageError(message)
    if name is not None:
        if prefix is not None:
            message = "--prefix is for the names of many: give --count as well, in place of a NAME."
            raise click.UsageError(message)
        return [name]
    digits = max(len(str(count)), FEWEST_DIGITS)
    return [f"{PREFIX if prefix is None else prefix}{number:0{digits}}" for number in range(1, (count or 0) + 1)]


def _csv(tokens: Mapping[str, str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "token"))
    writer.writerows(tokens.items())
    return text.getvalue()


def _effect(name: str, revoked: "Revoked") -> str:
    running = f" {revoked.running} of their jobs run on to the end." if revoked.running else ""
    waiting = f" {revoked.waiting} that wait are not started any more." if revoked.waiting else ""
    return f"The token of {name} is worth nothing any more.{running}{waiting}"
