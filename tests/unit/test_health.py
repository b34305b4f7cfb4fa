"""How many retries one client has left, with a clock of its own."""

from quafu_runtime._client.health import (
    MOST_BOOKED,
    MOST_RETRIES,
    RETRIES_PER_SECOND,
    RETRIES_PER_SUCCESS,
    Health,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def emptied(clock: Clock) -> Health:
    health = Health(clock)
    for _ in range(int(MOST_RETRIES)):
        assert health.take_retry()
    return health


def test_a_bucket_that_is_empty_gives_no_retry() -> None:
    assert not emptied(Clock()).take_retry()


def test_the_bucket_fills_with_time_and_never_beyond_its_rim() -> None:
    clock = Clock()
    health = emptied(clock)

    clock.now += 1.0
    assert [health.take_retry() for _ in range(int(RETRIES_PER_SECOND) + 1)] == [True] * int(RETRIES_PER_SECOND) + [
        False
    ]
    clock.now += 1_000_000.0
    assert sum(health.take_retry() for _ in range(1000)) == MOST_RETRIES


def test_successes_fill_the_bucket() -> None:
    health = emptied(Clock())

    for _ in range(10):
        health.succeeded()

    assert sum(health.take_retry() for _ in range(100)) == 10 * RETRIES_PER_SUCCESS


def test_who_does_not_give_up_waits_for_a_retry_and_never_for_ever() -> None:
    health = emptied(Clock())

    waits = [health.book_retry() for _ in range(300)]

    assert waits[0] == 1.0 / RETRIES_PER_SECOND
    assert waits == sorted(waits)
    assert waits[-1] == MOST_BOOKED / RETRIES_PER_SECOND


def test_a_clock_that_goes_back_takes_nothing() -> None:
    clock = Clock()
    health = emptied(clock)

    clock.now -= 100.0
    health.succeeded()
    clock.now += 1.0

    assert health.take_retry()


def test_a_service_is_reached_with_its_first_answer() -> None:
    health = Health()
    assert not health.reached

    health.succeeded()

    assert health.reached
