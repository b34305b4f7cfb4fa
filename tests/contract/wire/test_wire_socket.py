"""The WebSocket: the deployed framing, the frames of events, readers who come late, readers who are refused."""

import json
import socket
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.service_speaker import DEADLINE, ECHO, SLEEP, TICKS, Speaker, raw_connection

EVENTS = "quafu-runtime.events.v1"

PRINTS_AND_PUBLISHES = """\
def run(task, userpub, params):
    print("one")
    userpub.publish(b"two")
    print("three")
    userpub.publish({"four": 4})
"""


def _rest(stream: ClientConnection) -> list[str]:
    """All messages until the server closes."""
    messages: list[str] = []
    try:
        while True:
            messages.append(str(stream.recv(DEADLINE)))
    except ConnectionClosedOK:
        return messages


def _frames(user: Speaker, job_id: str, **headers: str) -> list[dict[str, Any]]:
    with user.listen(job_id, subprotocol=EVENTS, **headers) as stream:
        assert stream.subprotocol == EVENTS
        return [json.loads(message) for message in _rest(stream)]


def _events(frames: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for frame in frames for event in frame.get("events", [])]


def test_a_reader_gets_the_acknowledgement_each_message_and_the_jobs_id(user: Speaker) -> None:
    job_id = user.run(user.upload("ticks", TICKS), 3)
    with user.listen(job_id) as stream:
        assert stream.subprotocol is None
        messages = _rest(stream)
        assert stream.close_code == 1000
    assert job_id in messages[0]
    assert messages[1:] == ["b'tick 0'", "b'tick 1'", "b'tick 2'", f"b'{job_id}'"]


def test_a_reader_who_comes_late_gets_everything(user: Speaker) -> None:
    job_id = user.run(user.upload("ticks", TICKS), 1200)
    user.result(job_id)
    with user.listen(job_id) as stream:
        messages = _rest(stream)
    assert messages[1:-1] == [f"b'tick {number}'" for number in range(1200)]


def test_a_message_arrives_while_the_job_runs(user: Speaker) -> None:
    job_id = user.run(user.upload("sleep", SLEEP))
    with user.listen(job_id) as stream:
        stream.recv(DEADLINE)
        assert stream.recv(DEADLINE) == "b'asleep'"
        assert user.status(job_id) == 1
        user.data("job_cancel", job_id=job_id)
        assert _rest(stream) == [f"b'{job_id}'"]


def test_a_job_without_messages_has_an_acknowledgement_and_an_end(user: Speaker) -> None:
    job_id = user.run(user.upload("echo", ECHO))
    with user.listen(job_id) as stream:
        assert _rest(stream)[1:] == [f"b'{job_id}'"]


def test_frames_of_events_have_numbers_kinds_types_and_moments(user: Speaker) -> None:
    job_id = user.run(user.upload("both", PRINTS_AND_PUBLISHES))
    frames = _frames(user, job_id, kinds="interim,log")
    assert frames[0] == {"job_id": job_id, "acknowledged": True}
    assert frames[-1] == {"end": {"status": 2}}
    events = _events(frames)
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert "".join(event["text"] for event in events if event["kind"] == "log") == "one\nthree\n"
    published = [event for event in events if event["kind"] == "interim"]
    assert [event["text"] for event in published] == ["b'two'", '{"four": 4}']
    assert published[0]["types"] == {"": "bytes"}
    assert all(event["at"].startswith("20") for event in events)
    order = [event["text"].strip() for event in events if event["text"].strip()]
    assert order == ["one", "b'two'", "three", '{"four": 4}']


def test_a_reader_gets_the_kinds_that_it_wants(user: Speaker) -> None:
    job_id = user.run(user.upload("both", PRINTS_AND_PUBLISHES))
    assert {event["kind"] for event in _events(_frames(user, job_id))} == {"interim"}
    assert {event["kind"] for event in _events(_frames(user, job_id, kinds="log"))} == {"log"}


@pytest.mark.parametrize("after", [0, 1, 499, 500, 700, 5000])
def test_a_reader_takes_up_the_stream_where_it_broke_off(user: Speaker, after: int) -> None:
    job_id = user.run(user.upload("ticks", TICKS), 700)
    frames = _frames(user, job_id, after=str(after))
    assert [event["seq"] for event in _events(frames)] == list(range(after + 1, 701))
    assert all(len(frame.get("events", [])) <= 500 for frame in frames)


def test_a_frame_stays_below_the_limit_of_its_readers_however_large_the_messages_are(user: Speaker) -> None:
    source = 'def run(task, userpub, params):\n    for _ in range(40):\n        userpub.publish("x" * 100_000)\n'
    job_id = user.run(user.upload("large", source))
    frames = _frames(user, job_id)
    assert len(_events(frames)) == 40
    assert max(len(json.dumps(frame)) for frame in frames) < 1024 * 1024


@pytest.mark.parametrize("subprotocol", [None, EVENTS])
def test_a_reader_is_refused_before_the_upgrade(owner: Speaker, user: Speaker, subprotocol: str | None) -> None:
    job_id = user.run(user.upload("echo", ECHO))
    assert _refusal(user, job_id, subprotocol, api_token="nobody's") == (401, 401)
    assert _refusal(owner, job_id, subprotocol) == (403, 403)
    assert _refusal(user, "nothing", subprotocol) == (404, 404)
    assert _refusal(user, job_id, subprotocol, Origin="http://evil.example")[0] == 403


def _refusal(user: Speaker, job_id: str, subprotocol: str | None, **headers: str) -> tuple[int, int]:
    changed = Speaker(user.url, user.ws_url, headers.pop("api_token", user.token))
    with pytest.raises(InvalidStatus) as caught:
        changed.listen(job_id, subprotocol=subprotocol, **headers).close()
    body = caught.value.response.body
    is_failure = body.startswith(b"{")
    return caught.value.response.status_code, json.loads(body)["status"] if is_failure else 0


@pytest.mark.parametrize(
    "headers", [{"after": "-1"}, {"after": "x"}, {"kinds": "all"}, {"kinds": "circuits"}, {"kinds": ""}]
)
def test_a_wish_that_is_none_is_refused(user: Speaker, headers: dict[str, str]) -> None:
    job_id = user.run(user.upload("echo", ECHO))
    assert _refusal(user, job_id, EVENTS, **headers) == (400, 400)


def test_what_a_reader_sends_changes_nothing(user: Speaker) -> None:
    job_id = user.run(user.upload("sleep", SLEEP))
    with user.listen(job_id) as stream:
        for _ in range(100):
            stream.send("hello")
        user.data("job_cancel", job_id=job_id)
        assert _rest(stream)[-1] == f"b'{job_id}'"


def test_a_reader_that_sends_too_much_at_once_is_closed(user: Speaker) -> None:
    job_id = user.run(user.upload("sleep", SLEEP))
    with user.listen(job_id) as stream:
        stream.send("x" * 1024 * 1024)
        with pytest.raises(ConnectionClosedError, match="1009"):
            list(stream)
    user.data("job_cancel", job_id=job_id)


def test_a_reader_that_does_not_read_holds_up_nobody(user: Speaker) -> None:
    source = 'def run(task, userpub, params):\n    for _ in range(300):\n        userpub.publish(b"x" * 100_000)\n'
    job_id = user.run(user.upload("flood", source))
    with raw_connection(user.url) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            + f"api_token: {user.token}\r\njob_id: {job_id}\r\n\r\n".encode()
        )
        assert slow.recv(12) == b"HTTP/1.1 101"
        assert user.result(job_id)["status"] == 2
        with user.listen(job_id) as stream:
            assert len(_rest(stream)) == 302
