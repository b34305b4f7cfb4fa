"""Who is woken by what, and what is left of those who have gone."""

import asyncio

from quafu_runtime.server.hub import Hub


def test_only_those_who_listen_to_a_job_are_woken_and_once_however_much_happened() -> None:
    async def listen() -> None:
        hub = Hub()
        with hub.listen("a") as one, hub.listen("a") as other, hub.listen("b") as elsewhere:
            for _ in range(1000):
                hub.wake("a")
            assert await one.changed(within=60)
            assert await other.changed(within=60)
            assert not await one.changed(within=0.01)
            assert not await elsewhere.changed(within=0.01)

    asyncio.run(listen())


def test_what_happened_before_one_waits_is_not_missed() -> None:
    async def listen() -> None:
        hub = Hub()
        with hub.listen("a") as listener:
            waiting = asyncio.create_task(listener.changed(within=60))
            hub.wake("a")
            assert await waiting

    asyncio.run(listen())


def test_nothing_is_left_of_those_who_have_gone() -> None:
    hub = Hub()
    with hub.listen("a"), hub.listen("a"):
        pass
    hub.wake("a")
    hub.wake("never heard of")
    assert not hub._listeners


def test_all_are_woken_when_the_service_is_about_to_end() -> None:
    async def listen() -> None:
        hub = Hub()
        with hub.listen("a") as one, hub.listen("b") as other:
            hub.drain()
            assert await one.changed(within=60)
            assert await other.changed(within=60)
            assert hub.draining

    asyncio.run(listen())
