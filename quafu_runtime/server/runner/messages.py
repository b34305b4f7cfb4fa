"""What the service, the supervisor, the warm parent and the runner say to each other: JSON, with descriptors beside it.

Two forms. A *notice* is one datagram, small, and may carry descriptors: it goes along the chain of processes. A
*letter* goes straight from the service to a runner, or from a runner to its program, is as long as it needs to be, and
is seen by nobody in between. Both ends are ours here; what a program says comes in frames (`frames`).
"""

import array
import contextlib
import json
import socket
import struct
from collections.abc import Sequence
from typing import Any

MAX_NOTICE_BYTES = 64 * 1024
"""The longest notice: the text of an error is the longest thing in one, and is cut to fit."""

TEXT_CHARACTERS = MAX_NOTICE_BYTES // 8
"""The longest text in a notice: in JSON a character may take six bytes, and there is more than the text."""

_BESIDE_BYTES = socket.CMSG_SPACE(array.array("i").itemsize)
"""The room for the one descriptor that a notice carries at most."""

_HOW_TO_RECEIVE = socket.MSG_DONTWAIT | socket.MSG_CMSG_CLOEXEC
"""Without waiting, and without handing descriptors down to programs that are started later."""

_LENGTH = struct.Struct("!I")


def send_notice(link: socket.socket, notice: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send a notice.

    Args:
        link: A socket of type SOCK_SEQPACKET.
        notice: What to say.
        descriptors: What to hand over with it; the sender keeps its own.

    Raises:
        OSError: The other side is gone, or the socket's buffer is full and it does not block.
    """
    socket.send_fds(link, [json.dumps(notice).encode()], list(descriptors))


def receive_notice(link: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Receive a notice, without waiting for one.

    Args:
        link: A socket of type SOCK_SEQPACKET.

    Returns:
        What was said and the descriptors that came with it, or None when the other side is gone.

    Raises:
        BlockingIOError: There is nothing to receive.
    """
    data, beside = _receive(link)
    descriptors = array.array("i")
    for level, kind, content in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content)
    return (json.loads(data), descriptors.tolist()) if data else None


def _receive(link: socket.socket) -> tuple[bytes, list[tuple[int, int, bytes]]]:
    while True:
        # The other side may have ended with something of ours unread, which is told once, before what it has sent.
        with contextlib.suppress(ConnectionResetError):
            # Not `socket.recv_fds`, which ignores the flags that it is given.
            data, beside, _flags, _address = link.recvmsg(MAX_NOTICE_BYTES, _BESIDE_BYTES, _HOW_TO_RECEIVE)
            return data, beside


def pack_letter(letter: dict[str, Any]) -> bytes:
    """The bytes of a letter."""
    data = json.dumps(letter).encode()
    return _LENGTH.pack(len(data)) + data


class LetterReader:
    """Puts letters together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take in a piece.

        Args:
            data: What was received.

        Returns:
            The letters that are complete with it.
        """
        self._held += data
        letters: list[dict[str, Any]] = []
        while len(self._held) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._held)[0]
            if len(self._held) < end:
                break
            letters.append(json.loads(self._held[_LENGTH.size : end]))
            del self._held[:end]
        return letters
