"""When a card is drawn again: soon after something came, seldom while only the time goes on. No I/O."""

import time
from typing import Final

SHORTEST: Final = 0.25
"""Seconds between two changes of a card: faster than that nobody reads, and the notebook has other things to do."""

_SECOND: Final = 1.0
_MINUTE: Final = 60.0
_LONG: Final = 10.0
"""Seconds between two changes that only show the time, and two questions to the service, after the first minute."""


class Pace:
    """When one card is drawn, and when its job's status is asked for."""

    def __init__(self) -> None:
        self._began = self._drawn_at = self._asked_at = time.monotonic()
        self._changed = False

    def changed(self) -> None:
        """Something is there that is not drawn yet."""
        self._changed = True

    def drawn(self) -> None:
        """All is drawn."""
        self._drawn_at, self._changed = time.monotonic(), False

    def asked(self) -> None:
        """The service has been asked for the status."""
        self._asked_at = time.monotonic()

    @property
    def must_draw(self) -> bool:
        """Whether it is time to draw."""
        since = time.monotonic() - self._drawn_at
        return since >= (SHORTEST if self._changed else self._seldom())

    @property
    def must_ask(self) -> bool:
        """Whether it is time to ask."""
        return time.monotonic() - self._asked_at >= self._seldom()

    def _seldom(self) -> float:
        return _SECOND if time.monotonic() - self._began < _MINUTE else _LONG
