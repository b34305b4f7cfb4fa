"""`quafu-runtime serve` and `quafu-runtime server`: a runtime service of your own, and who may use it."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from quafu_runtime.cli.extra import Size, data_dir_option, missing_extra, settings_of
from quafu_runtime.cli.held_to import confinement_of, held_to_options
from quafu_runtime.cli.render import to_json
from quafu_runtime.cli.session import FAILED, exit_codes, output_options
from quafu_runtime.cli.users import user

if TYPE_CHECKING:
    from quafu_runtime.server.folder import Address
    from quafu_runtime.server.settings import Settings

file_path = click.Path(path_type=Path, dir_okay=False)

HOW_IT_ENDS = "Ctrl-C ends it with what runs; SIGTERM leaves that to the next one."


@click.command()
@click.option("--host", metavar="ADDRESS", help="The address to listen at; 127.0.0.1 if left out.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 8642 if left out, 0 for any free one.")
@click.option("--tls-cert", type=file_path, help="The certificate to show, in PEM: callers use https and wss.")
@click.option("--tls-key", type=file_path, help="Its private key; left out where the certificate's file has it.")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="Another name that callers use.")
@data_dir_option
@click.option("--max-jobs", type=click.IntRange(min=1), help="How many jobs run at once; one a core if left out.")
@click.option(
    "--max-jobs-per-user", type=click.IntRange(min=1), help="How many of them are one user's; all if left out."
)
@click.option("--min-free-memory", type=Size(), help="Memory to be free when another job starts; 512M if left out.")
@click.option("--limit", "limits", multiple=True, metavar="NAME=NUMBER", help="Another limit for callers.")
@held_to_options
@output_options
def serve(*, as_json: bool, quiet: bool, port: int | None, limits: Sequence[str], **given: Any) -> None:
    """Run a runtime service in the foreground, until Ctrl-C, and save an account for it as the profile `local`.

    Ctrl-C ends the jobs that run, too. SIGTERM leaves them to the next service of the folder, for which they wait half
    a minute.

    \b
    Example:
        quafu-runtime serve
        quafu-runtime serve --port 0 --max-jobs 4 --data-dir ./runtime
        quafu-runtime serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem --allow-host lab.example.org
        quafu-runtime serve --sandbox auto --no-network
        quafu-runtime serve --job-memory 16G --job-processes 64
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
            click.echo(f"A runtime service answers at {address.url} (profile {LOCAL_PROFILE}). {HOW_IT_ENDS}")

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    confinement = confinement_of(given)
    port = SERVE_PORT if port is None else port
    settings = settings_of(port=port, limits=_limits(limits), confinement=confinement, **given)
    _caution(settings)
    if serve_until_told(settings, ready) != 0:
        sys.exit(FAILED)


@click.group()
def server() -> None:
    """Look after a runtime service of your own.

    \b
    Example:
        quafu-runtime server user list
    """


server.add_command(user)


def _limits(texts: Sequence[str]) -> Any:
    from quafu_runtime.server.settings import limits_of

    try:
        return limits_of(texts)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _caution(settings: "Settings") -> None:
    """Check the files of TLS, and say on standard error what is not as safe as it could be."""
    from quafu_runtime.server.tls import cautions, server_context

    with exit_codes():
        server_context(settings)
    for caution in cautions(settings):
        click.echo(f"Warning: {caution}", err=True)
