"""How an attempt is ended from outside, and what a runner does when its service stumbles."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from quafu_runtime.server.executor import Handle, LaunchError
from tests.e2e.attempt_service import wait_until
from tests.e2e.process_bench import Bench, Launched, children_of, is_alive

EFFECTIVE_WITHIN = 1.0
"""Seconds in which a cancel must have taken effect."""

STUBBORN = {
    "sleeps": "time.sleep(3600)",
    "computes in Python": "while True: pass",
    "computes in C": "sum(range(10**15))",
    "computes in numpy": "numpy.linalg.svd(numpy.random.rand(3000, 3000))",
    "ignores signals": "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]; time.sleep(3600)",
    "waits for a child": "subprocess.run(['sleep', '3600'])",
    "is many": "[os.fork() for _ in range(5)]; time.sleep(3600)",
    "has a daemon": "subprocess.run(['setsid', '-f', 'sh', '-c', 'trap \"\" TERM; sleep 3600']); time.sleep(3600)",
    "prints without end": "[print('y' * 100) for _ in iter(int, 1)]",
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)",
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("scratch")) as ready:
        yield ready


def start(bench: Bench, body: str) -> Launched:
    """Launch a program that says when it is there."""
    launched = bench.launch(f"""
import numpy, os, signal, subprocess, time

def run(task, userpub, params):
    print("here", flush=True)
    userpub.publish(b"here")
    {body}
""")
    launched.record.wait(lambda record: record.messages)
    return launched


@pytest.mark.parametrize("how", ["sleeps", "computes in C", "ignores signals"])
def test_an_answer_of_the_service_cancels_a_program(bench: Bench, how: str) -> None:
    launched = start(bench, STUBBORN[how])
    record = launched.record
    record.cancel = True
    finished = record.wait_for_end()
    assert (finished["outcome"], finished["result"]) == ("cancelled", "")
    assert record.log.startswith("here\n")
    assert record.finished_at is not None
    assert record.cancel_told_at is not None
    assert record.finished_at - record.cancel_told_at < EFFECTIVE_WITHIN
    bench.check_clean(launched.handle)


@pytest.mark.parametrize("how", STUBBORN)
def test_stop_cancels_a_program_at_once(bench: Bench, how: str) -> None:
    launched = start(bench, STUBBORN[how])
    asked_at = time.monotonic()
    bench.run(bench.executor.stop(launched.handle, 5.0))
    assert time.monotonic() - asked_at < EFFECTIVE_WITHIN
    assert launched.record.finished is not None
    assert launched.record.finished["outcome"] == "cancelled"
    assert bench.probe(launched.handle) == "exited with code 0"
    bench.check_clean(launched.handle)


def test_stop_right_after_a_launch_is_not_lost(bench: Bench) -> None:
    for _ in range(5):
        launched = bench.launch("import time\ndef run(task, userpub, params):\n    time.sleep(3600)\n")
        asked_at = time.monotonic()
        bench.run(bench.executor.stop(launched.handle, 5.0))
        assert time.monotonic() - asked_at < EFFECTIVE_WITHIN
        assert launched.record.wait_for_end()["outcome"] == "cancelled"


def test_stop_reports_what_was_printed_before(bench: Bench) -> None:
    launched = start(bench, "print('last words', end=''); time.sleep(3600)")
    launched.record.wait(lambda record: "last words" in record.log)
    bench.run(bench.executor.stop(launched.handle, 5.0))
    assert launched.record.log == "here\nlast words"


def test_stop_kills_a_runner_that_cannot_report(bench: Bench) -> None:
    launched = start(bench, STUBBORN["has a daemon"])
    launched.record.failures = 1_000_000
    bench.run(bench.executor.stop(launched.handle, 0.2))
    assert bench.probe(launched.handle) == "was killed by SIGKILL (Killed)"
    assert launched.record.finished is None
    bench.check_clean(launched.handle)


def test_stop_leaves_alone_what_has_ended_or_is_not_known(bench: Bench) -> None:
    launched = bench.launch("def run(task, userpub, params):\n    pass\n")
    bench.wait_for_exit(launched.handle)
    bench.run(bench.executor.stop(launched.handle, 0.1))
    bench.run(bench.executor.stop(Handle("unknown", 1), 0.1))
    assert bench.probe(launched.handle) == "exited with code 0"
    assert (bench.probe(Handle("unknown", 1)) or "").startswith("is not known here")


@pytest.mark.parametrize("refusal", [200, 409])
def test_an_attempt_that_is_not_let_go_runs_nothing(bench: Bench, refusal: int, tmp_path: Path) -> None:
    attempt = bench.attempt(touching(tmp_path / "body"))
    record = bench.service.record(attempt.job_id)
    record.go = False
    record.refusal = refusal
    handle = bench.run(bench.executor.launch(attempt))
    assert bench.wait_for_exit(handle) == "exited with code 0"
    assert (record.posts, record.events, record.finished) == (1, {}, None)
    assert not (tmp_path / "body").exists()
    bench.check_clean(handle)


def touching(path: Path) -> str:
    """A program of which the body makes a file."""
    return f"open({str(path)!r}, 'w').close()\ndef run(task, userpub, params):\n    pass\n"


def test_the_body_of_a_program_waits_until_the_service_lets_it_go(bench: Bench, tmp_path: Path) -> None:
    attempt = bench.attempt(touching(tmp_path / "body"))
    record = bench.service.record(attempt.job_id)
    record.failures = 4
    handle = bench.run(bench.executor.launch(attempt))
    record.wait(lambda record: record.failures == 0)
    assert not (tmp_path / "body").exists()
    assert record.wait_for_end()["outcome"] == "done"
    assert (tmp_path / "body").exists()
    bench.check_clean(handle)


def test_a_fenced_runner_ends_its_program_and_says_nothing_more(bench: Bench) -> None:
    launched = start(bench, STUBBORN["ignores signals"])
    launched.record.fenced = True
    assert bench.wait_for_exit(launched.handle) == "exited with code 0"
    assert launched.record.finished is None
    bench.check_clean(launched.handle)


def test_a_runner_gives_a_sign_of_life_each_second(bench: Bench) -> None:
    launched = start(bench, STUBBORN["sleeps"])
    posts = launched.record.posts
    launched.record.wait(lambda record: record.posts >= posts + 2, within=4.0)
    bench.run(bench.executor.stop(launched.handle, 5.0))
    assert launched.record.messages == ["b'here'"]


def test_a_runner_opens_a_connection_that_the_service_has_closed(bench: Bench) -> None:
    attempt = bench.attempt("def run(task, userpub, params):\n    print('well')\n    userpub.publish(b'x')\n")
    record = bench.service.record(attempt.job_id)
    record.closes_connections = True
    handle = bench.run(bench.executor.launch(attempt))
    assert record.wait_for_end()["outcome"] == "done"
    assert record.log == "well\n"
    bench.check_clean(handle)


def test_a_runner_says_again_what_the_service_could_not_take(bench: Bench) -> None:
    launched = start(bench, "[userpub.publish(number) for number in range(50)]; print('end')")
    launched.record.failures = 5
    launched.record.wait_for_end()
    assert launched.record.messages == ["b'here'", *map(str, range(50))]
    assert launched.record.log == "here\nend\n"
    bench.check_clean(launched.handle)


def test_an_attempt_is_launched_once(bench: Bench) -> None:
    attempt = bench.attempt("import time\ndef run(task, userpub, params):\n    time.sleep(3600)\n")
    handle = bench.run(bench.executor.launch(attempt))
    with pytest.raises(LaunchError, match="has been launched already"):
        bench.run(bench.executor.launch(attempt))
    bench.run(bench.executor.stop(handle, 5.0))


def test_many_more_jobs_than_slots_can_be_launched_at_once(bench: Bench) -> None:
    source = "def run(task, userpub, params):\n    return params\n"
    jobs = [bench.launch(source, params_json=str(number)) for number in range(12)]
    assert [job.record.wait_for_end()["result"] for job in jobs] == [str(number) for number in range(12)]
    for job in jobs:
        bench.check_clean(job.handle)


def test_a_time_limit_may_be_far_away(bench: Bench) -> None:
    record = bench.finish("def run(task, userpub, params):\n    return 1\n", max_execution_time=1e12)
    assert record.wait_for_end()["outcome"] == "done"


def test_zombies_are_reaped_while_a_program_runs(bench: Bench) -> None:
    launched = start(bench, "[subprocess.run(['setsid', '-f', 'true']) for _ in range(5)]; time.sleep(3600)")
    runner = launched.record.started[0]["runner"]["pid"]
    wait_until(lambda: len(children_of(runner)) == 1)
    assert is_alive(children_of(runner)[0])
    bench.run(bench.executor.stop(launched.handle, 5.0))
