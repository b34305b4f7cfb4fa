"""What a program prints and says, taken in by its runner in the order in which it happened."""

import contextlib
import os
import selectors
import socket
import time

from quafu_runtime.server.runner.circuit_record import RECORDS_LIMIT, CircuitRecord
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.excess import too_much_published
from quafu_runtime.server.runner.frames import ACKNOWLEDGED, Frame, FrameReader, Kind, MalformedFrameError
from quafu_runtime.server.runner.log_text import LogText
from quafu_runtime.server.runner.outbox import Outbox

PARTIAL_LINE_DELAY = 0.05
"""Seconds after which a part of a line is shown, as by a program that prints dots while it works."""

_OUTPUT_AT_ONCE = 64 * 1024
"""As much as a pipe holds, unless a program has made its own larger."""

_LARGEST_PIPE = 1024 * 1024
"""As much as a pipe can hold that was not made by the administrator: what was printed before a message is within it."""

_CHANNEL_AT_ONCE = 256 * 1024

BESIDE_A_MESSAGE = 100
"""Bytes that an interim result takes beside its text, so that those without any are not published without end."""

LEDGER_CUT = f"[Circuits after this are not in the ledger: that of a job holds {RECORDS_LIMIT:,}.]\n"
"""The line that stands in the log in place of the rest."""


class Intake:
    """Reads a program's output and its event channel into an outbox.

    Output and channel are two descriptors, and a program that prints and then publishes fills them in this order: so
    all that was printed is read before a message is taken in, and the program waits in `publish` until it was.

    Args:
        selector: The runner's, in which the descriptors are registered, each with a function to call.
        output: The pipe of what the program prints.
        channel: The runner's end of the event channel.
        outbox: Where events go.
        confinement: What the program is held to.

    Attributes:
        final: How the program said that it ended, or None.
        malformed: Why what it said could not be understood, or None.
        excess: That it has published too much, or None.
        is_cut_off: Whether it ended in the midst of a word.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        output: int,
        channel: socket.socket,
        outbox: Outbox,
        confinement: Confinement,
    ) -> None:
        os.set_blocking(output, False)
        channel.setblocking(False)  # noqa: FBT003 - the standard library's signature
        self._selector = selector
        self._output = output
        self._channel = channel
        self._outbox = outbox
        self._frames = FrameReader()
        self._log = LogText(confinement.log)
        self._open = {output: self._read_output, channel.fileno(): self._read_channel}
        self._is_reading = False
        self._circuits = 0
        self._may_publish = confinement.published
        self._published = 0
        self.partial_due_at: float | None = None
        self.final: Frame | None = None
        self.malformed: str | None = None
        self.excess: str | None = None
        self.is_cut_off = False

    def regulate(self, *, reading: bool) -> None:
        """Read on, or let the program wait until what it has said is on its way.

        Args:
            reading: Whether to read.
        """
        if reading == self._is_reading:
            return
        self._is_reading = reading
        for descriptor, read in self._open.items():
            if reading:
                self._selector.register(descriptor, selectors.EVENT_READ, read)
            else:
                self._selector.unregister(descriptor)

    def show_partial(self) -> None:
        """Hand on a part of a line that nothing has followed for a while."""
        self.partial_due_at = None
        self._outbox.add_log(self._log.flush())

    def add_error(self, text: str) -> None:
        """Add why the job failed to its log, below all that it has printed.

        Args:
            text: The error.
        """
        self._outbox.add_log(f"\n{text}\n" if self._log.is_in_line else f"{text}\n")

    def read_rest(self) -> None:
        """Read what the program has left behind when it and all that it started is gone, and nothing after that."""
        self.regulate(reading=False)
        while not self.malformed and self._channel.fileno() in self._open and self._read_channel():
            pass
        self._read_all_output()
        self.is_cut_off = self._frames.is_partial
        self._open.clear()
        self._outbox.add_log(self._log.flush(final=True))
        self.partial_due_at = None

    def _read_output(self) -> int:
        """Read a piece of what was printed, and say how many bytes it was."""
        if self._output not in self._open:  # closed a moment ago, while the channel was read
            return 0
        try:
            data = os.read(self._output, _OUTPUT_AT_ONCE)
        except BlockingIOError:
            return 0
        if not data:
            self._close(self._output)
            return 0
        self._outbox.add_log(self._log.feed(data))
        self.partial_due_at = time.monotonic() + PARTIAL_LINE_DELAY if self._log.has_partial else None
        return len(data)

    def _read_all_output(self) -> None:
        room = _LARGEST_PIPE
        while room > 0 and (size := self._read_output()):
            room -= size

    def _read_channel(self) -> int:
        """Read a piece of what was said, and say how many bytes it was."""
        try:
            data = self._channel.recv(_CHANNEL_AT_ONCE)
        except BlockingIOError:
            return 0
        except ConnectionResetError:  # it ended with something of ours unread
            data = b""
        if not data:
            self._close(self._channel.fileno())
            return 0
        try:
            frames = self._frames.feed(data)
        except MalformedFrameError as error:
            self.malformed = str(error)
            return 0
        if frames:
            self._read_all_output()
        for frame in frames:
            self._take(frame)
        return 0 if self.malformed else len(data)

    def _take(self, frame: Frame) -> None:
        if self.final or self.malformed or self.excess:
            return
        if frame.kind is Kind.CIRCUIT:
            self._take_circuit(frame.text)
            return
        if frame.kind is not Kind.INTERIM:
            self.final = frame
            return
        self._published += BESIDE_A_MESSAGE + len(frame.text) + len(frame.types or "")
        if self._may_publish is not None and self._published > self._may_publish:
            self.excess = too_much_published(self._may_publish)
            return
        self.show_partial()
        self._outbox.add_interim(frame.text, frame.types)
        with contextlib.suppress(OSError):  # a program that does not take the answers has to do without
            self._channel.send(ACKNOWLEDGED)

    def _take_circuit(self, text: str) -> None:
        """Take in a line of the ledger, which does not cut a line of the log in two: nobody reads them side by side."""
        self._circuits += 1
        if self._circuits > RECORDS_LIMIT:
            if self._circuits == RECORDS_LIMIT + 1:
                self._outbox.add_log(f"\n{LEDGER_CUT}" if self._log.is_in_line else LEDGER_CUT)
            return
        try:
            record = CircuitRecord.from_text(text)
        except ValueError as error:
            self.malformed = str(error)
            return
        self._outbox.add_circuit(record.to_text())

    def _close(self, descriptor: int) -> None:
        del self._open[descriptor]
        if self._is_reading:
            self._selector.unregister(descriptor)
