"""The events of a job that its runner has not sent yet: numbered, in order, and cut into batches."""

import json
from collections import deque
from datetime import UTC, datetime

LOG_EVENT_CHARACTERS = 64 * 1024
"""The longest text of one log event: what is printed quickly is put together, up to here."""

BATCH_BYTES = 4 * 1024 * 1024
"""About how much is sent at once. A batch has one event at least, which may be larger."""

BATCH_EVENTS = 1000
"""How many events are sent at once at most: so many rows are one short transaction."""

PENDING_LIMIT = 8 * 1024 * 1024
"""How many bytes may wait: with more, the runner stops reading, and the program waits in `print` or `publish`."""


class Outbox:
    """What waits to be sent, each event as the JSON text that it will be sent as."""

    def __init__(self) -> None:
        self._closed: deque[str] = deque()
        self._closed_bytes = 0
        self._log: list[str] = []
        self._log_characters = 0
        self._log_at: datetime | None = None
        self._seq = 0
        self.is_pressing = False
        """Whether something waits that somebody may be watching for; nobody watches the ledger."""

    @property
    def size(self) -> int:
        """About how many bytes wait."""
        return self._closed_bytes + self._log_characters

    @property
    def is_one_batch(self) -> bool:
        """Whether the next batch takes all that waits."""
        # A batch ends with the event that makes it too large, so that one of this size is taken whole.
        return self.size <= BATCH_BYTES and len(self._closed) + bool(self._log) <= BATCH_EVENTS

    @property
    def is_full(self) -> bool:
        """Whether so much waits that no more should be taken in."""
        return self.size >= PENDING_LIMIT

    def add_log(self, text: str) -> None:
        """Add to the log.

        Args:
            text: What was printed, of any length.
        """
        self.is_pressing = self.is_pressing or bool(text)
        while text:
            room = LOG_EVENT_CHARACTERS - self._log_characters
            piece, text = text[:room], text[room:]
            self._log_at = self._log_at or datetime.now(UTC)
            self._log.append(piece)
            self._log_characters += len(piece)
            if self._log_characters >= LOG_EVENT_CHARACTERS:
                self._close_log()

    def add_interim(self, text: str, types: str | None) -> None:
        """Add an interim result.

        Args:
            text: The message as the codec wrote it.
            types: The JSON text of the codec's types beside it, or None.
        """
        self.is_pressing = True
        self._close_log()
        self._close("interim", text, types, datetime.now(UTC))

    def add_circuit(self, record: str) -> None:
        """Add a line of the ledger.

        Args:
            record: Of one circuit, as JSON.
        """
        self._close_log()
        self._close("circuit", record, None, datetime.now(UTC))

    def take(self) -> str:
        """Take out a batch, to be sent.

        Returns:
            A JSON array of events, oldest first; an empty one where nothing waits.
        """
        self._close_log()
        batch: list[str] = []
        size = 0
        while self._closed and size < BATCH_BYTES and len(batch) < BATCH_EVENTS:
            event = self._closed.popleft()
            size += len(event)
            batch.append(event)
        self._closed_bytes -= size
        self.is_pressing = self.is_pressing and bool(self._closed)
        return f"[{','.join(batch)}]"

    def _close_log(self) -> None:
        if self._log_at is None:
            return
        self._close("log", "".join(self._log), None, self._log_at)
        self._log.clear()
        self._log_characters = 0
        self._log_at = None

    def _close(self, kind: str, text: str, types: str | None, at: datetime) -> None:
        self._seq += 1
        # Not ASCII: programs that print or publish anything else print characters of several bytes.
        written = json.dumps(text, ensure_ascii=False)
        moment = at.isoformat(timespec="microseconds")
        beside = f'"types": {types or "null"}, "at": "{moment}"'
        self._closed.append(f'{{"seq": {self._seq}, "kind": "{kind}", "text": {written}, {beside}}}')
        self._closed_bytes += len(self._closed[-1])
