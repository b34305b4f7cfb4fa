"""One token, and a search for it in what is logged, written and printed, and in the processes that are started."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from quafu_runtime import LocalRuntime, RuntimeService, errors
from quafu_runtime.account import Account
from tests.fakes.answers import text
from tests.fakes.deployed import FakeService
from tests.fakes.faces import FACES, call, first_of
from tests.fakes.streams import FakeStreams
from tests.faults.secrets.searching import ECHOES, SENTINEL, found_in

MAIN = """
import json, sys
from contextlib import suppress
from quafu_runtime.cli import main
for command in json.loads(sys.argv.pop()):
    sys.argv[1:] = command
    print("ran", *command, flush=True)
    with suppress(SystemExit):
        main()
"""


def test_no_log_of_ours_and_of_the_libraries_shows_it_even_where_each_is_told_to_say_all(
    service: FakeService, streams: FakeStreams, account: Account
) -> None:
    service.add_program("hello")
    job = service.add_job()
    records: list[logging.LogRecord] = []
    with everything_logged(records):
        for number, face in enumerate(FACES, 1):
            call(face, account, lambda client: client.run("hello"))
            with pytest.raises(errors.JobNotFoundError):
                call(face, account, lambda client: client.job("b" * 32).status())
            reader = threading.Thread(target=publish_once, args=(streams, job.job_id, number))
            reader.start()
            call(face, account, lambda client: first_of(client.job(job.job_id).stream()))
            reader.join()
    ours = [one for one in records if not one.name.startswith("websockets.server")]  # that is the fake's own

    assert {one.name.split(".")[0] for one in ours} >= {"quafu_runtime", "httpcore"}
    assert [one.getMessage() for one in ours if found_in(f"{one.getMessage()} {vars(one)!r}")] == []


class Keeping(logging.Handler):
    """Keeps all records."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        super().__init__(logging.DEBUG)
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)


class everything_logged:  # noqa: N801 - a context
    """All loggers at DEBUG, each by itself, as somebody does who looks for a fault."""

    def __init__(self, records: list[logging.LogRecord]) -> None:
        self._handler = Keeping(records)
        self._before: dict[logging.Logger, int] = {}

    def __enter__(self) -> None:
        root = logging.getLogger()
        named = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
        self._before = {one: one.level for one in (root, *named)}
        for one in self._before:
            one.setLevel(logging.DEBUG)
        root.addHandler(self._handler)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._handler)
        for one, level in self._before.items():
            one.setLevel(level)


@pytest.mark.parametrize("face", FACES)
def test_no_file_that_is_written_holds_it(
    service: FakeService, account: Account, face: str, tmp_path: Path, home: Path
) -> None:
    trace = tmp_path / "trace.jsonl"
    service.add_program("hello")
    job = service.add_job()
    service.end(job, result='"' + SENTINEL + '"')
    job.logs = SENTINEL
    service.script("job_status", *(text(f"<p>{echo}</p>", 500, X_Request_Id=echo) for echo in ECHOES))

    def use(client: Any) -> Any:
        if isinstance(client, RuntimeService):
            for _ in ECHOES:
                with pytest.raises(errors.ServiceError):
                    client.job(job.job_id).status()
            client.run("hello", {"x": 1}, label="label")
            client.job(job.job_id).bundle(tmp_path / "job.zip")
            return None

        async def awaited() -> None:
            for _ in ECHOES:
                with pytest.raises(errors.ServiceError):
                    await client.job(job.job_id).status()
            await client.run("hello", {"x": 1}, label="label")
            await client.job(job.job_id).bundle(tmp_path / "job.zip")

        return awaited()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUAFU_RUNTIME_TRACE", str(trace))
        call(face, account, use)
    written = [one for folder in (tmp_path, home) for one in folder.rglob("*") if one.is_file()]

    assert {one.name for one in written} >= {"trace.jsonl", "job.zip", "jobs.db"}
    assert [one for one in written if found_in(one.read_bytes()) or found_in_zip(one)] == []


def found_in_zip(path: Path) -> list[str]:
    import zipfile

    if path.suffix != ".zip":
        return []
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if found_in(archive.read(name))]


def test_no_command_prints_it(service: FakeService, home: Path) -> None:
    environment = {**os.environ, "QUAFU_RUNTIME_URL": service.url, "QUAFU_RUNTIME_API_TOKEN": SENTINEL}
    assert (
        cli({**os.environ}, ["login", "--profile", "lab", "--url", service.url, "--token-stdin"], given=SENTINEL) == 1
    )
    commands = (
        ["accounts", "--check", "--json"],
        ["accounts"],
        ["doctor", "--json", "--timeout", "5"],
        ["program", "list", "--json"],
        ["job", "list", "--json"],
        ["run", "nothing"],
        ["login", "--help"],
    )
    assert cli(environment, *commands) == len(commands)
    assert (home / ".quafu" / "api").is_file()


def cli(environment: dict[str, str], *commands: list[str], given: str = "") -> int:
    """Run commands, one after the other in one process, and tell how many have run."""
    ended = subprocess.run(
        [sys.executable, "-X", "dev", "-c", MAIN, json.dumps(commands)],
        input=given,
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert found_in(said) == []
    return sum(line.startswith("ran ") for line in ended.stdout.splitlines())


def test_no_process_that_is_started_has_it_on_its_command_line_or_in_its_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", SENTINEL)
    program = "def run(task, userpub, params):\n    import time\n    userpub.publish(1)\n    time.sleep(60)\n"
    with LocalRuntime(tmp_path / "data") as runtime, RuntimeService(runtime.account) as client:
        owner = str(runtime.account.get_token())
        job = client.run(write(tmp_path / "waits.py", program))
        with job.stream() as stream:
            next(stream)
        seen = dict(processes_below(os.getpid()))
        job.cancel()

    assert len(seen) >= 4  # the service, its supervisor, a runner, a program
    for command, environment in seen.values():
        assert found_in(command) == found_in(environment) == []
        assert owner.encode() not in command + environment


def write(path: Path, program: str) -> Path:
    path.write_text(program)
    return path


def processes_below(pid: int) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, children.read_text().split()):
            folder = Path(f"/proc/{child}")
            yield child, ((folder / "cmdline").read_bytes(), (folder / "environ").read_bytes())
            yield from processes_below(child)


def publish_once(streams: FakeStreams, job_id: str, connections: int) -> None:
    streams.wait_for_reader(job_id, connections)
    streams.publish(job_id, "b'x'")
