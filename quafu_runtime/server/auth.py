"""The users of a service, each with a token of which only the hash is kept: added, listed, revoked."""

import hashlib
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from quafu_runtime.errors import ArgumentError
from quafu_runtime.server.folder import make_private, write_private
from quafu_runtime.server.settings import Settings
from quafu_runtime.server.store import users
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.users import Entry, Revoked

TOKEN_BYTES = 32
"""256 random bits cannot be guessed, so that a plain hash of them protects them and no slow one is needed."""

MAX_NAME = 64
"""Characters of a user's name."""

_NAME = re.compile(r"[^\s/,\"']+")
"""One word, of which neither a shell nor a table of values makes two."""


def new_token() -> str:
    """A token that nobody has had."""
    return secrets.token_hex(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def add_user(settings: Settings, name: str) -> str:
    """Add a user to a service, whether it runs or not.

    Args:
        settings: Which service: its data folder.
        name: The user's name.

    Returns:
        The user's token. It is kept nowhere, and cannot be had again.

    Raises:
        ArgumentError: The name is taken, or is none.
        OSError: The data folder cannot be made or written.
    """
    return add_users(settings, [name])[name]


def add_users(settings: Settings, names: Sequence[str]) -> dict[str, str]:
    """Add users to a service, whether it runs or not: all of them, or none.

    Args:
        settings: Which service: its data folder.
        names: The users' names.

    Returns:
        The token of each, by the name. They are kept nowhere, and cannot be had again.

    Raises:
        ArgumentError: A name is taken, or is none. A name is never given again, also not after it was revoked: what
            its user has left behind would be somebody else's.
        OSError: The data folder cannot be made or written.
    """
    for name in names:
        if _NAME.fullmatch(name) is None or len(name) > MAX_NAME or not name.isprintable():
            message = f"A user's name is a word of at most {MAX_NAME} characters without a slash, not {name!r}."
            raise ArgumentError(message)
    tokens = {name: new_token() for name in names}
    hashes = {name: hash_of(token) for name, token in tokens.items()}
    with _opened(settings) as database, database.connect(Access.WRITE_DURABLY) as connection:
        taken = users.add(connection, hashes, datetime.now(UTC))
    if taken:
        message = f"There is, or was, a user named {' and one named '.join(taken)} already. Nobody was added."
        raise ArgumentError(message)
    return tokens


def list_users(settings: Settings) -> list[Entry]:
    """A service's users, in the order in which they were added.

    Raises:
        OSError: The data folder cannot be made or written.
    """
    with _opened(settings) as database, database.connect(Access.READ) as connection:
        return users.everyone(connection)


def revoke_user(settings: Settings, name: str) -> Revoked:
    """Make a user's token worth nothing. A service that runs lets nobody in with it any more within a second.

    Args:
        settings: Which service: its data folder.
        name: The user's name.

    Returns:
        What becomes of the user's jobs.

    Raises:
        ArgumentError: There is no such user, the token was revoked before, or it is the owner's.
        OSError: The data folder cannot be made or written.
    """
    with _opened(settings) as database, database.connect(Access.WRITE_DURABLY) as connection:
        revoked = users.revoke(connection, name, datetime.now(UTC))
        entry = next((entry for entry in users.everyone(connection) if entry.name == name), None)
    if revoked is not None:
        return revoked
    raise ArgumentError(_why_not_revoked(settings, name, entry))


def _why_not_revoked(settings: Settings, name: str, entry: Entry | None) -> str:
    if entry is None:
        return f"There is no user named {name!r}. `quafu-runtime server user list` names them."
    if entry.is_owner:
        return (
            f"{name} is the owner of this service, who is always let in. To give the owner another token, end the "
            f"service, delete {settings.owner_token} and start it again."
        )
    return f"The token of {name} was revoked already."


def ensure_owner(database: Database, settings: Settings) -> str:
    """Make sure that the service has its owner, whose token is in a file of the data folder and stays.

    Returns:
        The owner's token.

    Raises:
        OSError: The file cannot be read or written.
    """
    try:
        token = settings.owner_token.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        token = new_token()
        write_private(settings.owner_token, token + "\n")
    with database.connect(Access.WRITE_DURABLY) as connection:
        users.set_owner(connection, settings.owner, hash_of(token), datetime.now(UTC))
    return token


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    make_private(settings.data_dir)
    with closing(Database(settings.database)) as database:
        migrate(database)
        yield database
