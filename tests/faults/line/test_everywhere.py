"""A client where it is easily broken: in forked children, many threads, two event loops, finalizers, after its end.

Each works, or says clearly why not. What might hang is done in a process of its own, which an alarm would end.
"""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.job import RuntimeJob
from quafu_runtime.service import RuntimeService
from quafu_runtime.status import JobStatus
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.world import World, one_running_job

THREADS = 8
"""As many as a client keeps connections."""

BEGINNING = """
import atexit, gc, multiprocessing, os, signal, sys, threading
signal.alarm(50)
from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.service import RuntimeService
client = RuntimeService(Account({token!r}, url={url!r}, ws_url={ws_url!r}))

def names():
    return [one.name for one in client.programs(refresh=True)]

def ended(child):
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""

FORKS_IN_THE_MIDDLE = """
over = threading.Event()

def keep_calling():
    while not over.is_set():
        assert names() == ["hello"]

threads = [threading.Thread(target=keep_calling) for _ in range(6)]
for thread in threads:
    thread.start()
codes = set()
for _ in range(25):
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        os._exit(0 if names() == ["hello"] and names() == ["hello"] else 1)
    codes.add(ended(child))
over.set()
for thread in threads:
    thread.join()
print(codes, names())
"""

FORK_WITH_LOCKS = """
from contextlib import ExitStack
from quafu_runtime._client import locks

names()
held, over = threading.Event(), threading.Event()

def hold_all():
    with ExitStack() as stack:
        for lock in list(locks._all):
            stack.enter_context(lock)
        held.set()
        over.wait(40)

thread = threading.Thread(target=hold_all)
thread.start()
held.wait(40)
child = os.fork()
if child == 0:
    signal.alarm(20)
    os._exit(0 if names() == ["hello"] else 1)
print(len(locks._all) > 1, ended(child))
over.set()
thread.join()
"""

MULTIPROCESSING = """
def work(number, answers):
    answers.put((number, names()))

names()
fork = multiprocessing.get_context("fork")
answers = fork.Queue()
workers = [fork.Process(target=work, args=(number, answers)) for number in range(4)]
for worker in workers:
    worker.start()
print(sorted(answers.get(timeout=40) for _ in workers) == [(number, ["hello"]) for number in range(4)])
for worker in workers:
    worker.join()
print([worker.exitcode for worker in workers], names())
"""

OPEN_STREAM = """
stream = client.job({job_id!r}).stream()
print(next(stream))
for leaves in (os._exit, sys.exit):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            next(stream)
        except errors.StreamError as error:
            print(str(os.getppid()) in error.message and "Open one here" in error.message, flush=True)
        with client.job({job_id!r}).stream() as own:
            pass
        stream.close()
        leaves(0)
    print(ended(child), flush=True)
print("go on", flush=True)
print(list(stream))
"""

FINALIZERS = """
from httpcore import ConnectionPool

done = []

class Last:
    def __init__(self):
        self.me = self

    def __del__(self):
        done.append(names())

assign = ConnectionPool._assign_requests_to_connections

def assign_with_a_finalizer(pool):
    ConnectionPool._assign_requests_to_connections = assign
    Last()
    gc.collect()  # while this thread holds the lock of its pool
    return assign(pool)

ConnectionPool._assign_requests_to_connections = assign_with_a_finalizer
assert names() == ["hello"]
gc.set_threshold(1, 1, 1)

def work():
    for _ in range(15):
        Last()
        assert names() == ["hello"]

threads = [threading.Thread(target=work) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
gc.set_threshold(700, 10, 10)
gc.collect()
print(len(done), done.count(["hello"]))
"""

THE_LAST_MOMENT = """
class Last:
    def __del__(self):
        try:
            print("finalizer", names(), flush=True)
        except errors.QuafuRuntimeError as error:
            print("finalizer", type(error).__name__, error.message[:16], flush=True)

atexit.register(lambda: print("atexit", names(), flush=True))
names()
last = Last()
"""


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as fake:
        fake.add_program("hello")
        yield fake


@pytest.fixture
def account(service: FakeService) -> Account:
    return Account(TOKEN, url=service.url)


@pytest.fixture
def world() -> Iterator[World]:
    with one_running_job() as made:
        yield made


def start(script: str, account: Account) -> "subprocess.Popen[str]":
    beginning = BEGINNING.format(token=TOKEN, url=account.get_url(), ws_url=account.get_url_ws())
    return subprocess.Popen(
        [sys.executable, "-X", "dev", "-c", beginning + script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(script: str, account: Account) -> list[str]:
    """What a script prints that ends well and says nothing else."""
    with start(script, account) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, ""), err
    return out.splitlines()


def test_a_child_that_is_forked_while_other_threads_call(account: Account) -> None:
    assert run(FORKS_IN_THE_MIDDLE, account) == ["{0} ['hello']"]


def test_a_child_that_is_forked_while_another_thread_holds_every_lock(account: Account) -> None:
    assert run(FORK_WITH_LOCKS, account) == ["True 0"]


def test_children_of_multiprocessing(account: Account) -> None:
    assert run(MULTIPROCESSING, account) == ["True", "[0, 0, 0, 0] ['hello']"]


def test_a_child_says_that_a_stream_is_its_parents_and_does_not_break_it(world: World) -> None:
    world.service.add_program("hello")
    job_id = world.job.job_id
    with start(OPEN_STREAM.format(job_id=job_id), world.account) as process:
        world.streams.wait_for_reader(job_id)
        world.streams.publish(job_id, "b'before'")
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(6)]
        world.streams.publish(job_id, "b'after'")
        world.end()
        out, err = process.communicate(timeout=60)

    assert said == ["b'before'\n", "True\n", "0\n", "True\n", "0\n", "go on\n"]
    assert out == "[b'after']\n"
    assert (process.returncode, err) == (0, "")


def test_finalizers_that_run_in_the_middle_of_calls(account: Account) -> None:
    assert run(FINALIZERS, account) == ["46 46"]


def test_the_last_moment_of_a_process(account: Account) -> None:
    lines = run(THE_LAST_MOMENT, account)

    assert lines == ["atexit ['hello']", "finalizer ServiceError Python is ending"]


def test_many_threads_share_a_client_and_its_connections(service: FakeService, account: Account) -> None:
    answers: list[list[str | None]] = []

    def work(client: RuntimeService) -> None:
        answers.extend([one.name for one in client.programs(refresh=True)] for _ in range(20))

    with RuntimeService(account) as client:
        threads = [threading.Thread(target=work, args=(client,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60.0)

    assert answers == [["hello"]] * 20 * THREADS
    assert service.connections <= 2 * THREADS


def test_two_event_loops_share_a_client_at_the_same_time(service: FakeService, account: Account) -> None:
    client = AsyncRuntimeService(account)
    together = threading.Barrier(2)
    answers: list[list[str | None]] = []

    async def work() -> None:
        for _ in range(10):
            await asyncio.to_thread(together.wait, 30.0)
            answers.append([one.name for one in await client.programs(refresh=True)])
        await client.close()

    threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)

    assert answers == [["hello"]] * 20
    assert service.connections == 2  # each loop has one, and keeps it


def test_a_client_that_was_closed_opens_new_connections(service: FakeService, account: Account) -> None:
    made = service.add_job()
    client = RuntimeService(account)
    job = client.job(made.job_id)
    client.close()
    client.close()
    assert job.status() is JobStatus.RUNNING
    client.close()

    alone = RuntimeJob(made.job_id, account)
    alone.close()
    assert alone.status() is JobStatus.RUNNING
    alone.close()

    async def main() -> None:
        awaited = AsyncRuntimeService(account)
        await awaited.close()
        assert await awaited.job(made.job_id).status() is JobStatus.RUNNING
        await awaited.close()

    asyncio.run(main())
    assert service.connections == 3
