"""Users come and go while the service runs: a token that is revoked is worth nothing within a second."""

import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from websockets.exceptions import ConnectionClosed

from quafu_runtime.cli import main
from quafu_runtime.errors import ArgumentError
from quafu_runtime.server.auth import add_user, add_users, list_users, revoke_user
from quafu_runtime.server.doorkeeper import TRUST
from quafu_runtime.server.settings import Settings
from tests.service_speaker import DEADLINE, SLEEP, ServiceProcess, Speaker, eventually


@pytest.fixture
def settings(service: ServiceProcess) -> Settings:
    return Settings(data_dir=service.data_dir)


def _call(folder: Path, *arguments: str) -> Result:
    command = main
    assert isinstance(command, click.Command)
    return CliRunner().invoke(command, ["server", "user", *arguments, f"--data-dir={folder}"])


def test_what_is_known_of_a_token_is_forgotten_in_less_than_a_second() -> None:
    assert 2 * TRUST < 1.0  # once for what is known, and once for those who stay


@pytest.mark.usefixtures("emptied")
def test_a_revoked_token_ends_the_calls_that_wait_and_the_streams_and_lets_nobody_in(
    settings: Settings, new_user: Callable[[], tuple[str, Speaker]], user: Speaker
) -> None:
    name, leaving = new_user()
    jobs = {speaker: speaker.run(speaker.upload("sleep", SLEEP)) for speaker in (leaving, user)}
    for speaker, job_id in jobs.items():
        speaker.wait_until_asleep(job_id)
    with (
        ThreadPoolExecutor(2) as pool,
        leaving.listen(jobs[leaving]) as theirs,
        user.listen(jobs[user]) as others,
    ):
        waits = {speaker: pool.submit(speaker.call, "get_result_wait", job_id=jobs[speaker]) for speaker in jobs}
        theirs.recv(DEADLINE), others.recv(DEADLINE)
        assert leaving.code("job_status", job_id=jobs[leaving]) == 200
        revoke_user(settings, name)
        assert waits[leaving].result(DEADLINE)["status"] == 201
        assert theirs.recv(DEADLINE) == "b'asleep'"
        with pytest.raises(ConnectionClosed) as closed:
            theirs.recv(DEADLINE)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        eventually(lambda: leaving.code("job_status", job_id=jobs[leaving]) == 201)
        assert user.data("job_cancel", job_id=jobs[user]) == {"status": 3}
        assert waits[user].result(DEADLINE)["data"]["status"] == 3


@pytest.mark.usefixtures("emptied")
def test_the_jobs_of_a_revoked_user_run_on_and_those_that_wait_are_told(
    settings: Settings, new_user: Callable[[], tuple[str, Speaker]]
) -> None:
    name, leaving = new_user()
    sleep = leaving.upload("sleep", SLEEP)
    jobs = [leaving.run(sleep) for _ in range(4)]
    for job_id in jobs[:1]:
        leaving.wait_until_asleep(job_id)
    running = sum(leaving.status(job_id) == 1 for job_id in jobs)
    printed = _call(settings.data_dir, "revoke", name)
    assert printed.exit_code == 0, printed.output
    assert f"The token of {name} is worth nothing any more." in printed.output
    assert "of their jobs run on" in printed.output
    assert "that wait are not started any more" in printed.output
    assert running >= 1


def test_the_owner_is_not_revoked_and_told_how_to_get_another_token(settings: Settings) -> None:
    owner = next(user.name for user in list_users(settings) if user.is_owner)
    refused = _call(settings.data_dir, "revoke", owner)
    assert refused.exit_code == 2
    assert "owner" in refused.stderr
    assert "owner.token" in refused.stderr
    assert all(user.revoked_at is None for user in list_users(settings) if user.is_owner)


def test_nobody_is_revoked_who_is_not_there_or_twice(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    add_user(settings, "one")
    with pytest.raises(ArgumentError, match="no user named 'two'"):
        revoke_user(settings, "two")
    revoke_user(settings, "one")
    with pytest.raises(ArgumentError, match="revoked already"):
        revoke_user(settings, "one")


def test_a_name_is_never_given_again(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    add_user(settings, "one")
    revoke_user(settings, "one")
    with pytest.raises(ArgumentError, match="was, a user named one"):
        add_user(settings, "one")


def test_many_users_are_added_at_once_as_a_table_of_names_and_tokens(tmp_path: Path) -> None:
    printed = _call(tmp_path, "add", "--count=30", "--csv")
    assert printed.exit_code == 0, printed.output
    rows = list(csv.DictReader(io.StringIO(printed.stdout)))
    assert [row["name"] for row in rows] == [f"student-{number:02}" for number in range(1, 31)]
    assert len({row["token"] for row in rows}) == 30
    assert all(len(row["token"]) == 64 for row in rows)
    assert [user.name for user in list_users(Settings(data_dir=tmp_path))] == [row["name"] for row in rows]
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert all(row["token"].encode() not in kept for row in rows)


def test_of_many_users_all_are_added_or_none(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    add_user(settings, "class-07")
    refused = _call(tmp_path, "add", "--count=10", "--prefix=class-", "--csv")
    assert refused.exit_code == 2
    assert refused.stdout == ""
    assert "class-07" in refused.stderr
    assert [user.name for user in list_users(settings)] == ["class-07"]
    with pytest.raises(ArgumentError, match="name"):
        add_users(settings, ["good", "a b"])
    assert len(list_users(settings)) == 1


@pytest.mark.parametrize("arguments", [[], ["alice", "--count=2"], ["alice", "--prefix=x"], ["--count=0"]])
def test_how_many_users_are_meant_is_said_clearly(tmp_path: Path, arguments: list[str]) -> None:
    assert _call(tmp_path, "add", *arguments).exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "a b", "a,b", 'a"b', "a/b", "a\tb", "a\x00b", "a\u202eb", "x" * 65])
def test_a_name_is_a_word(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArgumentError, match="name"):
        add_user(Settings(data_dir=tmp_path), name)


def test_the_list_says_who_was_revoked_and_who_is_the_owner(settings: Settings) -> None:
    add_user(settings, "leaver")
    revoke_user(settings, "leaver")
    rows = {row["name"]: row for row in json.loads(_call(settings.data_dir, "list", "--json").stdout)}
    assert rows["leaver"]["revoked_at"] is not None
    assert not rows["leaver"]["is_owner"]
    assert sum(row["is_owner"] for row in rows.values()) == 1
    assert set(rows["leaver"]) == {"name", "is_owner", "created_at", "revoked_at"}
