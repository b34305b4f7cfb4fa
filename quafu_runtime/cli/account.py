"""`quafu-runtime login`: save an account."""

import click

from quafu_runtime.cli.session import exit_codes


@click.command()
@click.option("--profile", metavar="NAME", help="Save under this name, beside the default account.")
@click.option("--url", metavar="URL", help="The service's address; the deployed service where it is left out.")
@click.option("--ws-url", metavar="URL", help="The address of its stream; the host and port of --url if left out.")
def login(profile: str | None, url: str | None, ws_url: str | None) -> None:
    """Ask for an API token, without showing it, and save it.

    \b
    Example:
        quafu-runtime login
        quafu-runtime login --profile lab --url http://127.0.0.1:8642/
    """
    from quafu_runtime.account import Account

    token = click.prompt("API token", hide_input=True)
    with exit_codes():
        Account(token, url=url, ws_url=ws_url, profile=profile).save()
    click.echo(f"Saved as {f'profile {profile!r}' if profile else 'the default account'}.")
