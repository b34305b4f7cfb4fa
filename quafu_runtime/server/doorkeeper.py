"""Tells whose a token is, and sees off those whose token was revoked while they were in.

A token may be revoked by another process, which can only write it to the store. What is known of tokens is therefore
forgotten after `TRUST`, and as long as somebody stays, the store is asked as often who must leave.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from attrs import define, field, frozen
from sqlalchemy.exc import SQLAlchemyError

from quafu_runtime.server.auth import hash_of
from quafu_runtime.server.hub import Hub
from quafu_runtime.server.store import users
from quafu_runtime.server.store.store import Store
from quafu_runtime.server.store.users import User
from quafu_runtime.server.wire import too_much

TRUST = 0.4
"""Seconds for which a token that was good counts as good, so that the store is not asked at each request."""

REMEMBERED = 10_000
"""Tokens that are remembered: more than there are users, and only good ones are."""


TOO_MANY = 429
STAY_PAUSE = 5
"""Seconds after which a user whose stays are all in use should ask again."""


@frozen
class _Known:
    user: User
    until: float


@define(eq=False)
class Visit:
    """The stay of a user: an open stream, or a call that waits.

    Attributes:
        user: Who stays.
        over: Set when the user's token was revoked.
    """

    user: User
    over: asyncio.Event = field(factory=asyncio.Event)


class Doorkeeper:
    """Tells whose a token is, without asking the store each time."""

    def __init__(self, store: Store, hub: Hub, stays_per_user: int) -> None:
        self._store = store
        self._hub = hub
        self._stays_per_user = stays_per_user
        self._stays: Counter[User] = Counter()
        self._known: dict[str, _Known] = {}
        self._visits: set[Visit] = set()
        self._watching: asyncio.Task[None] | None = None

    async def user(self, token: str | None) -> User | None:
        """The user who has this token, or None.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: The store refused.
        """
        if not token:
            return None
        token_hash = hash_of(token)
        known = self._known.get(token_hash)
        if known is not None and known.until > time.monotonic():
            return known.user
        self._known.pop(token_hash, None)
        asked_at = time.monotonic()
        user = await self._store.read(users.by_token_hash, token_hash)
        if user is not None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[token_hash] = _Known(user, asked_at + TRUST)
        return user

    def require_place(self, user: User) -> None:
        """See that a user has not as many streams and waiting calls open as one may.

        Raises:
            Refusal: There is no place for another one, until one of them has ended.
        """
        if self._stays[user] >= self._stays_per_user:
            message = f"You have {self._stays_per_user} streams and waiting calls open, as many as one user may."
            raise too_much(TOO_MANY, message, STAY_PAUSE)

    @contextmanager
    def visit(self, user: User) -> Iterator[Visit]:
        """Let a user stay, until the end of the block or of the user's token."""
        visit = Visit(user)
        self._visits.add(visit)
        self._stays[user] += 1
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch())
        try:
            yield visit
        finally:
            self._visits.discard(visit)
            self._stays[user] -= 1
            if not self._stays[user]:
                del self._stays[user]
            if not self._visits and self._watching is not None:
                self._watching.cancel()
                self._watching = None

    async def _watch(self) -> None:
        """See off those whose token is revoked, for as long as anybody stays."""
        while True:
            await asyncio.sleep(TRUST)
            try:
                revoked = await self._store.read(users.revoked)
            except SQLAlchemyError:
                continue  # nobody can be told from anybody else just now; those who stay were let in
            leaving = [visit for visit in self._visits if visit.user.number in revoked and not visit.over.is_set()]
            for visit in leaving:
                visit.over.set()
            if leaving:
                self._hub.wake_all()
