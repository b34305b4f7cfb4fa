"""Connections: shared, reused, closed with their service; from many threads, several event loops, forked processes."""

import asyncio
import gc
import gzip
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler

import pytest

from quafu_runtime._client.transport.pools import Pools, sync_pool
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeJob, AsyncRuntimeService
from quafu_runtime.job import RuntimeJob
from quafu_runtime.service import RuntimeService
from quafu_runtime.status import JobStatus
from tests.fakes.answers import hang_up
from tests.fakes.deployed import TOKEN, FakeService

SOURCE = "def run(task, userpub, params):\n    return params\n"


def test_one_connection_serves_a_service_and_its_jobs(service: FakeService, account: Account) -> None:
    job = service.add_job()
    with RuntimeService(account) as client:
        client.programs()
        client.job(job.job_id).status()
        client.job(job.job_id).logs()

    assert service.connections == 1


def test_a_job_that_is_made_by_its_id_connects_when_it_is_first_used(service: FakeService, account: Account) -> None:
    made = service.add_job()

    job = RuntimeJob(made.job_id, account)
    assert service.connections == 0
    assert job.status() is JobStatus.RUNNING
    assert job.status() is JobStatus.RUNNING

    assert service.connections == 1
    assert (job.job_id(), job.program_id(), job.params, job.backend) == (made.job_id, None, None, None)


def test_a_job_closes_its_own_connections_and_never_those_of_its_service(
    service: FakeService, account: Account
) -> None:
    made = service.add_job()
    with RuntimeJob(made.job_id, account) as alone:
        alone.status()
    alone.status()
    assert service.connections == 2

    with RuntimeService(account) as client:
        with client.job(made.job_id) as shared:
            shared.status()
        shared.status()
    assert service.connections == 3

    async def main() -> None:
        async with AsyncRuntimeJob(made.job_id, account) as awaited:
            await awaited.status()

    asyncio.run(main())
    assert service.connections == 4


def test_many_threads_use_one_service_at_once(service: FakeService, account: Account) -> None:
    names = {service.add_program(f"program-{index}"): f"program-{index}" for index in range(8)}
    wrong: list[object] = []
    start = threading.Barrier(16)

    def look_up(client: RuntimeService) -> None:
        start.wait(20.0)
        for program_id, name in names.items():
            found = client.program(program_id, refresh=True)
            if found.name != name:
                wrong.append(found)

    with RuntimeService(account) as client:
        threads = [threading.Thread(target=look_up, args=(client,)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30.0)

    assert wrong == []
    assert len(service.sent("program")) == 16 * 8


def test_many_results_are_waited_for_at_once(service: FakeService, account: Account) -> None:
    jobs = [service.add_job() for _ in range(120)]
    results: dict[str, object] = {}

    def wait(client: RuntimeService, job_id: str) -> None:
        results[job_id] = client.job(job_id).result(timeout=30.0)

    with RuntimeService(account) as client:
        threads = [threading.Thread(target=wait, args=(client, job.job_id)) for job in jobs]
        for thread in threads:
            thread.start()
        service.wait_for("get_result_wait", len(jobs))
        for index, job in enumerate(jobs):
            service.end(job, result=str(index))
        for thread in threads:
            thread.join(30.0)

    assert results == {job.job_id: index for index, job in enumerate(jobs)}


def test_a_service_that_was_closed_opens_new_connections(service: FakeService, account: Account) -> None:
    client = RuntimeService(account)
    client.programs()
    client.close()
    client.programs()
    client.close()

    assert service.connections == 2


def test_a_forked_process_does_not_share_the_connections_of_its_parent(service: FakeService) -> None:
    service.add_program("hello")
    script = f"""
import os
from quafu_runtime.account import Account
from quafu_runtime.service import RuntimeService
client = RuntimeService(Account({TOKEN!r}, url={service.url!r}))
client.programs()
child = os.fork()
if child == 0:
    os._exit(0 if [one.name for one in client.programs()] == ["hello"] else 1)
print(os.waitpid(child, 0)[1], [one.name for one in client.programs()])
"""

    assert _run(script) == "0 ['hello']\n"
    assert service.connections == 2


def test_each_owner_has_pools_of_its_own_and_those_of_a_loop_go_with_it() -> None:
    pools = Pools(sync_pool)
    first, second = asyncio.new_event_loop(), asyncio.new_event_loop()

    made = pools.choose("http", "127.0.0.1", 1, first)
    assert pools.choose("http", "127.0.0.1", 2, first) is made
    assert pools.choose("https", "127.0.0.1", 1, first) is not made
    assert pools.choose("http", "127.0.0.1", 1, second) is not made
    assert pools.choose("http", "127.0.0.1", 1) is not made
    assert pools.choose("http", "127.0.0.1", 1, first) is made
    first.close()
    pools.choose("http", "127.0.0.1", 1, second)
    assert pools.taken(first) == []
    second.close()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the first loop is gone with its connection, as any loop is
def test_one_async_service_works_in_one_event_loop_after_another(service: FakeService, account: Account) -> None:
    client = AsyncRuntimeService(account)

    async def last() -> None:
        await client.programs()
        await client.close()

    asyncio.run(_ignored(client))
    asyncio.run(last())
    gc.collect()

    assert len(service.sent("programs")) == 2


def test_many_awaited_calls_run_at_once(service: FakeService, account: Account) -> None:
    jobs = [service.add_job() for _ in range(60)]

    async def main() -> list[object]:
        async with AsyncRuntimeService(account) as client:
            waiting = [asyncio.create_task(client.job(job.job_id).result(timeout=30.0)) for job in jobs]
            await asyncio.to_thread(service.wait_for, "get_result_wait", len(jobs))
            for index, job in enumerate(jobs):
                service.end(job, result=str(index))
            return list(await asyncio.gather(*waiting))

    assert asyncio.run(main()) == list(range(60))


def test_an_awaited_call_that_is_cancelled_leaves_no_connection(service: FakeService, account: Account) -> None:
    job = service.add_job()

    async def main() -> None:
        async with AsyncRuntimeService(account) as client:
            task = asyncio.create_task(client.job(job.job_id).result())
            await asyncio.to_thread(service.wait_for, "get_result_wait", 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert (await client.job(job.job_id).status()) is JobStatus.RUNNING

    asyncio.run(main())


def test_an_idle_connection_that_the_service_closed_makes_no_submission_uncertain(
    service: FakeService, account: Account
) -> None:
    program_id = service.add_program("hello")
    with RuntimeService(account) as client:
        client.programs()
        service.close_idle_connections()
        assert client.run(program_id).status() is JobStatus.QUEUED

    assert service.connections == 2


def test_a_compressed_answer_is_read(service: FakeService, account: Account) -> None:
    def compressed(handler: BaseHTTPRequestHandler) -> None:
        body = gzip.compress(json.dumps({"status": 200, "data": {"programs": [], "count": 0}}).encode())
        handler.send_response_only(200, "OK")
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    service.script("programs", compressed)

    with RuntimeService(account) as client:
        assert client.programs() == []


def test_a_service_that_nobody_closes_leaves_no_warning_and_no_thread(service: FakeService) -> None:
    job = service.add_job()
    script = f"""
import threading
from quafu_runtime.account import Account
from quafu_runtime.job import RuntimeJob
from quafu_runtime.service import RuntimeService
account = Account({TOKEN!r}, url={service.url!r})
service = RuntimeService(account)
service.programs()
print(RuntimeJob({job.job_id!r}, account).status().value)
print(threading.active_count())
"""

    assert _run(script) == "Actively running\n1\n"


def test_a_connection_that_breaks_once_is_made_again_for_what_may_be_repeated(
    service: FakeService, account: Account
) -> None:
    service.script("programs", hang_up)

    with RuntimeService(account) as client:
        assert client.programs() == []

    assert len(service.sent("programs")) == 2


async def _ignored(client: AsyncRuntimeService) -> None:
    await client.programs()


def _run(script: str) -> str:
    """What a script prints that ends well, and without a warning."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
