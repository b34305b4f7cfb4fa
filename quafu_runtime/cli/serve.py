"""`quafu-runtime serve` and `quafu-runtime server`: a runtime service of your own, and who may use it."""

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from quafu_runtime.cli.render import to_json
from quafu_runtime.cli.session import FAILED, exit_codes, output_options

if TYPE_CHECKING:
    from quafu_runtime.server.folder import Address
    from quafu_runtime.server.settings import Settings

LOCAL_EXTRA = "A runtime service of your own needs more packages: pip install 'quafu-runtime[local]'"

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of all that it keeps; ~/.quafu/runtime if left out.",
)


@click.command()
@click.option("--host", metavar="ADDRESS", help="The address to listen at; 127.0.0.1 if left out.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 8642 if left out, 0 for any free one.")
@data_dir_option
@click.option("--max-jobs", type=click.IntRange(min=1), help="How many jobs run at once; one a core if left out.")
@output_options
def serve(as_json: bool, quiet: bool, port: int | None, **given: Any) -> None:
    """Run a runtime service in the foreground, until Ctrl-C, and save an account for it as the profile `local`.

    \b
    Example:
        quafu-runtime serve
        quafu-runtime serve --port 0 --max-jobs 4 --data-dir ./runtime
    """
    try:
        from quafu_runtime.server.__main__ import LOCAL_PROFILE, save_profile, serve_until_told
    except ModuleNotFoundError as error:
        missing_extra(error)
    from quafu_runtime.server.settings import SERVE_PORT

    def ready(address: "Address", token: str) -> None:
        save_profile(address, token)
        if as_json:
            click.echo(to_json({"url": address.url, "ws_url": address.ws_url, "profile": LOCAL_PROFILE}))
        elif not quiet:
            click.echo(f"A runtime service answers at {address.url} (profile {LOCAL_PROFILE}). Ctrl-C ends it.")

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = settings_of(port=SERVE_PORT if port is None else port, **given)
    if serve_until_told(settings, ready) != 0:
        sys.exit(FAILED)


@click.group()
def server() -> None:
    """Look after a runtime service of your own.

    \b
    Example:
        quafu-runtime server user list
    """


@server.group()
def user() -> None:
    """Add and list those who may use it.

    \b
    Example:
        quafu-runtime server user add alice
    """


@user.command()
@click.argument("name")
@data_dir_option
@output_options
def add(name: str, data_dir: Path | None, as_json: bool, quiet: bool) -> None:
    """Add a user, and print the user's token. It is printed once and kept nowhere.

    \b
    Example:
        quafu-runtime server user add alice
    """
    try:
        from quafu_runtime.server.auth import add_user
    except ModuleNotFoundError as error:
        missing_extra(error)
    with exit_codes():
        token = add_user(settings_of(data_dir=data_dir), name)
    del quiet  # the token is all that is printed
    click.echo(to_json({"name": name, "token": token}) if as_json else token)


@user.command("list")
@data_dir_option
@output_options
def list_(data_dir: Path | None, as_json: bool, quiet: bool) -> None:
    """List the users.

    \b
    Example:
        quafu-runtime server user list
    """
    try:
        from quafu_runtime.server.auth import list_users
    except ModuleNotFoundError as error:
        missing_extra(error)
    with exit_codes():
        names = list_users(settings_of(data_dir=data_dir))
    del quiet  # the names are all that is printed
    click.echo(to_json(names) if as_json else "\n".join(names))


def settings_of(**given: Any) -> "Settings":
    """The settings of a service, with the defaults of what was not given."""
    from quafu_runtime.server.settings import Settings

    return Settings(**{key: value for key, value in given.items() if value is not None})


def missing_extra(error: ModuleNotFoundError) -> NoReturn:
    """Say which extra has the package that is missing, and exit."""
    click.echo(f"{LOCAL_EXTRA} (missing: {error.name})", err=True)
    sys.exit(FAILED)
