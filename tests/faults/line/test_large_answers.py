"""Answers and messages that would fill the memory: they are not read, and the error says so."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx
import pytest
from quafu_runtime_api.api.programs import programs

from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.service import RuntimeService
from tests.fakes.answers import Answer
from tests.fakes.deployed import TOKEN
from tests.fakes.faces import FACES, call
from tests.fakes.streams import fake_streams
from tests.fakes.world import World, everything, meanwhile, one_running_job

MEBIBYTE = 1024 * 1024
LIMIT = MEBIBYTE
MUCH = 64 * MEBIBYTE
HELD = 8 * MEBIBYTE
"""Bytes of memory that a client may hold for an answer whose limit is `LIMIT`: far less than `MUCH`."""

BOMB = gzip.compress(bytes(MUCH), 1)


@pytest.fixture
def world() -> Iterator[World]:
    with one_running_job() as made:
        yield made


@pytest.fixture
def memory() -> Iterator[Callable[[], int]]:
    """The most bytes that Python held since the beginning."""
    tracemalloc.start()
    yield lambda: tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()


def bomb(status: int = 200) -> Answer:
    """A small body that unpacks to a large one."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(status, "")
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(BOMB)))
        handler.end_headers()
        handler.wfile.write(BOMB)

    return answer


def flood(handler: BaseHTTPRequestHandler) -> None:
    """A body that does not end before its reader goes away."""
    handler.send_response_only(200, "")
    handler.send_header("Content-Length", str(2**40))
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * MEBIBYTE)


def ask(face: str, account: Account, act: Callable[[Any], Any], limit: int = LIMIT) -> Any:
    if face == "sync":
        with RuntimeService(account, max_answer_bytes=limit) as service:
            return act(service)

    async def main() -> Any:
        async with AsyncRuntimeService(account, max_answer_bytes=limit) as service:
            return await act(service)

    return asyncio.run(main())


@pytest.mark.parametrize("answer", [bomb(), flood], ids=["gzip bomb", "flood"])
@pytest.mark.parametrize("face", FACES)
def test_an_answer_that_is_too_large_is_an_error_and_fills_no_memory(
    world: World, memory: Callable[[], int], face: str, answer: Answer
) -> None:
    world.service.script("job_logs", answer)

    with pytest.raises(errors.MalformedAnswerError, match=rf"larger than {LIMIT} bytes.*max_answer_bytes"):
        ask(face, world.account, lambda client: client.job("j").logs())

    assert memory() < HELD
    assert len(world.service.sent("job_logs")) == 1


@pytest.mark.parametrize("face", FACES)
def test_a_bomb_in_place_of_an_error_is_that_error(world: World, memory: Callable[[], int], face: str) -> None:
    world.service.script("job_logs", bomb(status=500))

    with pytest.raises(errors.ServiceError, match="HTTP status 500"):
        ask(face, world.account, lambda client: client.job("j").logs())

    assert memory() < HELD


@pytest.mark.parametrize("face", FACES)
def test_a_submission_whose_answer_is_too_large_is_uncertain(world: World, face: str) -> None:
    world.service.add_program("hello")
    world.service.script("programs_run_deploy", bomb())

    with pytest.raises(errors.SubmitUncertain, match="larger than"):
        ask(face, world.account, lambda client: client.run("hello"))


@pytest.mark.parametrize("face", FACES)
def test_the_low_level_client_is_bounded_too(world: World, memory: Callable[[], int], face: str) -> None:
    world.service.script("programs", bomb())
    endpoint = programs.sync if face == "sync" else programs.asyncio

    with pytest.raises(httpx.DecodingError, match="larger than"):
        ask(face, world.account, lambda client: endpoint(client=client.api))

    assert memory() < HELD


@pytest.mark.parametrize("face", FACES)
def test_whoever_expects_a_large_answer_allows_it(world: World, face: str) -> None:
    world.job.logs = "x" * (LIMIT + 1)
    job_id = world.job.job_id

    with pytest.raises(errors.MalformedAnswerError, match="larger than"):
        ask(face, world.account, lambda client: client.job(job_id).logs())

    assert ask(face, world.account, lambda client: client.job(job_id).logs(), 2 * LIMIT) == world.job.logs


@pytest.mark.parametrize("coding", ["zstd", "gzip, gzip", "gzip", "deflate"])
def test_an_answer_that_is_packed_in_another_way_than_asked_for_is_an_error(world: World, coding: str) -> None:
    world.service.always("job_logs", _packed(coding, b"what is this?"))

    with pytest.raises(errors.MalformedAnswerError, match="packed as"):
        call("sync", world.account, lambda client: client.job("j").logs())


@pytest.mark.parametrize("pack", [zlib.compress, lambda data: zlib.compress(data)[2:-4]], ids=["zlib", "bare"])
def test_both_kinds_of_deflate_are_read(world: World, pack: Callable[[bytes], bytes]) -> None:
    world.service.script("job_logs", _packed("deflate", pack(b'{"status": 200, "data": {"logs": "printed"}}')))

    with RuntimeService(world.account) as client:
        assert client.job("j").logs() == "printed"


@pytest.mark.parametrize("face", FACES)
def test_a_message_of_a_stream_that_is_too_large_ends_it_at_once(world: World, face: str) -> None:
    with fake_streams() as streams:
        account = Account(TOKEN, url=world.service.url, ws_url=streams.url)

        def script() -> None:
            streams.wait_for_reader(world.job.job_id)
            streams.publish(world.job.job_id, "x" * (2 * LIMIT))
            streams.end(world.job.job_id)

        thread = meanwhile(script)
        with pytest.raises(errors.StreamError, match=rf"more than {LIMIT} bytes.*max_answer_bytes"):
            ask(face, account, lambda client: everything(client.job(world.job.job_id).stream()))
        thread.join(20.0)

        assert len(streams.handshakes) == 1


@pytest.mark.parametrize("value", [0, -1, 1.5, "much", True, None])
def test_a_limit_that_is_none_is_refused(value: Any) -> None:
    for kind in (RuntimeService, AsyncRuntimeService):
        with pytest.raises(errors.ArgumentError, match="max_answer_bytes"):
            kind(Account("t"), max_answer_bytes=value)


def _packed(coding: str, body: bytes) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(200, "")
        handler.send_header("Content-Encoding", coding)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer
