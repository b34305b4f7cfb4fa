"""What processes use together, of this test's own children."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator

from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.resource_limits import limit_user
from quafu_runtime.server.runner.tree import processes_below
from quafu_runtime.server.runner.usage import ExactUsage, Usage, cheap_usage, exact_usage, tasks_of_user
from tests.service_speaker import DEADLINE, eventually

MEBIBYTE = 2**20
NOBODY = 65534


@contextlib.contextmanager
def children(count: int, what: Callable[[], object]) -> Iterator[list[int]]:
    """Children of this process that do something and then wait."""
    pids: list[int] = []
    ready, theirs = os.pipe()
    try:
        for _ in range(count):
            pid = os.fork()
            if pid == 0:
                kept = what()
                os.write(theirs, b"x")
                signal.pause()
                os._exit(bool(kept))
            pids.append(pid)
        for _ in range(count):
            os.read(ready, 1)
        yield pids
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(ready)
        os.close(theirs)


def test_memory_that_children_share_counts_once() -> None:
    kept = b"x" * (64 * MEBIBYTE)
    with children(4, lambda: kept) as pids:
        cheap, exact = cheap_usage(pids), exact_usage(pids)
    assert cheap.private > 4 * 64 * MEBIBYTE
    assert exact.private < cheap.private / 2
    assert (cheap.tasks, exact.tasks) == (4, 4)


def test_memory_of_each_child_counts_for_each() -> None:
    with children(3, lambda: b"x" * (32 * MEBIBYTE)) as pids:
        assert exact_usage(pids).private >= 3 * 32 * MEBIBYTE


def test_what_is_measured_beside_is_told_once() -> None:
    exact = ExactUsage()
    assert exact.latest() is None
    exact.renew([os.getpid()])
    found: list[Usage] = []

    def is_told() -> bool:
        found.extend(usage for usage in [exact.latest()] if usage is not None)
        return bool(found)

    eventually(is_told)
    assert found[0].private > 0
    assert exact.latest() is None


def test_a_process_that_has_ended_counts_as_a_task() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert cheap_usage([pid]).tasks == 1
    assert pid in processes_below(os.getpid())
    os.waitpid(pid, 0)
    assert pid not in processes_below(os.getpid())


def test_all_generations_are_below_but_those_that_are_spared() -> None:
    def more() -> None:
        if os.fork() == 0:
            signal.pause()

    with children(2, more) as pids:
        eventually(lambda: len(processes_below(os.getpid())) >= 4)
        spared = processes_below(os.getpid(), spare=[pids[0]])
        assert pids[0] not in spared
        assert pids[1] in spared
        below = processes_below(pids[0]) + processes_below(pids[1])
        assert len(below) == 2
        for pid in below:
            os.kill(pid, signal.SIGKILL)


def test_an_ordinary_user_cannot_make_processes_without_end() -> None:
    limit = 20
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            if os.geteuid() == 0:
                os.setresuid(NOBODY, NOBODY, NOBODY)
            limit_user([os.getpid()], Confinement(processes=limit))
            code = _fork_until_refused(tasks_of_user() + 4 * limit)
        finally:
            os._exit(code)
    began = time.monotonic()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert time.monotonic() - began < DEADLINE


def _fork_until_refused(most: int) -> int:
    pids = []
    try:
        for _ in range(most):
            pids.append(os.fork())
            if pids[-1] == 0:
                signal.pause()
    except BlockingIOError:
        return 0
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
    return 1
