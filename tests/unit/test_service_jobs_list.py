"""`service.jobs()` through both clients: the service's own list, and else the registry with each status asked anew."""

import copy
import pickle
import threading
from datetime import UTC, datetime, timedelta
from operator import methodcaller
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime._client import listing
from quafu_runtime.account import Account
from quafu_runtime.job import JobInfo
from quafu_runtime.registry import JobRegistry, RegisteredJob
from quafu_runtime.service import JobList, RuntimeService
from quafu_runtime.status import JobStatus
from tests.fakes.answers import envelope, hang_up, http, silence
from tests.fakes.deployed import CANCELLED, DONE, ERROR, QUEUED, RUNNING, FakeService, Job
from tests.fakes.faces import FACES, call

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def jobs(face: str, account: Account, **arguments: Any) -> JobList:
    found: JobList = call(face, account, methodcaller("jobs", **arguments))
    assert isinstance(found, JobList)
    return found


def ids(found: JobList) -> list[str]:
    return [one.job_id for one in found]


def written(service: FakeService, account: Account, *statuses: int, **more: Any) -> list[Job]:
    """Jobs of the service that are written down, the oldest first, with nothing known of their status."""
    made = [service.add_job(status=status) for status in statuses]
    for number, one in enumerate(made):
        row = RegisteredJob(one.job_id, NOON + timedelta(minutes=number), program_name="hello", **more)
        JobRegistry().record(account, row)
    return made


@pytest.mark.parametrize("face", FACES)
def test_where_the_service_keeps_no_list_it_is_the_one_kept_here_with_each_status_as_it_is(
    service: FakeService, account: Account, face: str
) -> None:
    made = written(service, account, QUEUED, RUNNING, DONE, CANCELLED, ERROR, label="a label", tags=("x",))

    found = jobs(face, account)

    assert ids(found) == [one.job_id for one in reversed(made)]
    assert [one.status.code for one in found] == [ERROR, CANCELLED, DONE, RUNNING, QUEUED]
    assert (found[0].label, found[0].tags, found[0].program_name) == ("a label", ("x",), "hello")
    assert found[0].created_at == NOON + timedelta(minutes=4)
    assert (found.total, found.forgotten, found.stale) == (None, frozenset(), {})


@pytest.mark.parametrize("face", FACES)
def test_what_has_ended_is_not_asked_for_again(service: FakeService, account: Account, face: str) -> None:
    made = written(service, account, DONE, RUNNING)
    jobs(face, account)
    before = len(service.sent("job_status"))

    assert [one.status for one in jobs(face, account)] == [JobStatus.RUNNING, JobStatus.DONE]

    asked = service.sent("job_status")[before:]
    assert [request.query["job_id"] for request in asked] == [made[1].job_id]


@pytest.mark.parametrize("face", FACES)
def test_many_are_asked_for_at_once_and_all_are_answered(service: FakeService, account: Account, face: str) -> None:
    made = written(service, account, *[RUNNING, DONE] * 20)

    found = jobs(face, account, limit=None)

    assert len(found) == 40
    assert {one.job_id: one.status.code for one in found} == {one.job_id: one.status for one in made}
    assert 1 < service.connections <= listing.AT_ONCE + 1


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_the_service_has_forgotten_is_shown_as_such_and_not_asked_for_again(
    service: FakeService, account: Account, face: str
) -> None:
    made = written(service, account, RUNNING, RUNNING)
    del service.jobs[made[0].job_id]

    for _ in range(2):
        found = jobs(face, account)
        assert found.forgotten == {made[0].job_id}
        assert "Forgotten" in repr(found).splitlines()[3]

    assert len([r for r in service.sent("job_status") if r.query["job_id"] == made[0].job_id]) == 1


@pytest.mark.parametrize("face", FACES)
def test_one_failing_call_does_not_lose_the_list(service: FakeService, account: Account, face: str) -> None:
    made = written(service, account, RUNNING, RUNNING, RUNNING)
    service.script("job_status", envelope(500, "what a mess"))

    found = jobs(face, account)

    assert len(found) == 3
    assert len(found.stale) == 1
    assert all("what a mess" in reason for reason in found.stale.values())
    assert sorted(one.status.code for one in found) == [QUEUED, RUNNING, RUNNING]
    assert len(ids(found)) == len(made)
    assert "? could not be asked for: " in repr(found)


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_is_gone_is_given_up_soon_and_the_list_is_there(
    service: FakeService, account: Account, face: str
) -> None:
    written(service, account, *[RUNNING] * 40)
    service.always("job_status", hang_up)

    found = jobs(face, account, limit=None)

    assert len(found.stale) == len(found) == 40
    assert len(service.sent("job_status")) <= 2 * listing.AT_ONCE


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_says_nothing_holds_the_list_no_longer_than_one_call(
    service: FakeService, account: Account, face: str
) -> None:
    written(service, account, *[RUNNING] * 20)
    service.always("job_status", silence(service.over))

    found = call(face, account, methodcaller("jobs"), request_timeout=0.5)

    assert len(found.stale) == 20
    assert len(service.sent("job_status")) <= listing.AT_ONCE


@pytest.mark.parametrize("face", FACES)
def test_without_refresh_nothing_is_asked(service: FakeService, account: Account, face: str) -> None:
    written(service, account, DONE)

    found = jobs(face, account, refresh=False)

    assert [one.status for one in found] == [JobStatus.QUEUED]
    assert list(found.stale.values()) == ["nobody has asked for it"]
    assert service.requests == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("wanted", [JobStatus.RUNNING, "running", "RUNNING", "Actively running", " Running "])
def test_jobs_are_found_by_the_status_that_they_have_now(
    service: FakeService, account: Account, face: str, wanted: Any
) -> None:
    made = written(service, account, RUNNING, DONE, RUNNING, DONE, DONE)

    assert ids(jobs(face, account, status=wanted)) == [made[2].job_id, made[0].job_id]
    assert ids(jobs(face, account, status=wanted, limit=1)) == [made[2].job_id]
    assert len(jobs(face, account, status="done", limit=2)) == 2
    assert jobs(face, account, status="cancelled") == []


@pytest.mark.parametrize("face", FACES)
def test_jobs_are_found_by_program_tag_and_time(service: FakeService, account: Account, face: str) -> None:
    made = written(service, account, RUNNING, RUNNING, tags=("x", "y"))

    assert len(jobs(face, account, program="hello", tag="x")) == 2
    assert jobs(face, account, program="other") == jobs(face, account, tag="z") == []
    later = NOON + timedelta(seconds=30)
    for since in (later, later.isoformat(), later.astimezone().replace(tzinfo=None), "2026-11-25T12:00:30Z"):
        assert ids(jobs(face, account, since=since)) == [made[1].job_id]
    ago = datetime.now(UTC) - NOON
    assert ids(jobs(face, account, since=ago - timedelta(seconds=30))) == [made[1].job_id]
    assert len(jobs(face, account, since="2026-11-23")) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("limit", value) for value in (-1, 1.5, "3", True)],
        *[("status", value) for value in ("ended", 2, [JobStatus.DONE], "")],
        *[("program", value) for value in ("", 7)],
        *[("since", value) for value in ("yesterday", 7, "", timedelta.max)],
        *[("tag", value) for value in ("", 7, "x" * 101, "\ud800")],
    ],
)
def test_an_ill_formed_filter_is_an_argument_error_that_names_it(account: Account, name: str, value: Any) -> None:
    with pytest.raises(errors.ArgumentError, match=name):
        jobs("sync", account, **{name: value})


@pytest.mark.parametrize("face", FACES)
def test_without_any_list_the_error_says_which_switch_it_is(
    service: FakeService, account: Account, face: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.requests == []
    monkeypatch.setenv("QUAFU_RUNTIME_REGISTRY", "off")

    with pytest.raises(errors.RegistryError, match="QUAFU_RUNTIME_REGISTRY"):
        jobs(face, account)


def offer(service: FakeService, *pages: tuple[list[dict[str, Any]], int]) -> None:
    """Have the service keep a list of its own."""
    service.always("capabilities", envelope(200, "ok", {"version": "1.1.0", "features": ["jobs", "tags"]}))
    service.script("jobs", *(envelope(200, "ok", {"jobs": page, "count": count}) for page, count in pages))


@pytest.mark.parametrize("face", FACES)
def test_where_the_service_keeps_a_list_it_is_asked_with_the_filters(
    service: FakeService, account: Account, face: str
) -> None:
    written(service, account, RUNNING)
    told = {
        "job_id": "j1",
        "status": DONE,
        "program_name": "hello",
        "label": "mine",
        "tags": ["x", "y"],
        "creation_time": "2026-11-25T12:00:00.000001Z",
        "finish_time": "2026-11-25T12:01:30.000001Z",
    }
    offer(service, ([told], 7))

    found = jobs(face, account, limit=1, status="done", program="hello", since=NOON, tag="x")

    assert service.sent("jobs")[0].query == {
        "limit": "1",
        "offset": "0",
        "status": "2",
        "program": "hello",
        "since": "2026-11-25T12:00:00+00:00",
        "tag": "x",
    }
    (job,) = found
    assert (job.job_id, job.status, job.label, job.tags) == ("j1", JobStatus.DONE, "mine", ("x", "y"))
    assert found.total == 7
    assert repr(found).startswith("1 of 7 jobs\n")
    assert "1 min 30 s" in repr(found)
    assert service.sent("job_status") == []


@pytest.mark.parametrize("face", FACES)
def test_a_long_list_is_read_page_by_page_each_job_once(service: FakeService, account: Account, face: str) -> None:
    many = [{"job_id": f"j{number}", "status": QUEUED} for number in range(2500)]
    offer(service, (many[:1000], 2500), (many[999:1999], 2500), (many[1999:], 2500))

    found = jobs(face, account, limit=None)

    assert ids(found) == [one["job_id"] for one in many]
    asked = [(request.query["limit"], request.query["offset"]) for request in service.sent("jobs")]
    assert asked == [("1000", "0"), ("1000", "1000"), ("1000", "2000")]


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_repeats_a_page_is_not_asked_for_ever(service: FakeService, account: Account, face: str) -> None:
    page = [{"job_id": "j", "status": QUEUED}]
    offer(service, (page, 5), (page, 5))

    assert ids(jobs(face, account, limit=None)) == ["j"]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize(
    "answer",
    [
        envelope(200, "ok", {"jobs": {"a": 1}, "count": 1}),
        envelope(200, "ok", {"jobs": [3], "count": 1}),
        envelope(200, "ok", {"jobs": [{"job_id": "j", "status": 9}], "count": 1}),
        envelope(200, "ok", {"jobs": [{"status": 0}], "count": 1}),
    ],
)
def test_a_list_that_is_none_is_malformed(service: FakeService, account: Account, face: str, answer: Any) -> None:
    offer(service)
    service.script("jobs", answer)

    with pytest.raises(errors.MalformedAnswerError):
        jobs(face, account)


@pytest.mark.parametrize("face", FACES)
def test_a_service_that_fails_is_an_error_of_the_list(service: FakeService, account: Account, face: str) -> None:
    offer(service)
    service.script("jobs", http(500, "no"), envelope(201, "no"))

    for kind in (errors.ServiceError, errors.AuthenticationError):
        with pytest.raises(kind):
            jobs(face, account)


def test_the_repr_is_a_table_without_empty_columns_and_control_characters() -> None:
    rows = [
        JobInfo("a" * 32, JobStatus.DONE, program_name="hello", label="x\x1b[2J" + "y" * 40, tags=("a", "b")),
        JobInfo("b" * 32, JobStatus.QUEUED, program_id="p"),
    ]
    shown = repr(JobList(rows, stale={"b" * 32: "no answer"})).splitlines()

    assert shown == [
        "2 jobs",
        f"  {'job':32}  status      program  label                         tags",
        f"  {'a' * 32}  Done        hello    x\\x1b[2Jyyyyyyyyyyyyyyyyyyy…  a, b",
        f"  {'b' * 32}  In queue ?  p",
        "  ? could not be asked for: no answer",
    ]
    assert repr(JobList()) == "0 jobs"
    assert repr(JobList(rows * 20)).splitlines()[-1] == "  …"


def test_a_list_survives_pickling_and_copying() -> None:
    made = JobList([JobInfo("a", JobStatus.DONE)], total=3, forgotten=["a"], stale={"b": "no"})

    for twin in (pickle.loads(pickle.dumps(made)), copy.copy(made), copy.deepcopy(made)):  # noqa: S301 - made here
        assert (list(twin), twin.total, twin.forgotten, twin.stale) == (list(made), 3, {"a"}, {"b": "no"})


def test_a_list_of_one_service_leaves_no_thread(service: FakeService, account: Account) -> None:
    written(service, account, *[RUNNING] * 10)
    with RuntimeService(account) as client:
        client.jobs()

    assert [one.name for one in threading.enumerate() if one.name.startswith("quafu-runtime-jobs")] == []
