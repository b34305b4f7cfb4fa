"""The same, awaited: a job is followed while others run."""

import asyncio
from pathlib import Path

from quafu_runtime import AsyncRuntimeService
from quafu_runtime.aio import gather

PROGRAMS = Path(__file__).parents[1] / "program_source"


async def follow(service: AsyncRuntimeService) -> int:
    """How many interim results a job has."""
    job = await service.run(PROGRAMS / "long-run.py", {"messages": 5, "pause": 0.05})
    return len([message async for message in job.stream()])


async def main() -> None:
    """Run it."""
    async with AsyncRuntimeService.local() as service:
        jobs = service.map(PROGRAMS / "bell.py", [{"shots": 100}, {"shots": 200}], seed=1)
        messages, counts = await asyncio.gather(follow(service), gather(jobs))
        print(messages, "messages;", counts)


if __name__ == "__main__":
    asyncio.run(main())
