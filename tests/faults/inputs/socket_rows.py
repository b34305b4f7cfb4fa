"""Bad handshakes and bad frames at the WebSocket."""

import struct

from attrs import frozen

from tests.faults.inputs.http_rows import CLOSED

EVENTS = b"Sec-WebSocket-Protocol: quafu-runtime.events.v1"
KEY = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
TOKEN = b"api_token: @TOKEN"
JOB = b"job_id: @QUEUED"

PROTOCOL_ERROR = 1002
NOT_UTF8 = 1007
TOO_BIG = 1009


@frozen
class HandshakeRow:
    """A bad handshake.

    Attributes:
        name: What is bad about it.
        sent: What is sent.
        status: The HTTP statuses of which one is answered.
        says: A part of the message.
    """

    name: str
    sent: bytes
    status: tuple[int, ...]
    says: str = ""


@frozen
class FrameRow:
    """What a reader sends after a good handshake.

    Attributes:
        name: What is bad about it.
        sent: The bytes.
        codes: The codes of which one the service closes with; none where it reads on and minds nothing.
    """

    name: str
    sent: bytes
    codes: tuple[int, ...] = ()


def handshake(
    *fields: bytes, path: bytes = b"/", key: bytes = KEY, version: bytes = b"13", method: bytes = b"GET"
) -> bytes:
    given = [
        *(method + b" " + path + b" HTTP/1.1", b"Host: @HOST", b"Upgrade: websocket", b"Connection: Upgrade"),
        *(key, b"Sec-WebSocket-Version: " + version, *fields),
    ]
    return b"\r\n".join(given) + b"\r\n\r\n"


def frame(opcode: int, payload: bytes = b"", *, end: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """A frame as a reader sends it, masked with zeros."""
    first = (0x80 if end else 0) | reserved << 4 | opcode
    size = len(payload)
    mask = 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, mask | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, mask | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask | 127, size)
    return head + (bytes(4) if masked else b"") + payload


TEXT, BINARY, CONTINUED, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10

GOOD = handshake(TOKEN, JOB)

HANDSHAKES = [
    HandshakeRow("no token", handshake(JOB), (401,), "The token is not valid"),
    HandshakeRow("a wrong token", handshake(b"api_token: x", JOB), (401,), "The token is not valid"),
    HandshakeRow("a token that is not ASCII", handshake(b"api_token: \xff\xfe", JOB), (401,), "The token is not valid"),
    HandshakeRow(
        "a token in the address", handshake(JOB, path=b"/?api_token=@TOKEN"), (401,), "The token is not valid"
    ),
    HandshakeRow("two tokens", handshake(TOKEN, TOKEN, JOB), (400,), "api_token comes twice"),
    HandshakeRow("no job", handshake(TOKEN), (404,), "no job"),
    HandshakeRow("an empty job", handshake(TOKEN, b"job_id:"), (404,), "no job"),
    HandshakeRow("two jobs", handshake(TOKEN, JOB, JOB), (400,), "job_id comes twice"),
    HandshakeRow("a job that is none", handshake(TOKEN, b"job_id: " + b"0" * 32), (404,), "no job"),
    HandshakeRow("a job that is not ASCII", handshake(TOKEN, b"job_id: \xc3\xa4"), (404,), "no job"),
    HandshakeRow("a job of 10,000 bytes", handshake(TOKEN, b"job_id: " + b"x" * 10_000), (400,), "cannot be read"),
    HandshakeRow("a program for a job", handshake(TOKEN, b"job_id: @PROGRAM"), (404,), "no job"),
    *(
        HandshakeRow(
            f"after {after[:20].decode('latin-1')!r}",
            handshake(TOKEN, JOB, EVENTS, b"after: " + after),
            (400,),
            "after",
        )
        for after in (b"-1", b"1.5", b"x", b"", b"\xb2", b"1_0", b"+1", b"9" * 19, b"9" * 5_000, b"NaN")
    ),
    *(
        HandshakeRow(
            f"kinds {kinds[:20].decode('latin-1')!r}",
            handshake(TOKEN, JOB, EVENTS, b"kinds: " + kinds),
            (400,),
            "kinds",
        )
        for kinds in (b"all", b"", b",", b"log,", b"LOG", b"log;interim", b"log," * 2_000 + b"x")
    ),
    HandshakeRow("after twice", handshake(TOKEN, JOB, EVENTS, b"after: 0", b"after: 5"), (400,), "after comes twice"),
    HandshakeRow("another address", handshake(TOKEN, JOB, path=b"/ws"), (403, 404)),
    HandshakeRow(
        "the address of an operation", handshake(TOKEN, JOB, path=b"/runtime/job_delete?job_id=@FINISHED"), (403, 404)
    ),
    HandshakeRow("a foreign Origin", handshake(TOKEN, JOB, b"Origin: https://evil.example"), (403,), "Origin"),
    HandshakeRow("no key", handshake(TOKEN, JOB, key=b"X-No: key"), (400,)),
    HandshakeRow("a key that is too short", handshake(TOKEN, JOB, key=b"Sec-WebSocket-Key: AAAA"), (400,)),
    HandshakeRow("a key that is no base64", handshake(TOKEN, JOB, key=b"Sec-WebSocket-Key: " + b"%" * 24), (400,)),
    HandshakeRow("version 8", handshake(TOKEN, JOB, version=b"8"), (400, 426)),
    HandshakeRow("version x", handshake(TOKEN, JOB, version=b"x"), (400, 426)),
    HandshakeRow("a POST", handshake(TOKEN, JOB, method=b"POST"), (400, 404, 405)),
    HandshakeRow("no upgrade", handshake(TOKEN, JOB).replace(b"Upgrade: websocket\r\n", b""), (400, 404, 426)),
    HandshakeRow("another upgrade", handshake(TOKEN, JOB).replace(b": websocket", b": h2c"), (400, 404, 426)),
    HandshakeRow("half a handshake", GOOD[:60], (CLOSED, 400)),
]

FRAMES = [
    FrameRow("a binary frame", frame(BINARY, bytes(range(256)))),
    FrameRow("an empty frame", frame(TEXT)),
    FrameRow("1,000 empty frames", frame(TEXT) * 1_000),
    FrameRow("1,000 pings", frame(PING, b"x" * 125) * 1_000),
    FrameRow("1,000 pongs for no ping", frame(PONG) * 1_000),
    FrameRow(
        "a message in a hundred pieces",
        frame(TEXT, b"a", end=False) + frame(CONTINUED, b"a", end=False) * 98 + frame(CONTINUED, b"a"),
    ),
    FrameRow("JSON with orders", frame(TEXT, b'{"cancel": true, "job_id": "x"}')),
    FrameRow("a giant frame", frame(TEXT, b"x" * 200_000), (TOO_BIG,)),
    FrameRow(
        "a frame that says that it is giant",
        b"\x81\xff" + struct.pack("!Q", 2**62) + bytes(4),
        (TOO_BIG, PROTOCOL_ERROR),
    ),
    FrameRow("a frame of more than can be", b"\x81\xff" + b"\xff" * 8 + bytes(4), (TOO_BIG, PROTOCOL_ERROR)),
    FrameRow(
        "pieces that do not end",
        frame(TEXT, b"x" * 1_000, end=False) + frame(CONTINUED, b"x" * 1_000, end=False) * 100,
        (TOO_BIG,),
    ),
    FrameRow("a frame without a mask", frame(TEXT, b"hello", masked=False), (PROTOCOL_ERROR,)),
    *(
        FrameRow(f"the reserved bits {bits}", frame(TEXT, b"x", reserved=bits), (PROTOCOL_ERROR,))
        for bits in (1, 2, 4, 7)
    ),
    *(FrameRow(f"the opcode {code}", frame(code, b"x"), (PROTOCOL_ERROR,)) for code in (3, 7, 11, 15)),
    FrameRow("a piece of no message", frame(CONTINUED, b"x"), (PROTOCOL_ERROR,)),
    FrameRow("a message inside of a message", frame(TEXT, b"a", end=False) + frame(TEXT, b"b"), (PROTOCOL_ERROR,)),
    FrameRow("a ping in pieces", frame(PING, b"x", end=False), (PROTOCOL_ERROR,)),
    FrameRow("a ping of 126 bytes", frame(PING, b"x" * 126), (PROTOCOL_ERROR,)),
    FrameRow("a text that is not UTF-8", frame(TEXT, b"\xff\xfe"), (NOT_UTF8,)),
    FrameRow("half a pair in UTF-8", frame(TEXT, b"\xed\xa0\x80"), (NOT_UTF8,)),
    FrameRow("a close of one byte", frame(CLOSE, b"\x03"), (PROTOCOL_ERROR,)),
    *(
        FrameRow(f"a close with the code {code}", frame(CLOSE, struct.pack("!H", code)), (PROTOCOL_ERROR,))
        for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 65535)
    ),
    FrameRow("a close whose reason is not UTF-8", frame(CLOSE, b"\x03\xe8\xff\xfe"), (PROTOCOL_ERROR, NOT_UTF8)),
    FrameRow("HTTP", b"GET /runtime/programs HTTP/1.1\r\nHost: @HOST\r\n\r\n", (PROTOCOL_ERROR,)),
    FrameRow("garbage", bytes(range(255, 0, -1)) * 4, (PROTOCOL_ERROR,)),
]
