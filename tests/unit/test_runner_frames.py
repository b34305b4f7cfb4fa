import itertools
import json
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quafu_runtime.server.runner.frames import (
    ERROR_LIMIT,
    LIMITS,
    MESSAGE_LIMIT,
    Frame,
    FrameReader,
    FrameTooLargeError,
    Kind,
    MalformedFrameError,
    pack_frame,
)
from quafu_runtime.server.runner.messages import LetterReader, pack_letter, receive_notice, send_notice

texts = st.text(st.characters(exclude_categories=["Cs"]))
frames = st.builds(
    Frame,
    st.sampled_from(Kind),
    texts,
    st.none() | st.dictionaries(texts, texts).map(lambda types: json.dumps(types, ensure_ascii=False)),
    st.none() | texts,
)

cuts = st.lists(st.integers(1, 40), min_size=1, max_size=10)


def cut(stream: bytes, sizes: list[int]) -> Iterator[bytes]:
    """A stream in pieces of these sizes, over and over."""
    for size in itertools.cycle(sizes):
        if not stream:
            return
        yield stream[:size]
        stream = stream[size:]


@given(st.lists(frames, max_size=4), cuts)
def test_frames_arrive_as_they_were_sent_however_they_are_cut(sent: list[Frame], sizes: list[int]) -> None:
    stream = b"".join(pack_frame(frame) for frame in sent)
    reader = FrameReader()
    assert [frame for piece in cut(stream, sizes) for frame in reader.feed(piece)] == sent


@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_an_error(data: bytes) -> None:
    try:
        received = FrameReader().feed(data)
    except MalformedFrameError:
        return
    assert all(isinstance(frame, Frame) for frame in received)


@given(st.sampled_from(Kind), st.binary(max_size=40), st.binary(max_size=40))
def test_any_bytes_in_a_frame_are_read_or_an_error(kind: Kind, text: bytes, beside: bytes) -> None:
    data = struct.pack("!BII", kind, len(text), len(beside)) + text + beside
    try:
        (frame,) = FrameReader().feed(data)
    except MalformedFrameError:
        return
    assert frame.text.encode() == text
    assert frame.types is None or isinstance(json.loads(frame.types), dict)


@pytest.mark.parametrize("kind", Kind)
def test_a_frame_that_is_too_large_is_refused_by_its_header(kind: Kind) -> None:
    header = struct.pack("!BII", kind, LIMITS[kind], 1)
    with pytest.raises(MalformedFrameError, match="larger than any of its kind"):
        FrameReader().feed(header)


def test_a_frame_that_is_too_large_is_not_packed() -> None:
    with pytest.raises(FrameTooLargeError, match=r"^1\.0 MiB once encoded, and the limit is 1 MiB$"):
        pack_frame(Frame(Kind.ERROR, "x" * ERROR_LIMIT))
    assert pack_frame(Frame(Kind.INTERIM, "x" * (MESSAGE_LIMIT - 100)))


@pytest.mark.parametrize(
    ("beside", "expected"),
    [
        (b"[[], null]", "types that are not an object"),
        (b"[null, 3]", "types that are not an object"),
        (b"[null]", "cannot be read"),
        (b"{}", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'[{"a": NaN}, null]', "cannot be read"),
        (b'[{"a": "\\ud800"}, null]', "cannot be read"),
        (b'[null, "\\ud800"]', "cannot be read"),
        (b"\xff", "cannot be read"),
    ],
)
def test_what_stands_beside_a_text_is_checked(beside: bytes, expected: str) -> None:
    with pytest.raises(MalformedFrameError, match=expected):
        FrameReader().feed(struct.pack("!BII", Kind.INTERIM, 0, len(beside)) + beside)


@given(st.lists(st.dictionaries(texts, texts | st.integers()), max_size=4), cuts)
def test_letters_arrive_as_they_were_sent_however_they_are_cut(sent: list[dict[str, object]], sizes: list[int]) -> None:
    stream = b"".join(pack_letter(letter) for letter in sent)
    reader = LetterReader()
    assert [letter for piece in cut(stream, sizes) for letter in reader.feed(piece)] == sent


def test_a_notice_carries_a_descriptor() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    carried, other_end = socket.socketpair()
    with ours, theirs, other_end:
        with carried:
            send_notice(ours, {"place": "x"}, [carried.fileno()])
        received = receive_notice(theirs)
        assert received is not None
        notice, (descriptor,) = received
        assert notice == {"place": "x"}
        with socket.socket(fileno=descriptor) as arrived:
            arrived.send(b"hello")
            assert other_end.recv(5) == b"hello"


def test_the_last_notice_arrives_also_when_the_other_side_has_not_read_ours() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        send_notice(theirs, {"never": "read"})
        send_notice(ours, {"last": "words"})
        ours.close()
        assert receive_notice(theirs) == ({"last": "words"}, [])
        assert receive_notice(theirs) is None


def test_the_end_of_the_other_side_is_no_notice() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        with pytest.raises(BlockingIOError):
            receive_notice(theirs)
        ours.close()
        assert receive_notice(theirs) is None
