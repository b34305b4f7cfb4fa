"""`quafu-runtime login`, `logout` and `accounts`: which token goes to which service."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from quafu_runtime.cli.session import FAILED, USAGE, Session, with_session
from quafu_runtime.cli.table import Column, coloured

if TYPE_CHECKING:
    from quafu_runtime.account import Account

TOKEN_VARIABLE = "QUAFU_RUNTIME_API_TOKEN"  # noqa: S105 - the name of a variable
CHECK_TIMEOUT = 10.0
"""Seconds in which a service says whether it accepts a token."""

LARGEST_TOKEN = 64 * 1024
"""Characters that are read from standard input; a token has some dozens."""

ACCEPTED = "accepted"
REFUSED = "refused"
UNREACHABLE = "unreachable"
FAILING = "failing"
COLUMNS = (
    Column("", "in_use", shown=lambda value: "*" if value else ""),
    Column("PROFILE", "profile"),
    Column("URL", "url"),
    Column("TOKEN FROM", "source", elastic=True),
)
CHECKED = Column("TOKEN", "token")


@click.command()
@click.option("--url", metavar="URL", help="The service's address; the profile's own, or the deployed service's.")
@click.option("--ws-url", metavar="URL", help="The address of its stream; the host and port of --url if left out.")
@click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
@click.option("--no-check", is_flag=True, help="Save the token without asking the service whether it accepts it.")
@click.option("--require-tls", is_flag=True, default=None, help="Send the token of this profile only encrypted.")
@with_session
def login(
    session: Session,
    *,
    url: str | None,
    ws_url: str | None,
    token_stdin: bool,
    no_check: bool,
    require_tls: bool | None,
) -> None:
    """Ask for an API token, without showing it, check it at the service, and save it.

    Nothing is saved where the service refuses the token or cannot be reached. A profile that is there already keeps
    its address, and whether its token is only sent encrypted.

    \b
    Example:
        quafu-runtime login
        quafu-runtime login --profile lab --url http://127.0.0.1:8642/
        cat token.txt | quafu-runtime login --profile lab --token-stdin
    """
    from quafu_runtime.account import Account

    token = _from_stdin() if token_stdin else _asked_for()
    account = Account(token, url=url, ws_url=ws_url, profile=_profile_of(session), require_tls=require_tls)
    if not no_check:
        _check_before_saving(account)
    account.save()
    saved = {"profile": account.profile, "url": account.get_url(), "ws_url": account.get_url_ws()}
    how = "not checked" if no_check else "the service accepts the token"
    _say(
        session, {**saved, "checked": not no_check}, f"Saved as profile {account.profile}, for {saved['url']} ({how})."
    )
    _warn_of_variable(session)


@click.command()
@with_session
def logout(session: Session) -> None:
    """Remove a saved account from this machine: the default one, or that of --profile.

    \b
    Example:
        quafu-runtime logout
        quafu-runtime logout --profile lab
    """
    from quafu_runtime.account import Account

    account = Account(profile=_profile_of(session))
    if account.profile not in Account.profiles():
        account.load_account()  # which says that there is none, and what there is
    account.delete()
    left = Account.profiles()
    text = f"Removed profile {account.profile}. Left: {', '.join(left) or 'none'}."
    _say(session, {"profile": account.profile, "left": left}, text)
    _warn_of_variable(session)


@click.command()
@click.option(
    "--check", is_flag=True, help="Ask each service whether it accepts the token; exits with 1 if one does not."
)
@with_session
def accounts(session: Session, check: bool) -> None:
    """List the accounts of this machine: their services, where each token comes from, and which one is in use.

    \b
    Example:
        quafu-runtime accounts
        quafu-runtime accounts --check --json
    """
    from quafu_runtime.account import Account

    found: list[tuple[str | None, Account]] = [(name, Account(profile=name)) for name in Account.profiles()]
    if os.environ.get(TOKEN_VARIABLE):
        found.insert(0, (None, Account()))
    rows = [_row(name, account, _in_use(session)) for name, account in found]
    if check:
        _add_checks(rows, [account for _, account in found])
    session.show_table(rows, (*COLUMNS, CHECKED) if check else COLUMNS, "No account is saved: quafu-runtime login")
    if check:
        _end_with_complaints(session, rows)


def _profile_of(session: Session) -> str:
    """The profile that is saved or removed: the one that is named, else the default one."""
    from quafu_runtime.account.environment import environment_profile
    from quafu_runtime.account.profiles import DEFAULT_PROFILE

    return session.profile or environment_profile() or DEFAULT_PROFILE


def _asked_for() -> str:
    if not sys.stdin.isatty():
        _fail("There is no terminal to ask for the token in: give it with --token-stdin.", USAGE)
    token: str = click.prompt("API token", hide_input=True)
    return token.strip()


def _from_stdin() -> str:
    return sys.stdin.read(LARGEST_TOKEN).strip()


def _check_before_saving(account: "Account") -> None:
    from quafu_runtime.errors import AuthenticationError, QuafuRuntimeError

    try:
        _ask(account)
    except AuthenticationError as error:
        said = f' It says: "{error.service_message}"' if error.service_message else ""
        _fail(f"The service at {account.get_url()} does not accept this token.{said} Nothing was saved.")
    except QuafuRuntimeError as error:
        _fail(f"{error} Nothing was saved: --no-check saves the token without asking the service.")


def _ask(account: "Account") -> None:
    from quafu_runtime.service import RuntimeService

    with RuntimeService(account, request_timeout=CHECK_TIMEOUT) as service:
        service.programs(limit=1)


def _in_use(session: Session) -> str | None:
    """The profile that commands use now, or None where the environment's token is used."""
    if session.profile is None and os.environ.get(TOKEN_VARIABLE):
        return None
    return _profile_of(session)


def _row(name: str | None, account: "Account", in_use: str | None) -> dict[str, Any]:
    from quafu_runtime.errors import AccountError

    row: dict[str, Any] = {"profile": name, "in_use": name == in_use}
    try:
        found = account.credentials()
    except AccountError as error:
        return {**row, "url": None, "ws_url": None, "source": error.message}
    return {**row, "url": found.url, "ws_url": found.ws_url, "source": found.source}


def _add_checks(rows: Sequence[dict[str, Any]], found: "Sequence[Account]") -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max(1, len(found))) as threads:
        for row, (token, detail) in zip(rows, threads.map(_state_of_token, found), strict=True):
            row.update(token=token, detail=detail)


def _state_of_token(account: "Account") -> tuple[str, str | None]:
    """What the service says of a token, in a word, and why."""
    from quafu_runtime.errors import AuthenticationError, ConnectionFailedError, DeadlineError, QuafuRuntimeError

    try:
        _ask(account)
    except AuthenticationError as error:
        return REFUSED, error.message
    except (ConnectionFailedError, DeadlineError) as error:
        return UNREACHABLE, error.message
    except QuafuRuntimeError as error:
        return FAILING, error.message
    return ACCEPTED, None


def _end_with_complaints(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    complaints = [row for row in rows if row["token"] != ACCEPTED]
    for row in complaints:
        session.tell(f"{row['profile'] or TOKEN_VARIABLE}: {row['detail']}")
    if complaints:
        sys.exit(FAILED)


def _say(session: Session, data: dict[str, Any], text: str) -> None:
    if session.as_json or not session.quiet:
        session.show(data, text)


def _fail(message: str, code: int = FAILED) -> NoReturn:
    click.echo(f"{coloured('Error:', 'red', bold=True, stream=sys.stderr)} {message}", err=True)
    sys.exit(code)


def _warn_of_variable(session: Session) -> None:
    if os.environ.get(TOKEN_VARIABLE):
        session.tell(f"{TOKEN_VARIABLE} is set, and its token is used before any that is saved.")
