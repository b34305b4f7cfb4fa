"""Bad frames of events at the client: one error of its tree each, and what came before it was handed out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from tests.fakes.deployed import TOKEN, FakeService
from tests.fakes.faces import FACES, call
from tests.fakes.streams import FakeStreams, fake_streams
from tests.fakes.world import everything, meanwhile


def _event(seq: Any, **more: Any) -> dict[str, Any]:
    return {"seq": seq, "kind": "interim", "text": str(seq), **more}


def _frame(*events: Any) -> str:
    return json.dumps({"events": events})


FRAMES: dict[str, str | bytes] = {
    "binary": b"\x00\xff\xfe",
    "half a JSON": _frame(_event(2))[:-3],
    "no JSON": "b'1'",
    "a list": "[]",
    "a number": "1",
    "null": "null",
    "events that are an object of numbers": '{"events": {"seq": 2}}',
    "an event that is null": _frame(None),
    "a number that is a text": _frame(_event("2")),
    "a number that is null": _frame(_event(None)),
    "a number that is none": _frame(_event(1.5)),
    "no text": _frame({"seq": 2, "kind": "interim"}),
    "a text that is a list": _frame(_event(2, text=["x"])),
    "a kind that is a number": _frame(_event(2, kind=7)),
    "types that are a list": _frame(_event(2, types=["int"])),
    "a moment that is a number": _frame(_event(2, at=7)),
    "100,000 lists": "[" * 100_000,
    "a number of 5,000 digits": '{"events": [{"seq": ' + "9" * 5_000 + "}]}",
}


@pytest.fixture(scope="module")
def streams() -> Iterator[FakeStreams]:
    with fake_streams(subprotocol=True) as fake:
        yield fake


def _read(service: FakeService, streams: FakeStreams, face: str, frames: list[str | bytes]) -> list[Any]:
    """What a stream hands out, until it ends or is an error, which is the last."""
    job_id = service.add_job().job_id
    got: list[Any] = []

    def script() -> None:
        streams.wait_for_reader(job_id)
        streams.publish(job_id, *frames)

    thread = meanwhile(script)
    account = Account(TOKEN, url=service.url, ws_url=streams.url)
    try:
        call(face, account, lambda client: everything(_kept(client.job(job_id).stream(), got)))
    except errors.QuafuRuntimeError as error:
        got.append(error)
    finally:
        thread.join(20.0)
    return got


def _kept(stream: Any, got: list[Any]) -> Any:
    """The same stream, of which all is also put into a list."""

    def seen(data: Any) -> Any:
        got.append(data)
        return data

    if hasattr(stream, "__next__"):
        return map(seen, stream)

    async def go_on() -> Any:
        async for data in stream:
            yield seen(data)

    return go_on()


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", FRAMES)
def test_a_bad_frame_is_one_error_behind_what_came_before(
    service: FakeService, streams: FakeStreams, face: str, name: str
) -> None:
    first, error = _read(service, streams, face, [_frame(_event(1)), FRAMES[name]])

    assert first == 1
    assert type(error) is errors.StreamError
    assert "that is none of quafu-runtime.events.v1" in str(error)
    assert len(str(error)) < 1_000
    assert TOKEN not in str(error)


BACKWARDS: dict[str, list[str | bytes]] = {
    "from frame to frame": [_frame(_event(1), _event(2)), _frame(_event(1)), _frame(_event(2), _event(3))],
    "within a frame": [_frame(_event(1), _event(2), _event(1), _event(2), _event(3))],
    "below zero": [_frame(_event(-1), _event(0), _event(1), _event(2), _event(3))],
}


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("name", BACKWARDS)
def test_numbers_that_go_backwards_bring_nothing_twice(
    service: FakeService, streams: FakeStreams, face: str, name: str
) -> None:
    assert _read(service, streams, face, [*BACKWARDS[name], '{"end": {"status": 2}}']) == [1, 2, 3]
