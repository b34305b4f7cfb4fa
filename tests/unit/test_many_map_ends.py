"""A map at its end, closed, or left: it waits for nothing more, and the calls of one of asyncio end with it."""

import asyncio
import gc
from typing import Any

import pytest

from quafu_runtime.account import Account
from tests.fakes.deployed import FakeService
from tests.fakes.faces import FACES, call
from tests.unit.test_many_maps import ending_in_order, of_map


@pytest.mark.parametrize("face", FACES)
def test_a_map_ends_with_its_last_point_and_waits_for_no_place_that_nothing_is_to_take(
    service: FakeService, account: Account, face: str
) -> None:
    service.add_program("p")
    with ending_in_order(service):
        jobs = of_map(face, account, lambda client: client.map("p", iter([0, 1]), max_pending=2))
    assert [job.params for job in jobs] == [0, 1]
    assert service.sent("get_result_wait") == []


async def _two_places(client: Any) -> Any:
    """A map of which two jobs are taken, and a third that waits for one of them to end."""
    jobs = client.map("p", range(3), max_pending=2)
    _ = [await anext(jobs), await anext(jobs)]
    return jobs, asyncio.create_task(anext(jobs))


def test_a_map_that_is_at_its_end_or_closed_makes_no_further_call_and_goes_on_where_it_is_asked(
    service: FakeService, account: Account
) -> None:
    service.add_program("p")

    async def work(client: Any) -> None:
        jobs, third = await _two_places(client)
        await asyncio.to_thread(service.wait_for, "get_result_wait", 2)
        third.cancel()
        await asyncio.wait([third])
        await jobs.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        third = asyncio.create_task(anext(jobs))
        await asyncio.to_thread(service.wait_for, "get_result_wait", 4)
        service.end(next(iter(service.jobs.values())), result="0")
        assert (await third).params == 2
        assert [job async for job in jobs] == []
        assert asyncio.all_tasks() == {asyncio.current_task()}

    call("async", account, work)


def test_nobody_complains_of_the_calls_of_a_map_that_was_left(service: FakeService, account: Account) -> None:
    service.add_program("p")
    complaints: list[Any] = []

    async def work(client: Any) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
        _jobs, third = await _two_places(client)
        await asyncio.to_thread(service.wait_for, "get_result_wait", 2)
        third.cancel()
        left = asyncio.all_tasks() - {asyncio.current_task(), third}
        assert len(left) == 2
        await client.close()
        await asyncio.wait(left)
        assert all(not task.cancelled() for task in left)

    call("async", account, work)
    gc.collect()
    assert complaints == []
