"""The program's end of the event channel: one frame at a time, whichever of its threads speaks."""

import contextlib
import os
import socket
import threading
import time

from quafu_runtime.server.runner.circuit_record import RECORDS_LIMIT, CircuitRecord
from quafu_runtime.server.runner.frames import ACKNOWLEDGED, Frame, Kind, pack_frame

TOGETHER = 0.05
"""Seconds in which what is told of circuits goes out at once: each word by itself wakes the runner, which takes longer
than a small circuit does. What is told in as much time is lost where the program's process crashes."""


class ProgramLine:
    """What a program's process says to its runner.

    A process that the program forks shares the channel, and says nothing on it.

    Args:
        channel: The program's end of the event channel.
    """

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._circuits = 0
        self._held: list[CircuitRecord] = []
        self._sent_at = 0.0

    @property
    def is_ours(self) -> bool:
        """Whether this is the program's own process, and not one that it has forked."""
        return os.getpid() == self._owner

    def say(self, frame: bytes) -> None:
        """Say something behind all that was told before.

        Args:
            frame: The bytes of a frame.

        Raises:
            OSError: The channel is closed.
        """
        with self._lock:
            self._send(frame)

    def say_and_wait(self, frame: bytes) -> None:
        """Say something, and wait until it was taken in.

        Args:
            frame: The bytes of a frame that is answered.

        Raises:
            OSError: The channel is closed.
        """
        with self._lock:
            self._send(frame)
            self._channel.recv(len(ACKNOWLEDGED))

    def tell(self, record: CircuitRecord) -> None:
        """Tell of a circuit that was run, a moment later if many come, and without waiting for an answer.

        Args:
            record: The circuit.
        """
        # One beyond the limit is told, which says that it is reached.
        if self._circuits > RECORDS_LIMIT or not self.is_ours:
            return
        with self._lock:
            self._circuits += 1
            self._held.append(record)
            if time.monotonic() - self._sent_at >= TOGETHER:
                self._send_held()

    def catch_up(self) -> None:
        """Say what was held back, since something is about to be printed that belongs behind it.

        It is called wherever the program prints, in a signal's handler too, and so waits for nobody.
        """
        if self._held and self.is_ours and self._lock.acquire(blocking=False):
            try:
                self._send_held()
            finally:
                self._lock.release()

    def _send_held(self) -> None:
        with contextlib.suppress(OSError):  # a channel that the program has closed is noticed at its end
            self._send(b"")

    def _send(self, frame: bytes) -> None:
        held, self._held = self._held, []
        self._sent_at = time.monotonic()
        told = b"".join(pack_frame(Frame(Kind.CIRCUIT, record.to_text())) for record in held)
        self._channel.sendall(told + frame)
