"""The protocol of streams without I/O: both framings, every way in which a connection ends."""

import json
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quafu_runtime import errors
from quafu_runtime._client.callbacks import event_of
from quafu_runtime._client.records import JobEvent
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime._client.stream import INTERIM, LOG, SUBPROTOCOL, Arrived, StreamState
from quafu_runtime.errors import StreamGapWarning

JOB = "0123456789abcdef0123456789abcdef"
POLICY = RetryPolicy(tries=3, waiting_tries=5, first_window=0.01, longest_window=0.05)
TOKEN = "secret-token"


def state(kinds: tuple[str, ...] = (INTERIM,)) -> StreamState:
    return StreamState(JOB, kinds, POLICY)


def deployed() -> StreamState:
    """A stream of the deployed framing, acknowledged."""
    opened = state()
    opened.opened(None)
    assert opened.received("Connected.") == []
    return opened


def replaying() -> StreamState:
    opened = state()
    opened.opened(SUBPROTOCOL)
    assert opened.received(json.dumps({"job_id": JOB, "acknowledged": True})) == []
    return opened


def frame(*numbers: int, kind: str = INTERIM) -> str:
    return json.dumps({"events": [{"seq": number, "kind": kind, "text": f"b'{number}'"} for number in numbers]})


def texts(arrived: Sequence[Arrived]) -> list[str]:
    return [one.text for one in arrived]


def test_the_first_message_of_a_connection_is_no_result() -> None:
    assert texts(deployed().received("b'1'")) == ["b'1'"]


@pytest.mark.parametrize("last", [JOB, f"b'{JOB}'"])
def test_the_jobs_id_as_the_last_message_is_no_result(last: str) -> None:
    stream = deployed()

    assert texts(stream.received("b'1'")) == ["b'1'"]
    assert stream.received(last) == []
    stream.closed(1000, "", 1.0)

    assert stream.ended


def test_the_jobs_id_in_the_middle_is_a_result_like_any_other() -> None:
    stream = deployed()

    assert stream.received(JOB) == []
    assert texts(stream.received("b'2'")) == [JOB, "b'2'"]


def test_what_was_published_in_the_acknowledgements_own_words_is_a_result() -> None:
    assert texts(deployed().received("Connected.")) == ["Connected."]


def test_a_binary_message_is_the_text_of_its_bytes() -> None:
    assert texts(deployed().received(b"\xff1")) == ["b'\\xff1'"]


def test_events_without_numbers_of_their_own_are_counted() -> None:
    stream = deployed()

    assert [stream.received(f"b'{index}'")[0].seq for index in range(3)] == [1, 2, 3]


def test_taking_up_a_stream_that_does_not_replay_warns_of_a_gap() -> None:
    stream = deployed()
    stream.received("b'1'")
    assert stream.closed(1006, "", 1.0) <= POLICY.first_window

    with pytest.warns(StreamGapWarning, match=f"job {JOB}"):
        stream.opened(None)

    assert stream.received("Connected again.") == []
    assert texts(stream.received("b'9'")) == ["b'9'"]


def test_a_stream_that_replays_is_taken_up_after_the_last_number_without_a_gap() -> None:
    stream = replaying()
    assert stream.headers() == {"job_id": JOB, "after": "0", "kinds": "interim"}
    assert texts(stream.received(frame(1, 4, 5))) == ["b'1'", "b'4'", "b'5'"]

    stream.closed(1006, "", 1.0)
    assert stream.headers()["after"] == "5"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stream.opened(SUBPROTOCOL)

    assert texts(stream.received(frame(4, 5, 7))) == ["b'7'"]


def test_both_kinds_are_asked_for_where_logs_are_wanted() -> None:
    assert state((INTERIM, LOG)).headers()["kinds"] == "interim,log"


def test_an_event_has_its_kind_its_types_and_its_moment() -> None:
    event = {"seq": 3, "kind": "log", "text": "x", "types": {"": "str"}, "at": "2026-05-10T19:20:51.5Z"}

    (arrived,) = replaying().received(json.dumps({"events": [event]}))

    assert arrived == Arrived("log", 3, "x", {"": "str"}, "2026-05-10T19:20:51.5Z")
    assert event_of(arrived) == JobEvent("log", 3, "x", datetime(2026, 5, 10, 19, 20, 51, 500_000, UTC))


def test_a_stream_that_replays_ends_with_its_end_frame_and_with_nothing_else() -> None:
    stream = replaying()
    stream.closed(1000, "", 1.0)
    assert not stream.ended

    stream.opened(SUBPROTOCOL)
    assert stream.received(json.dumps({"end": {"status": 2}})) == []
    assert stream.ended


@pytest.mark.parametrize(
    "message",
    [
        "not JSON",
        "[1]",
        "null",
        '{"events": 5}',
        '{"events": [5]}',
        '{"events": [{"seq": "1", "kind": "log", "text": "x"}]}',
        '{"events": [{"seq": 1, "kind": "log"}]}',
        '{"events": [{"seq": 1, "kind": "log", "text": 5}]}',
        '{"events": [{"seq": 1, "kind": "log", "text": "x", "types": [1]}]}',
        '{"events": [{"seq": 1, "kind": "log", "text": "x", "at": 5}]}',
        "[" * 100_000,
        b"\xff",
    ],
)
def test_a_frame_that_is_none_is_a_stream_error(message: str | bytes) -> None:
    with pytest.raises(errors.StreamError, match=JOB):
        replaying().received(message)


def test_a_stream_that_cannot_be_opened_is_given_up_after_three_tries() -> None:
    stream = state()
    assert [stream.failed("refused") <= 0.05 for _ in range(2)] == [True, True]

    with pytest.raises(errors.StreamError, match="cannot be opened after 3 tries: refused"):
        stream.failed("refused")


def test_a_stream_that_breaks_again_and_again_is_given_up() -> None:
    stream = replaying()
    for _ in range(POLICY.waiting_tries - 1):
        stream.closed(1006, "", 0.1)
        stream.opened(SUBPROTOCOL)

    with pytest.raises(errors.StreamError, match=r"cannot be taken up again after 5 tries: .*1006"):
        stream.closed(1006, "", 0.1)


@pytest.mark.parametrize("lasted", [0.1, 60.0])
def test_progress_or_time_ends_a_series_of_failures(lasted: float) -> None:
    stream = replaying()
    for number in range(50):
        if lasted < 30.0:
            stream.received(frame(number + 1))
        stream.closed(1006, "", lasted)
        stream.opened(SUBPROTOCOL)

    assert stream.last == (50 if lasted < 30.0 else 0)


def test_the_pauses_grow() -> None:
    policy = RetryPolicy(first_window=1.0, waiting_tries=9)
    longest = [max(policy.pause(failures) for _ in range(200)) for failures in range(1, 7)]

    assert all(earlier < later for earlier, later in zip(longest, longest[2:], strict=False))
    assert max(policy.pause(30) for _ in range(200)) <= 20.0


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.AuthenticationError),
        (403, errors.PermissionDeniedError),
        (404, errors.JobNotFoundError),
        (400, errors.StreamError),
        (200, errors.StreamError),
        (500, errors.StreamError),
    ],
)
def test_a_refused_handshake_is_its_error_with_the_services_own_words(status: int, kind: type[Exception]) -> None:
    body = b'{"status": 404, "msg": "the own words"}'

    with pytest.raises(errors.QuafuRuntimeError, match="the own words") as caught:
        state().refused(status, {}, body, TOKEN)

    assert type(caught.value) is kind
    assert caught.value.code == status


def test_a_redirect_of_the_handshake_names_where_it_leads_and_is_not_followed() -> None:
    with pytest.raises(errors.StreamError, match=r"redirects to http://elsewhere/x, which is not followed"):
        state().refused(302, {"location": "http://elsewhere/x?secret=1"}, b"", TOKEN)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_handshake_that_may_succeed_later_is_tried_again(status: int) -> None:
    stream = state()
    stream.refused(status, {}, b"", TOKEN)
    stream.refused(status, {}, b"", TOKEN)

    with pytest.raises(errors.StreamError, match=str(status)):
        stream.refused(status, {}, b"", TOKEN)


def test_logs_at_the_end_are_one_event_after_the_last() -> None:
    stream = state((INTERIM, LOG))
    assert not stream.wants_logs_at_the_end
    stream.opened(None)
    stream.received("ack")
    stream.received("b'1'")

    assert stream.wants_logs_at_the_end
    assert stream.all_logs("printed") == Arrived(LOG, 2, "printed", None, None)


@given(st.data())
def test_whatever_breaks_a_replayed_stream_comes_once_and_in_order(data: st.DataObject) -> None:
    """A server that has events 1 to n, sends them in frames, and is cut off anywhere, again and again."""
    total = data.draw(st.integers(0, 30))
    stream = replaying()
    got: list[int] = []
    cuts = data.draw(st.lists(st.integers(0, 30), max_size=POLICY.waiting_tries - 2))
    for cut in [*cuts, total]:
        position = int(stream.headers()["after"])
        while position < cut:
            size = data.draw(st.integers(1, 5))
            overlap = data.draw(st.integers(0, 2))
            numbers = range(max(1, position + 1 - overlap), min(position + size, total) + 1)
            got += [one.seq for one in stream.received(frame(*numbers))]
            position += size
        stream.closed(1006, "", 1.0)
        stream.opened(SUBPROTOCOL)

    assert got == list(range(1, total + 1))


@given(st.lists(st.one_of(st.text(), st.just(JOB), st.just(f"b'{JOB}'")), max_size=20))
def test_every_message_between_the_acknowledgement_and_the_last_id_is_delivered(messages: list[str]) -> None:
    stream = deployed()
    got = [text for message in [*messages, f"b'{JOB}'"] for text in texts(stream.received(message))]
    stream.closed(1000, "", 1.0)

    assert got == messages
    assert stream.ended


def test_nothing_in_a_streams_error_shows_the_token() -> None:
    echo: Any = f"<title>{TOKEN}</title>".encode()

    with pytest.raises(errors.AuthenticationError) as caught:
        state().refused(401, {}, echo, TOKEN)

    assert TOKEN not in f"{caught.value!r} {vars(caught.value)}"
