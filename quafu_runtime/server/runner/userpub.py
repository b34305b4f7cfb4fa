"""The `userpub` that a program is given: it publishes interim results."""

import contextlib
import json
import sys
from typing import Any

from quafu_runtime import codec
from quafu_runtime.server.runner.frames import Frame, Kind, pack_frame
from quafu_runtime.server.runner.program_line import ProgramLine


class UserPub:
    """Publishes interim results of the job that this program runs in."""

    def __init__(self, line: ProgramLine) -> None:
        self._line = line

    def publish(self, message: Any) -> None:
        """Publish an interim result. Whoever listens to the job gets it, in the order of publishing.

        Args:
            message: `bytes` as a rule; also text, numbers, arrays, and lists and dictionaries of these. At most 16 MiB.

        Raises:
            TypeError: The message is, or holds, something that cannot be sent; the error says what and where.
            ValueError: The message is too large, or text with halves of characters.
            RuntimeError: This is not the program's own process, but one that it has forked.
        """
        if not self._line.is_ours:
            text = "userpub.publish works in the program's own process only, not in one that it has forked."
            raise RuntimeError(text)
        frame = _pack(message)
        flush_python_output()
        self._line.say_and_wait(frame)


def flush_python_output() -> None:
    """Write out what the program has printed, whatever it has put in the place of `sys.stdout`."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # none, a closed one, one without `flush`, one of the program's own
            stream.flush()


def _pack(message: Any) -> bytes:
    try:
        encoded = codec.encode_message(message)
        return pack_frame(Frame(Kind.INTERIM, encoded.text, json.dumps(encoded.types)))
    except codec.UnencodableError as error:
        raise TypeError(str(error)) from None
    except ValueError as error:
        text = f"The message cannot be published: {error}."
        raise ValueError(text) from None
