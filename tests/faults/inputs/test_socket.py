"""Bad handshakes and frames: refused or closed with a code that says why, and nobody else notices."""

import socket
import struct

import pytest

from tests.faults.inputs.http_rows import CLOSED
from tests.faults.inputs.socket_rows import (
    CLOSE,
    FRAMES,
    GOOD,
    HANDSHAKES,
    PING,
    FrameRow,
    HandshakeRow,
    frame,
)
from tests.faults.inputs.target import Target, read_reply

SWITCHED = 101
FAREWELL = struct.pack("!H", 1000)


@pytest.mark.parametrize("row", HANDSHAKES, ids=lambda row: row.name)
def test_a_bad_handshake_is_refused_before_the_upgrade(target: Target, row: HandshakeRow) -> None:
    reply = target.exchange(row.sent, closes=CLOSED in row.status)

    assert (CLOSED if reply is None else reply.status) in row.status
    if reply is not None:
        assert row.says in reply.said
        assert target.owner.token.encode() not in reply.body
    target.assert_unharmed()


@pytest.mark.parametrize("row", FRAMES, ids=lambda row: row.name)
def test_a_bad_frame_closes_its_own_connection_and_no_other(target: Target, row: FrameRow) -> None:
    with target.connected() as connection, target.connected() as bystander:
        for each in (connection, bystander):
            each.sendall(target.filled(GOOD))
            reply = read_reply(each)
            assert reply is not None
            assert reply.status == SWITCHED
        connection.sendall(target.filled(row.sent))
        if row.codes:
            assert _code_of_close(connection) in row.codes
        else:
            connection.sendall(frame(CLOSE, FAREWELL))
            assert _code_of_close(connection) == 1000
        bystander.sendall(frame(PING, b"still there") + frame(CLOSE, FAREWELL))
        assert b"still there" in _all_of(bystander)
    target.assert_unharmed()


def _code_of_close(connection: socket.socket) -> int:
    """The code with which the service closes; its last frame holds it."""
    said = _all_of(connection)
    at = max(said.rfind(bytes([0x88, size])) for size in range(2, 126))
    assert at >= 0, said[-200:]
    return int(struct.unpack("!H", said[at + 2 : at + 4])[0])


def _all_of(connection: socket.socket) -> bytes:
    """What the service sends until it closes."""
    pieces = []
    try:
        while piece := connection.recv(65536):
            pieces.append(piece)
    except ConnectionResetError:
        pass  # it had closed while more was under way to it
    return b"".join(pieces)
