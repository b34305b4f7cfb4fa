"""Streams over real WebSockets, against a fake of the deployed service: for both clients."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve

from quafu_runtime import errors
from quafu_runtime._client.records import JobEvent
from quafu_runtime.account import Account
from quafu_runtime.codec import ResultDecoder
from quafu_runtime.errors import StreamGapWarning
from quafu_runtime.job import RuntimeJob
from quafu_runtime.service import RuntimeService
from tests.fakes.deployed import TOKEN
from tests.fakes.faces import FACES, QUICK, call
from tests.fakes.streams import fake_streams
from tests.fakes.world import Strict, World, everything, meanwhile, one_running_job


@pytest.fixture
def world() -> Iterator[World]:
    with one_running_job() as made:
        yield made


def read(world: World, face: str, open_stream: Callable[[Any], Any], script: Callable[[], object]) -> Any:
    """Everything that a stream brings while the fake does what a script says."""
    thread = meanwhile(script)
    try:
        return call(
            face, world.account, lambda client: everything(open_stream(client.job(world.job.job_id))), policy=QUICK
        )
    finally:
        thread.join(20.0)


@pytest.mark.parametrize("face", FACES)
def test_a_stream_brings_what_was_published_in_order_and_ends_with_the_job(world: World, face: str) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'publish from job 10'", '{"energy": -1.5}', "plain text", "b'a\\xff'")
        world.end()

    got = read(world, face, lambda job: job.stream(), script)

    assert got == [b"publish from job 10", {"energy": -1.5}, "plain text", b"a\xff"]
    assert world.streams.handshakes[0]["api_token"] == TOKEN
    assert world.streams.handshakes[0]["job_id"] == world.job.job_id


@pytest.mark.parametrize("face", FACES)
def test_events_bring_the_logs_after_the_last_result_where_the_service_streams_none(world: World, face: str) -> None:
    def script() -> None:
        world.job.logs = "printed\n"
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'")
        world.end()

    got = read(world, face, lambda job: job.events(), script)

    assert got == [JobEvent("interim", 1, b"1", None), JobEvent("log", 2, "printed\n", None)]


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_breaks_is_taken_up_again_and_its_gap_is_said(world: World, face: str) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'before'")
        world.streams.cut(world.job.job_id)
        world.streams.wait_for_reader(world.job.job_id, 2)
        world.streams.publish(world.job.job_id, "b'after'")
        world.end()

    with pytest.warns(StreamGapWarning, match=world.job.job_id):
        got = read(world, face, lambda job: job.stream(), script)

    assert got == [b"before", b"after"]


@pytest.mark.parametrize("face", FACES)
def test_a_stream_whose_job_ended_while_it_was_broken_ends_too(world: World, face: str) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'before'")
        world.service.end(world.job)
        world.streams.cut(world.job.job_id)

    with pytest.warns(StreamGapWarning):
        got = read(world, face, lambda job: job.stream(), script)

    assert got == [b"before"]
    assert len(world.streams.handshakes) == 1


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_has_ended_has_no_stream_at_a_service_that_does_not_replay(world: World, face: str) -> None:
    world.service.end(world.job)

    with pytest.raises(errors.JobStateError, match=r"Job already finished\.") as caught:
        call(face, world.account, lambda client: everything(client.job(world.job.job_id).stream()))

    assert caught.value.job_id == world.job.job_id


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_the_service_refuses_is_its_error(world: World, face: str) -> None:
    world.streams.refuse(403, b'{"status": 403, "msg": "not yours"}')

    with pytest.raises(errors.PermissionDeniedError, match="not yours"):
        call(face, world.account, lambda client: everything(client.job(world.job.job_id).stream()))


@pytest.mark.parametrize("face", FACES)
def test_a_redirect_of_a_stream_is_never_followed_with_the_token(world: World, face: str) -> None:
    with fake_streams() as elsewhere:
        for target in (elsewhere.url, f"{world.streams.url}/other"):
            world.streams.refuse(302, Location=target.replace("ws:", "http:"))
            with pytest.raises(errors.StreamError, match="not followed"):
                call(face, world.account, lambda client: everything(client.job(world.job.job_id).stream()))

        assert elsewhere.handshakes == []
    assert len(world.streams.handshakes) == 2


@pytest.mark.parametrize("face", FACES)
def test_a_stream_where_nobody_listens_is_a_stream_error_that_says_so(world: World, face: str) -> None:
    account = Account(TOKEN, url=world.service.url, ws_url=world.service.url.replace("http:", "ws:"))

    with pytest.raises(errors.StreamError, match="404"):
        call(face, account, lambda client: everything(client.job(world.job.job_id).stream()))


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_nobody_opens_in_time_is_a_stream_timeout(world: World, face: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        account = Account(TOKEN, url=world.service.url, ws_url=f"ws://127.0.0.1:{silent.getsockname()[1]}")
        policy = evolve(QUICK, open_timeout=0.2)

        with pytest.raises(errors.StreamTimeoutError, match=r"within 0\.2 seconds") as caught:
            call(face, account, lambda client: everything(client.job(world.job.job_id).stream()), policy=policy)

    assert isinstance(caught.value, TimeoutError)


@pytest.mark.parametrize("face", FACES)
def test_a_stream_that_falls_silent_ends_when_the_service_says_that_the_job_has_ended(world: World, face: str) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'")
        world.service.end(world.job)

    thread = meanwhile(script)
    policy = evolve(QUICK, silence=0.1)
    got = call(face, world.account, lambda client: everything(client.job(world.job.job_id).stream()), policy=policy)
    thread.join(20.0)

    assert got == [b"1"]
    assert len(world.streams.handshakes) == 1


@pytest.mark.parametrize("face", FACES)
def test_no_proxy_is_used_for_a_stream_of_this_machine(
    world: World, face: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "ws_proxy", "socks_proxy"):
        monkeypatch.setenv(name, world.service.url)

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.end()

    assert read(world, face, lambda job: job.stream(), script) == []


@pytest.mark.parametrize("face", FACES)
def test_a_decoder_gets_the_text_of_each_message(world: World, face: str) -> None:
    class Length(ResultDecoder):
        @classmethod
        def decode(cls, data: str) -> int:
            return len(data)

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'12345'", "ab")
        world.end()

    assert read(world, face, lambda job: job.stream(decoder=Length), script) == [8, 2]


@pytest.mark.parametrize("face", FACES)
def test_a_frame_that_is_none_ends_the_stream_with_an_error(world: World, face: str) -> None:
    with fake_streams(subprotocol=True) as numbered:
        account = Account(TOKEN, url=world.service.url, ws_url=numbered.url)

        def script() -> None:
            numbered.wait_for_reader(world.job.job_id)
            numbered.publish(world.job.job_id, '{"acknowledged": true}', '{"events": "none"}')

        thread = meanwhile(script)
        with pytest.raises(errors.StreamError, match="brought a frame that is none"):
            call(face, account, lambda client: everything(client.job(world.job.job_id).stream()))
        thread.join(20.0)
        numbered.wait_until_closed(world.job.job_id)

    assert numbered.handshakes[0]["sec-websocket-protocol"] == "quafu-runtime.events.v1"


def test_an_iterator_goes_on_behind_a_message_that_cannot_be_decoded(world: World) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "1", "broken", "3")
        world.end()

    thread = meanwhile(script)
    with RuntimeService(world.account) as client, client.job(world.job.job_id).stream(decoder=Strict) as stream:
        assert next(stream) == 1
        with pytest.raises(ValueError, match="invalid literal"):
            next(stream)
        assert list(stream) == [3]
    thread.join(20.0)


def test_breaking_out_of_a_loop_closes_the_connection(world: World) -> None:
    closed = threading.Event()

    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'", "b'2'")
        world.streams.wait_until_closed(world.job.job_id)
        closed.set()

    meanwhile(script)
    with RuntimeService(world.account) as client:
        for data in client.job(world.job.job_id).stream():
            assert data == b"1"
            break
        assert closed.wait(20.0)


def test_another_thread_may_close_a_stream_that_waits(world: World) -> None:
    with RuntimeService(world.account) as client:
        stream = client.job(world.job.job_id).stream()
        got: list[Any] = []
        reader = meanwhile(lambda: got.extend(stream))
        world.streams.wait_for_reader(world.job.job_id)
        stream.close()
        reader.join(20.0)

        assert not reader.is_alive()
        assert got == []


def test_a_job_that_is_made_by_its_id_streams_by_itself(world: World) -> None:
    def script() -> None:
        world.streams.wait_for_reader(world.job.job_id)
        world.streams.publish(world.job.job_id, "b'1'")
        world.end()

    meanwhile(script)
    assert list(RuntimeJob(world.job.job_id, world.account).stream()) == [b"1"]
