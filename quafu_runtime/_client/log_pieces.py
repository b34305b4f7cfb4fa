"""A log that grows, cut into the pieces that are new each time that it is looked at. No I/O."""

from collections.abc import Iterator

from quafu_runtime._client.stream import LOG, Arrived

PAUSE = 1.0
"""Seconds between two looks at a log: as `tail -f` does."""

_COMPARED = 1_000
"""Characters by which the place is found again in a log whose beginning was cut off."""


class LogPieces:
    """What of a log has been seen.

    Attributes:
        ended: Whether the job had ended before the last look, so that all of its log has been seen.
    """

    def __init__(self) -> None:
        self.ended = False
        self._seen: str | None = None
        self._count = 0

    @property
    def pause(self) -> float:
        """Seconds to wait before the next look."""
        return 0.0 if self._seen is None else PAUSE

    def new(self, text: str, ended: bool) -> Iterator[Arrived]:
        """Look at the log.

        Args:
            text: All of it, as far as it goes.
            ended: Whether the job had ended before it was asked for.

        Returns:
            What is new, as at most one piece.
        """
        piece = text[_end_of(self._seen or "", text) :]
        self._seen, self.ended = text, ended
        if piece:
            self._count += 1
            yield Arrived(LOG, self._count, piece, None, None)


def _end_of(seen: str, text: str) -> int:
    """Where in a text that continues another one the new part begins."""
    if text.startswith(seen):
        return len(seen)
    known = seen[-_COMPARED:]
    found = text.rfind(known)
    return 0 if found < 0 else found + len(known)
