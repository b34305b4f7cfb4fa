"""What becomes of jobs where the disk is full, read-only or locked. `python -m tests.crash.disks SCENARIO`.

To be run within mounts of its own (`unshare --map-root-user --mount`): each scenario mounts a small disk in memory.
"""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.service_speaker import ECHO, Answer, ServiceProcess, Speaker, eventually

DISK = 24 * 1024 * 1024
"""Bytes of a small disk."""

CHUNK = b"\0" * (64 * 1024)

MESSAGES = 40

STEPS = """
import pathlib, time
def run(task, userpub, params):
    for number in range(params["messages"]):
        userpub.publish("%d " % number + "x" * 10_000)
        if number == 4:
            pathlib.Path(params["reached"]).touch()
            while not pathlib.Path(params["go"]).exists():
                time.sleep(0.01)
    return params["messages"]
"""
"""Publishes five messages, waits until it is told to go on, and publishes the rest."""


def main() -> int:
    """Run one scenario; what does not hold raises."""
    scenarios: dict[str, Callable[[Path, Path], None]] = {
        "full": full,
        "full-at-the-start": full_at_the_start,
        "read-only": read_only,
        "locked": locked,
    }
    with tempfile.TemporaryDirectory(prefix="quafu-disks-") as base, _mounted(Path(base) / "disk") as disk:
        scenarios[sys.argv[1]](disk, Path(base))
    return 0


def full(disk: Path, beside: Path) -> None:
    """A disk that fills up under a service refuses what is new, keeps what is old, and loses nothing that runs."""
    go, reached = beside / "go", beside / "reached"
    with ServiceProcess(disk / "data", "--max-jobs=2") as service:
        speaker = service.speaker
        echo, steps = speaker.upload("echo", ECHO), speaker.upload("steps", STEPS)
        before = speaker.run(echo, 1)
        assert speaker.result(before)["result"] == '{"result": 1}'
        running = speaker.run(steps, {"messages": MESSAGES, "go": str(go), "reached": str(reached)})
        eventually(reached.exists)
        filler = _fill(disk)
        refused = _submit(speaker, echo, "a-key")
        assert refused.status == 503, refused
        assert json.loads(refused.body)["status"] == 503
        assert "Retry-After" in {name.title() for name in refused.headers}
        assert speaker.result(before)["result"] == '{"result": 1}'
        go.touch()
        eventually(lambda: _submit(speaker, echo, "a-key").status == 503)
        filler.unlink()
        assert speaker.result(running)["result"] == str(MESSAGES)
        assert _messages(speaker, running) == list(range(MESSAGES))
        accepted = {json.loads(_submit(speaker, echo, "a-key").body)["data"]["job_id"] for _ in range(2)}
        assert len(accepted) == 1
        assert speaker.result(accepted.pop())["result"] == '{"result": 7}'
        assert service.end(signal.SIGINT) == 0


def full_at_the_start(disk: Path, _beside: Path) -> None:
    """A service that cannot write its folder does not start, and says why."""
    _fill(disk)
    assert "disk" in _refusal(disk / "data").lower() or "space" in _refusal(disk / "data").lower()


def read_only(disk: Path, _beside: Path) -> None:
    """A service on a read-only disk does not start, says why, and leaves what is there as it is."""
    with ServiceProcess(disk / "data") as service:
        echo = service.speaker.upload("echo", ECHO)
        job = service.speaker.run(echo, 1)
        result = service.speaker.result(job)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    assert "read-only" in _refusal(disk / "data").lower()
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    with ServiceProcess(disk / "data") as service:
        assert service.speaker.result(job) == result


def locked(disk: Path, _beside: Path) -> None:
    """A store that somebody else holds locked delays a service, and loses it nothing."""
    with ServiceProcess(disk / "data", "--max-jobs=2") as service:
        speaker = service.speaker
        echo = speaker.upload("echo", ECHO)
        before = speaker.run(echo, 1)
        speaker.result(before)
        holder = sqlite3.connect(disk / "data" / "runtime.db", isolation_level=None, check_same_thread=False)
        with contextlib.closing(holder):
            holder.execute("BEGIN IMMEDIATE")
            release = threading.Timer(3.0, holder.execute, ("ROLLBACK",))
            release.start()
            assert speaker.result(before)["result"] == '{"result": 1}'  # who reads does not wait
            jobs = [speaker.run(echo, number) for number in range(3)]
            results = [speaker.result(job)["result"] for job in jobs]
            release.join()
        assert results == [f'{{"result": {number}}}' for number in range(3)]


@contextlib.contextmanager
def _mounted(disk: Path) -> Iterator[Path]:
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(disk)], check=True)
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def _fill(disk: Path) -> Path:
    filler = disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(CHUNK):
            pass
    return filler


def _submit(speaker: Speaker, program_id: str, key: str) -> Answer:
    body = json.dumps({"program_id": program_id, "params": 7}).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return speaker.raw("POST", "/runtime/programs_run_deploy", body, **headers)


def _messages(speaker: Speaker, job_id: str) -> list[int]:
    with speaker.listen(job_id) as stream:
        return [int(str(text).strip('"').split(" ")[0]) for text in list(stream)[1:-1]]


def _refusal(folder: Path) -> str:
    command = [sys.executable, "-P", "-m", "quafu_runtime.server", f"--data-dir={folder}"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60.0, check=False)
    assert ended.returncode == 1, ended
    assert "Traceback" not in ended.stderr, ended.stderr
    return ended.stderr


if __name__ == "__main__":
    sys.exit(main())
