"""The list of a user's jobs, with its filters and pages, and what a job was made of."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.service_speaker import ECHO, RAISE, SLEEP, Speaker


def _ids(user: Speaker, **filters: Any) -> list[str]:
    data = user.data("jobs", **filters)
    assert data["count"] >= len(data["jobs"])
    return [job["job_id"] for job in data["jobs"]]


def test_a_list_has_the_users_own_jobs_the_newest_first(owner: Speaker, user: Speaker) -> None:
    program_id = user.upload("echo", ECHO, is_public=1)
    made = [user.run(program_id) for _ in range(3)]
    others = owner.run(program_id)
    assert _ids(user) == made[::-1]
    assert others in _ids(owner)
    assert not set(made) & set(_ids(owner, limit=1000))


def test_a_job_is_listed_as_it_is_told_of(user: Speaker) -> None:
    job_id = user.run(user.upload("echo", ECHO), 1, label="the second try", tags=["h2", "thesis", "h2"])
    user.result(job_id)
    (listed,) = user.data("jobs")["jobs"]
    assert listed == user.data("job_info", job_id=job_id)
    assert (listed["label"], listed["tags"]) == ("the second try", ["h2", "thesis"])


def test_a_list_comes_in_pages(user: Speaker) -> None:
    program_id = user.upload("echo", ECHO)
    made = [user.run(program_id) for _ in range(23)][::-1]
    assert _ids(user) == made[:20]
    assert _ids(user, limit=5, offset=20) == made[20:]
    assert _ids(user, limit=1000) == made
    assert _ids(user, offset=23) == []
    assert user.data("jobs", limit=1)["count"] == 23


def test_a_list_may_be_of_one_status(user: Speaker) -> None:
    done, failed = user.run(user.upload("echo", ECHO)), user.run(user.upload("raise", RAISE))
    for job_id in (done, failed):
        user.result(job_id)
    sleep = user.upload("sleep", SLEEP)
    running = user.run(sleep)
    user.wait_until_asleep(running)
    cancelled = user.run(sleep)
    user.wait_until_asleep(cancelled)
    waiting = user.run(sleep)
    user.data("job_cancel", job_id=cancelled)
    user.result(cancelled)
    user.wait_until_asleep(waiting)
    queued = user.run(sleep)
    assert [_ids(user, status=status) for status in range(5)] == [
        [queued],
        [waiting, running],
        [done],
        [cancelled],
        [failed],
    ]
    for job_id in (queued, waiting, running):
        user.data("job_cancel", job_id=job_id)


def test_a_list_may_be_of_one_program_by_its_id_or_its_name(user: Speaker) -> None:
    first, second = user.upload("first", ECHO), user.upload("second", ECHO)
    made = [user.run(first), user.run(second), user.run(first)]
    assert _ids(user, program=first) == _ids(user, program="first") == [made[2], made[0]]
    assert _ids(user, program="second") == [made[1]]
    user.call("program_update", program_id=first, name=second)  # a name that looks like an id
    named = user.run(first)
    assert _ids(user, program=second) == [named, made[1]]
    assert _ids(user, program="first") == [made[2], made[0]]
    assert _ids(user, program="nobody's") == []


def test_a_list_may_be_of_one_tag_with_other_filters(owner: Speaker, user: Speaker) -> None:
    program_id = user.upload("echo", ECHO, is_public=1)
    made = [user.run(program_id, tags=tags) for tags in (["a"], ["b", "a"], ["b"], [], None)]
    owner.run(program_id, tags=["a"])
    assert _ids(user, tag="a") == [made[1], made[0]]
    assert _ids(user, tag="b", program="echo") == [made[2], made[1]]
    assert _ids(user, tag="b", program="other") == []
    assert _ids(user, tag="a", limit=1, offset=1) == [made[0]]
    assert user.data("jobs", tag="a", limit=1)["count"] == 2
    assert _ids(user, tag="A") == []


def test_a_list_may_begin_at_a_moment(user: Speaker) -> None:
    program_id = user.upload("echo", ECHO)
    made = [user.run(program_id) for _ in range(3)]
    moments = [user.data("job_info", job_id=job_id)["creation_time"] for job_id in made]
    assert _ids(user, since=moments[1]) == [made[2], made[1]]
    moment = datetime.fromisoformat(moments[2])
    assert _ids(user, since=(moment + timedelta(microseconds=1)).isoformat()) == []
    assert _ids(user, since=moment.replace(tzinfo=None).isoformat()) == [made[2]], "without a zone it is UTC"
    east = moment.astimezone(UTC) + timedelta(hours=2)
    assert _ids(user, since=east.replace(tzinfo=None).isoformat() + "+02:00") == [made[2]]
    assert len(_ids(user, since="2020-01-01")) == 3


def test_what_a_job_was_made_of_stays_as_it_was(user: Speaker) -> None:
    program_id = user.upload("made", ECHO, cost=12)
    job_id = user.run(program_id, {"a": [1, 2.5, None]}, seed=7, backend="ScQ-P10")
    changed = base64.b64encode(RAISE.encode()).decode()
    user.data("program_update", program_id=program_id, data=changed, name="changed")
    assert user.data("job_inputs", job_id=job_id) == {
        "job_id": job_id,
        "program_id": program_id,
        "program_name": "made",
        "data": base64.b64encode(ECHO.encode()).decode(),
        "params": {"a": [1, 2.5, None]},
        "backend": "ScQ-P10",
        "seed": 7,
        "max_execution_time": 12.0,
    }
    assert user.data("job_inputs", job_id=user.run(program_id))["params"] is None


EXITS = [
    ("    raise ValueError", {"kind": "raised", "code": None, "signal": None}),
    ("    return object()", {"kind": "raised", "code": None, "signal": None}),
    ("    import sys\n    sys.exit(3)", {"kind": "exited", "code": 3, "signal": None}),
    ("    import sys\n    sys.exit()", {"kind": "exited", "code": 0, "signal": None}),
    ("    import sys\n    sys.exit('that is all')", {"kind": "exited", "code": 1, "signal": None}),
    ("    import os\n    os._exit(4)", {"kind": "exited", "code": 4, "signal": None}),
    ("    import os, signal\n    os.kill(os.getpid(), signal.SIGSEGV)", {"kind": "killed", "code": None, "signal": 11}),
    ("    import os\n    os.closerange(3, 100)", {"kind": "lost", "code": None, "signal": None}),
]


@pytest.mark.parametrize(("body", "how"), EXITS)
def test_a_job_says_how_its_program_ended(user: Speaker, body: str, how: dict[str, Any]) -> None:
    job_id = user.run(user.upload("ends", f"def run(task, userpub, params):\n{body}\n"))
    assert user.result(job_id)["status"] == 4
    assert user.data("job_info", job_id=job_id)["exit"] == how


def test_a_job_that_ran_too_long_and_one_that_was_cancelled_say_so(user: Speaker) -> None:
    sleep = user.upload("sleep", SLEEP)
    late, cancelled = user.run(sleep, max_execution_time=0.2), user.run(sleep)
    user.wait_until_asleep(cancelled)
    user.data("job_cancel", job_id=cancelled)
    for job_id, kind in ((late, "timed_out"), (cancelled, "cancelled")):
        user.result(job_id)
        assert user.data("job_info", job_id=job_id)["exit"]["kind"] == kind
