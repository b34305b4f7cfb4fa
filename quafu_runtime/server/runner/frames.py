"""What a program's process says to its runner, as frames on the event channel.

The channel is in the hands of the user's program, so the reader believes nothing: every length is bounded before
anything is kept, every text is UTF-8 that a store can hold, everything beside it is plain JSON.
"""

import json
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NoReturn

from quafu_runtime.server.runner.circuit_record import RECORD_BYTES

MEBIBYTE = 1024 * 1024

MESSAGE_LIMIT = 16 * MEBIBYTE
"""The largest interim result, in bytes of its text and its types."""

RESULT_LIMIT = 64 * MEBIBYTE
"""The largest result, in bytes of its text and its types."""

ERROR_LIMIT = MEBIBYTE
"""The largest error, in bytes: a traceback is cut long before."""

ACKNOWLEDGED = b"\x06"
"""What the runner answers to each interim result, so that what is printed after it comes after it."""

_HEADER = struct.Struct("!BII")


class Kind(IntEnum):
    """What a frame holds."""

    INTERIM = 1
    RESULT = 2
    ERROR = 3
    CIRCUIT = 4


LIMITS = {
    Kind.INTERIM: MESSAGE_LIMIT,
    Kind.RESULT: RESULT_LIMIT,
    Kind.ERROR: ERROR_LIMIT,
    Kind.CIRCUIT: RECORD_BYTES,
}


class FrameTooLargeError(ValueError):
    """What should be sent is larger than a frame of its kind may be."""


class MalformedFrameError(ValueError):
    """The bytes on the channel are no frames of ours."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing that a program's process said.

    Attributes:
        kind: What it is.
        text: The result or message as the codec wrote it, the text of an error, or the JSON of a circuit's record.
        types: The JSON text of the codec's types beside it, or None.
        engine: The names of the engines that the program has used, or None.
    """

    kind: Kind
    text: str
    types: str | None = None
    engine: str | None = None


def pack_frame(frame: Frame) -> bytes:
    """The bytes of a frame.

    Raises:
        FrameTooLargeError: It is larger than a frame of its kind may be.
        UnicodeEncodeError: The text holds halves of characters.
    """
    text = frame.text.encode()
    beside = f"[{frame.types or 'null'}, {json.dumps(frame.engine)}]".encode()
    size, limit = len(text) + len(beside), LIMITS[frame.kind]
    if size > limit:
        message = f"{size / MEBIBYTE:,.1f} MiB once encoded, and the limit is {limit // MEBIBYTE} MiB"
        raise FrameTooLargeError(message)
    return _HEADER.pack(frame.kind, len(text), len(beside)) + text + beside


class FrameReader:
    """Puts frames together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._held = bytearray()

    @property
    def is_partial(self) -> bool:
        """Whether a frame has begun that is not complete."""
        return bool(self._held)

    def feed(self, data: bytes) -> list[Frame]:
        """Take in a piece.

        Args:
            data: What was received.

        Returns:
            The frames that are complete with it.

        Raises:
            MalformedFrameError: This is no frame of ours, or larger than one may be.
        """
        self._held += data
        frames: list[Frame] = []
        while len(self._held) >= _HEADER.size:
            kind, text_size, beside_size = _checked_header(*_HEADER.unpack_from(self._held))
            middle = _HEADER.size + text_size
            end = middle + beside_size
            if len(self._held) < end:
                break
            frames.append(_frame(kind, bytes(self._held[_HEADER.size : middle]), bytes(self._held[middle:end])))
            del self._held[:end]
        return frames


def _checked_header(kind: int, text_size: int, beside_size: int) -> tuple[Kind, int, int]:
    if kind not in LIMITS:
        message = f"a frame of the unknown kind {kind}"
        raise MalformedFrameError(message)
    if text_size + beside_size > LIMITS[Kind(kind)]:
        message = f"a frame of {text_size + beside_size:,} bytes, larger than any of its kind"
        raise MalformedFrameError(message)
    return Kind(kind), text_size, beside_size


def _frame(kind: Kind, text: bytes, beside: bytes) -> Frame:
    try:
        types, engine = json.loads(beside, parse_constant=_refuse_constant)
        # Written anew, since what can be read may still hold halves of characters, which no store takes.
        types_text, _engine_text = (json.dumps(part, ensure_ascii=False) for part in (types, engine))
        f"{types_text}{engine}".encode()
        frame = Frame(kind, text.decode(), types_text if types is not None else None, engine)
    except (ValueError, TypeError, RecursionError) as error:
        message = f"a frame that cannot be read ({type(error).__name__})"
        raise MalformedFrameError(message) from error
    if not isinstance(types, dict | None) or not isinstance(engine, str | None):
        message = "a frame with types that are not an object"
        raise MalformedFrameError(message)
    return frame


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not JSON"
    raise ValueError(message)
