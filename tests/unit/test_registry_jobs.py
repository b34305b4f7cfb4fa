"""What the registry holds of a job, whose jobs are found in it, and when the oldest make room."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quafu_runtime.account import Account
from quafu_runtime.registry import JobRegistry, RegisteredJob, registry
from quafu_runtime.status import JobStatus

URL = "http://127.0.0.1:1"
ACCOUNT = Account("a-token", url=URL)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def job(job_id: str, minutes: int = 0, **more: Any) -> RegisteredJob:
    return RegisteredJob(job_id, NOON + timedelta(minutes=minutes), **more)


def ids(jobs: list[RegisteredJob]) -> list[str]:
    return [one.job_id for one in jobs]


def test_a_job_comes_back_as_it_was_written_down() -> None:
    written = job(
        "a",
        program_id="p",
        program_name="hello",
        backend="local",
        label='a "label"; with 字',
        tags=("h2", "a,b"),
        seed=2**63 - 1,
        status=JobStatus.RUNNING,
    )

    JobRegistry().record(ACCOUNT, written)

    (found,) = JobRegistry().jobs(ACCOUNT)
    assert found == evolve(written, service=URL)
    assert JobRegistry().find(ACCOUNT, "a") == found


@given(st.text(max_size=200), st.lists(st.text(max_size=100), max_size=20))
def test_any_label_and_tags_come_back(label: str, tags: list[str]) -> None:
    registered = JobRegistry()
    registered.clear()
    written = job("a", label=label.encode("utf-8", "replace").decode(), tags=tuple(tags))

    registered.record(ACCOUNT, written)

    (found,) = registered.jobs()
    assert (found.label, found.tags) == (written.label, written.tags)


def test_a_job_that_is_written_down_twice_stays_as_it_was_submitted_first() -> None:
    registered = JobRegistry()
    registered.record(ACCOUNT, job("a", label="first"))
    registered.update(ACCOUNT, "a", JobStatus.DONE)
    registered.record(ACCOUNT, job("a", 5, label="again"))

    (found,) = registered.jobs()
    assert (found.label, found.submitted_at, found.status) == ("first", NOON, JobStatus.DONE)


def test_the_newest_come_first_and_no_more_than_the_limit() -> None:
    registered = JobRegistry()
    for number, minutes in enumerate([3, 1, 2, 3]):
        registered.record(ACCOUNT, job(str(number), minutes))

    assert ids(registered.jobs()) == ["3", "0", "2", "1"]
    assert ids(registered.jobs(limit=2)) == ["3", "0"]
    assert ids(registered.jobs(limit=None)) == ["3", "0", "2", "1"]
    assert registered.jobs(limit=0) == []


def test_jobs_are_found_by_status_program_time_and_tag() -> None:
    registered = JobRegistry()
    registered.record(ACCOUNT, job("a", 0, program_id="p1", program_name="hello", tags=("x", "y")))
    registered.record(ACCOUNT, job("b", 1, program_id="p2", program_name="other", tags=("xy",)))
    registered.update(ACCOUNT, "b", JobStatus.ERROR, NOON)

    assert ids(registered.jobs(status={JobStatus.ERROR, JobStatus.DONE})) == ["b"]
    assert ids(registered.jobs(program="hello")) == ids(registered.jobs(program="p1")) == ["a"]
    assert ids(registered.jobs(since=NOON + timedelta(seconds=30))) == ["b"]
    assert ids(registered.jobs(since=NOON)) == ["b", "a"]
    assert ids(registered.jobs(tag="x")) == ["a"]
    assert ids(registered.jobs(tag="x", limit=1)) == ["a"]
    assert registered.jobs(program="hell", tag="x") == []


def test_an_update_keeps_what_it_does_not_say() -> None:
    registered = JobRegistry()
    registered.record(ACCOUNT, job("a"))
    registered.update(ACCOUNT, "a", JobStatus.DONE, NOON)
    registered.update(ACCOUNT, "a", None)
    registered.update(ACCOUNT, "unknown", JobStatus.DONE)

    (found,) = registered.jobs()
    assert (found.status, found.finished_at, found.forgotten) == (JobStatus.DONE, NOON, True)


def test_each_account_at_each_service_has_jobs_of_its_own() -> None:
    registered, elsewhere = JobRegistry(), Account("a-token", url="http://127.0.0.1:2")
    registered.record(ACCOUNT, job("a"))
    registered.record(elsewhere, job("a", label="elsewhere"))
    registered.record(Account("another-token", url=URL), job("b"))

    assert ids(registered.jobs(ACCOUNT)) == ["a"]
    assert ids(registered.jobs(Account("a-token", url=f"{URL}/"))) == ["a"]
    assert [one.label for one in registered.jobs(elsewhere)] == ["elsewhere"]
    assert len(registered.jobs()) == 3


def test_a_profile_that_got_a_new_token_still_finds_its_jobs() -> None:
    registered = JobRegistry()
    Account("old-token", url=URL, profile="mine").save()
    registered.record(Account(profile="mine"), job("a"))
    Account("other-token", url=URL, profile="other").save()
    Account("new-token", url=URL, profile="mine").save()

    assert ids(registered.jobs(Account(profile="mine"))) == ["a"]
    assert registered.jobs(Account(profile="other")) == []
    assert registered.jobs(Account("new-token", url=URL)) == []


def test_params_are_kept_only_where_that_is_asked_for() -> None:
    JobRegistry().record(ACCOUNT, job("a"), {"x": 1})
    keeping = JobRegistry(keep_params=True)
    keeping.record(ACCOUNT, job("b"), {"x": [1, 2.5, None, "字"]})
    keeping.record(ACCOUNT, job("c"), ["long" * 20_000])

    assert [keeping.params_of(one) for one in ("a", "b", "c", "d")] == [None, {"x": [1, 2.5, None, "字"]}, None, None]
    assert repr(keeping).endswith("keep_params=True)")


def test_the_oldest_jobs_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "MOST_JOBS", 5)
    monkeypatch.setattr(registry, "MOST_JOBS_WITH_PARAMS", 2)
    registered = JobRegistry(keep_params=True)
    for number in range(9):
        registered.record(ACCOUNT, job(str(number), number), number)

    assert ids(registered.jobs()) == ["8", "7", "6", "5", "4"]
    assert [registered.params_of(str(number)) for number in (8, 7, 6, 5)] == [8, 7, None, None]


def test_a_job_can_be_struck_out_and_all_of_them() -> None:
    registered = JobRegistry()
    for name in "abc":
        registered.record(ACCOUNT, job(name))
    registered.forget("b")
    assert ids(registered.jobs()) == ["c", "a"]
    registered.clear()
    assert registered.jobs() == []
