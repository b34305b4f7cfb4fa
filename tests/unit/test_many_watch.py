"""Which calls are made to see many jobs end: bounded, the oldest first, and patient with a service that fails."""

import itertools

import pytest

from quafu_runtime.errors import (
    ConnectionFailedError,
    JobNotFoundError,
    JobTimeoutError,
    MalformedAnswerError,
    RateLimitedError,
    ServiceError,
)
from quafu_runtime.many.patience import PATIENCE, Patience, may_submit_again, passes
from quafu_runtime.many.seeds import point_seed
from quafu_runtime.many.watch import LOOKING, SLICE, WAITING, Look, Watch
from quafu_runtime.status import JobStatus

NOT_ENDED = JobTimeoutError("not yet")
OUTAGE = ConnectionFailedError("nobody is there")


def watch_of(jobs: int, *, fetches: bool = False) -> Watch[str]:
    watch: Watch[str] = Watch(0.0, fetches=fetches)
    for index in range(jobs):
        watch.add(index, f"job{index}")
    return watch


def numbers(looks: list[Look[str]], *, waits: bool) -> list[int]:
    return [look.index for look in looks if look.waits is waits]


def test_few_jobs_cost_one_call_each_that_waits_for_the_end() -> None:
    watch = watch_of(WAITING)
    looks = watch.due(0.0)
    assert numbers(looks, waits=True) == list(range(WAITING))
    assert watch.due(1000.0) == []
    assert watch.due_at() is None
    ended = watch.answered(looks[3], JobStatus.DONE, None, 1.0)
    assert ended is not None
    assert (ended.index, ended.job, ended.value, ended.error) == (3, "job3", JobStatus.DONE, None)
    assert len(watch) == WAITING - 1


def test_of_many_jobs_the_oldest_are_waited_for_and_the_others_looked_at_in_rounds() -> None:
    watch = watch_of(100)
    assert numbers(watch.due(0.0), waits=True) == list(range(WAITING))
    begins = watch.due_at()
    assert begins is not None
    looks = watch.due(begins)
    assert numbers(looks, waits=False) == list(range(WAITING, WAITING + LOOKING))
    assert watch.due(begins) == []
    watch.answered(looks[0], JobStatus.RUNNING, None, begins)
    assert numbers(watch.due(begins), waits=False) == [WAITING + LOOKING]


def finish_round(watch: Watch[str], now: float, status: JobStatus = JobStatus.RUNNING) -> int:
    """Answer a whole round of looks, and say how many there were."""
    for count in itertools.count():
        looks = [look for look in watch.due(now) if not look.waits]
        if not looks:
            return count
        for look in looks:
            watch.answered(look, status, None, now)
    raise AssertionError


def test_rounds_that_find_nothing_come_ever_more_seldom() -> None:
    watch = watch_of(40)
    watch.due(0.0)
    pauses, now = [], 0.0
    for _ in range(12):
        at = watch.due_at()
        assert at is not None
        pauses.append(at - now)
        now = at
        finish_round(watch, now)
    assert pauses == sorted(pauses)
    assert pauses[0] < 1.0
    assert pauses[-1] == pytest.approx(30.0)


def test_a_round_that_took_long_is_followed_by_twice_the_time_without_one() -> None:
    watch = watch_of(WAITING + 1)
    watch.due(0.0)
    (look,) = watch.due(1.0)
    watch.answered(look, JobStatus.RUNNING, None, 101.0)
    assert watch.due_at() == pytest.approx(301.0)


def test_a_job_that_a_look_finds_ended_has_ended_and_the_next_round_comes_soon() -> None:
    watch = watch_of(WAITING + 1)
    watch.due(0.0)
    (look,) = watch.due(1.0)
    ended = watch.answered(look, JobStatus.ERROR, None, 1.0)
    assert ended is not None
    assert ended.value is JobStatus.ERROR


def test_where_results_are_wanted_a_job_that_has_ended_is_the_next_to_be_waited_for() -> None:
    watch = watch_of(WAITING + 5, fetches=True)
    waits = watch.due(0.0)
    looks = watch.due(1.0)
    assert watch.answered(looks[2], JobStatus.DONE, None, 1.0) is None
    watch.answered(waits[0], "a result", None, 1.0)
    assert numbers(watch.due(1.0), waits=True) == [looks[2].index]


def test_a_job_that_was_waited_for_in_vain_leaves_its_place_to_the_next() -> None:
    watch = watch_of(WAITING + 1)
    looks = watch.due(0.0)
    assert watch.answered(looks[0], None, NOT_ENDED, SLICE) is None
    again = watch.due(SLICE)
    assert numbers(again, waits=True) == [WAITING]
    assert len(watch) == WAITING + 1


def test_a_failing_service_is_asked_again_after_a_pause_and_given_up_after_five_minutes() -> None:
    watch = watch_of(1)
    now, tries, ended = 0.0, 0, None
    while ended is None:
        for look in watch.due(now):
            tries += 1
            ended = watch.answered(look, None, OUTAGE, now)
        now = max(watch.due_at() or 0.0, now + 0.01)
    assert 10 < tries <= 40
    assert 60.0 < now < 2 * PATIENCE
    assert ended.error is OUTAGE


def test_after_an_outage_every_other_job_is_asked_about_once_more() -> None:
    watch = watch_of(2)
    first, second = watch.due(0.0)
    late = PATIENCE + 1.0
    assert watch.answered(first, None, OUTAGE, late) is not None
    assert watch.answered(second, None, OUTAGE, late) is not None
    assert len(watch) == 0


def test_a_job_that_is_not_there_has_ended_with_that_error() -> None:
    watch = watch_of(1)
    (look,) = watch.due(0.0)
    error = JobNotFoundError("no such job")
    ended = watch.answered(look, None, error, 0.0)
    assert ended is not None
    assert ended.error is error


def test_a_rate_limit_is_kept_to() -> None:
    watch = watch_of(1)
    (look,) = watch.due(0.0)
    watch.answered(look, None, RateLimitedError("slower", retry_after=7.0), 0.0)
    assert watch.due(6.9) == []
    assert [look.index for look in watch.due(7.0)] == [0]


def test_an_answer_that_is_none_is_not_asked_for_for_ever() -> None:
    patience = Patience(0.0)
    wrong = MalformedAnswerError("a page")
    assert patience.pause(wrong, 1, 0.0) is not None
    assert patience.pause(wrong, 3, 0.0) is None


@pytest.mark.parametrize(
    ("error", "again", "submit_again"),
    [
        (OUTAGE, True, True),
        (RateLimitedError("slower"), True, True),
        (MalformedAnswerError("a page"), True, False),
        (ServiceError("trouble", code=500), True, False),
        (ServiceError("trouble", code=503), True, True),
        (ServiceError("no quota", code=406), False, False),
        (JobNotFoundError("no such job"), False, False),
    ],
)
def test_what_may_be_different_later_is_told_from_what_may_not(
    error: Exception, again: bool, submit_again: bool
) -> None:
    assert (passes(error), may_submit_again(error)) == (again, submit_again)


def test_each_point_has_a_seed_of_its_own_that_is_the_same_everywhere() -> None:
    seeds = [point_seed(7, index) for index in range(1000)]
    assert len(set(seeds)) == 1000
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert seeds[:2] == [point_seed(7, 0), point_seed(7, 1)]
    assert point_seed(7, 0) == 926381044385793237
    assert point_seed(8, 0) != point_seed(7, 0)
