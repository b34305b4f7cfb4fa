"""What a user would write who awaits: type-checked by `test_typed_use`, never run."""

from pathlib import Path
from typing import Any, assert_type

from quafu_runtime_api.api.programs import programs
from quafu_runtime_api.models import Failure, ProgramsSuccess

from quafu_runtime import (
    Account,
    AsyncRuntimeJob,
    AsyncRuntimeService,
    FailedRun,
    JobEvent,
    JobInfo,
    JobList,
    JobStatus,
    Ledger,
    ProgramList,
    RuntimeProgram,
    aio,
    load_bundle,
)


def use(*_: object) -> None:
    """Do something with what came."""


async def awaited_many_of(service: AsyncRuntimeService) -> None:
    jobs = service.map("vqe.py", [{"a": 1}], max_pending=4, seed=7)
    assert_type(jobs, aio.AsyncJobMap)
    async for job in jobs:
        assert_type(job, AsyncRuntimeJob | FailedRun[AsyncRuntimeJob])
    async for one in aio.as_completed(jobs, timeout=5):
        assert_type(one, AsyncRuntimeJob | FailedRun[AsyncRuntimeJob])
    assert_type(await aio.gather(jobs, timeout=5, progress=False), list[Any])
    assert_type(await aio.gather([await service.run("vqe")]), list[Any])
    sweep = await service.sweep("s.db", "vqe.py", {"a": [1]})
    assert_type(sweep, aio.AsyncSweep)
    assert_type(await sweep.retry_failed(), aio.AsyncSweep)


async def awaited_provenance_of(job: AsyncRuntimeJob, service: AsyncRuntimeService) -> None:
    assert_type(await job.ledger(), Ledger)
    assert_type(await job.rerun(params={"a": 1}, seed=7, backend="local"), AsyncRuntimeJob)
    assert_type(await job.reproduce(use), Any)
    assert_type(await job.bundle("run.zip", overwrite=True), Path)
    assert_type(await load_bundle("run.zip").rerun(service), AsyncRuntimeJob)
    async with job.cancel_on_exit() as same:
        assert_type(same, AsyncRuntimeJob)
    async for piece in job.stream_logs():
        assert_type(piece, str)
    async for event in job.events(after=3):
        assert_type(event, JobEvent)


async def awaited(account: Account) -> None:
    async with AsyncRuntimeService(account, request_timeout=5.0) as service:
        program_id = await service.upload_program("program.py", {"name": "hello"})
        assert_type(program_id, str)
        assert_type(await service.update_program(program_id, description="New."), RuntimeProgram)
        assert_type(await service.program("hello"), RuntimeProgram)
        assert_type(await service.programs(), ProgramList)
        await service.list_programs()
        job = await service.run("hello", {"a": 1}, seed=7)
        assert_type(job, AsyncRuntimeJob)
        assert_type(await job.status(), JobStatus)
        assert_type(await job.done(), bool)
        assert_type(await job.wait(), JobStatus)
        assert_type(await job.result(timeout=5.0), Any)
        assert_type(await job.info(), JobInfo)
        assert_type(await job.logs(), str)
        assert_type(await job.err_msg(), str | None)
        await job.interim_results(use)
        await job.interim_result_cancel()
        async for data in job.stream():
            use(data)
        async for event in job.events():
            assert_type(event, JobEvent)
        assert_type(await job.cancel(), JobStatus)
        assert_type(await job.delete(), bool)
        await service.delete_program(program_id)
        assert_type(await programs.asyncio(client=service.api), Failure | ProgramsSuccess)
        assert_type(AsyncRuntimeJob("id", account), AsyncRuntimeJob)
        assert_type(service.job("id"), AsyncRuntimeJob)
        assert_type(await service.jobs(limit=5, tag="a"), JobList)
