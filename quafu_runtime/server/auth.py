"""Who may call: users, each with a token of which only the hash is kept."""

import hashlib
import secrets
from datetime import UTC, datetime

from quafu_runtime.errors import ArgumentError
from quafu_runtime.server.folder import make_private, write_private
from quafu_runtime.server.settings import Settings
from quafu_runtime.server.store import users
from quafu_runtime.server.store.database import Access, Database
from quafu_runtime.server.store.migrate import migrate
from quafu_runtime.server.store.store import Store
from quafu_runtime.server.store.users import User

TOKEN_BYTES = 32
"""256 random bits cannot be guessed, so that a plain hash of them protects them and no slow one is needed."""

MAX_NAME = 64
"""Characters of a user's name."""


def new_token() -> str:
    """A token that nobody has had."""
    return secrets.token_hex(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Doorkeeper:
    """Tells whose a token is, without asking the store each time: a token that was good once stays good."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, User] = {}

    async def user(self, token: str | None) -> User | None:
        """The user who has this token, or None."""
        if not token:
            return None
        token_hash = hash_of(token)
        user = self._known.get(token_hash) or await self._store.read(users.by_token_hash, token_hash)
        if user is not None:
            self._known[token_hash] = user
        return user


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
    if not name.strip() or name != name.strip() or "/" in name or len(name) > MAX_NAME or not name.isprintable():
        message = f"A user's name is a word of at most {MAX_NAME} characters without a slash, not {name!r}."
        raise ArgumentError(message)
    token = new_token()
    database = _open(settings)
    try:
        with database.connect(Access.WRITE_DURABLY) as connection:
            added = users.add(connection, name, hash_of(token), datetime.now(UTC))
    finally:
        database.close()
    if not added:
        message = f"There is a user named {name} already."
        raise ArgumentError(message)
    return token


def list_users(settings: Settings) -> list[str]:
    """The names of a service's users, in the order in which they were added.

    Raises:
        OSError: The data folder cannot be made or written.
    """
    database = _open(settings)
    try:
        with database.connect(Access.READ) as connection:
            return [user.name for user in users.everyone(connection)]
    finally:
        database.close()


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


def _open(settings: Settings) -> Database:
    make_private(settings.data_dir)
    database = Database(settings.database)
    migrate(database)
    return database
