"""What all threads of a client share keeps its count and its shape, wherever one of them is interrupted."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from quafu_runtime._client.health import MOST_RETRIES, Health
from quafu_runtime._client.transport.pools import Pools

THREADS = 8
TIMES = 4000


class Loop:
    """All that the pools ask of an event loop."""

    def __init__(self) -> None:
        self.closed = False

    def is_closed(self) -> bool:
        return self.closed


@pytest.fixture(autouse=True)
def short_turns() -> Iterator[None]:
    """Let threads take turns as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def together(work: Callable[[], Any]) -> list[Any]:
    """What comes of some work that several threads do at the same time."""
    begin = threading.Barrier(THREADS)

    def wait_and_work(_: int) -> Any:
        begin.wait(30.0)
        return work()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(wait_and_work, range(THREADS)))


def test_the_retries_of_a_client_are_given_out_once_each() -> None:
    health = Health(now=lambda: 0.0)
    while health.take_retry():
        pass

    def work() -> int:
        taken = 0
        for _ in range(TIMES):
            health.succeeded()
            health.succeeded()
            taken += health.take_retry()
        return taken

    assert sum(together(work)) == THREADS * TIMES
    assert [health.take_retry() for _ in range(int(MOST_RETRIES))] == [False] * int(MOST_RETRIES)


def test_event_loops_that_come_and_go_disturb_no_other() -> None:
    pools = Pools(lambda _proxy, _context: object())

    def work() -> None:
        for _ in range(TIMES):
            loop: Any = Loop()
            pools.choose("http", "127.0.0.1", 1, owner=loop)
            loop.closed = True

    together(work)
    last: Any = Loop()
    assert pools.choose("http", "127.0.0.1", 1, owner=last) is pools.choose("http", "127.0.0.1", 1, owner=last)
