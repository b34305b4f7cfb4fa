"""What a user would write, with every public name: type-checked by `test_typed_use`, never run."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, assert_type

from quafu_runtime_api import AuthenticatedClient
from quafu_runtime_api.api.programs import programs
from quafu_runtime_api.models import Failure, ProgramsSuccess

import quafu_runtime
from quafu_runtime import (
    Account,
    AccountError,
    ArgumentError,
    AsyncRuntimeJob,
    AsyncRuntimeService,
    AuthenticationError,
    CheckReport,
    ClearTextWarning,
    ConnectionFailedError,
    DeadlineError,
    DuplicateProgramError,
    InvalidParamsError,
    JobCancelledError,
    JobError,
    JobEvent,
    JobFailedError,
    JobInfo,
    JobNotFoundError,
    JobStateError,
    JobStatus,
    JobTimeoutError,
    LocalRuntime,
    LocalRuntimeError,
    MalformedAnswerError,
    NothingToUpdateWarning,
    PermissionDeniedError,
    ProgramList,
    ProgramNotFoundError,
    ProgramNotValidError,
    ProgramWarning,
    QuafuRuntimeError,
    RateLimitedError,
    ResultDecoder,
    RuntimeJob,
    RuntimeProgram,
    RuntimeService,
    ServiceError,
    StreamError,
    StreamGapWarning,
    StreamTimeoutError,
    SubmitUncertain,
    UnencodableError,
    rtexceptions,
)
from quafu_runtime.job import JobStream


class Energies(ResultDecoder):
    @classmethod
    def decode(cls, data: str) -> list[float]:
        return [float(text) for text in data.split(",")]


def use(*_: object) -> None:
    """Do something with what came."""


def two_arguments(job_id: str, data: list[float]) -> None:
    use(job_id, data)


def accounts() -> Account:
    account = Account()
    account = Account("a token", url="https://host:1", ws_url="wss://host:1", profile="mine")
    account.save()
    account.save_api_token("a token")
    account.save_apitoken("a token")
    account.load_account()
    assert_type(account.get_token(), str)
    assert_type(account.get_url(), str)
    assert_type(account.get_url_ws(), str)
    assert_type(quafu_runtime.__version__, str)
    return account


def programs_of(service: RuntimeService) -> None:
    program_id = service.upload_program("program.py", {"name": "hello", "is_public": True})
    assert_type(program_id, str)
    service.upload_program(data=Path("program.py"), metadata="metadata.json", name="hello", max_execution_time=60)
    updated = service.update_program(program_id, data="program.py", metadata={"group": "g"}, description="New.")
    assert_type(updated, RuntimeProgram)
    found = service.program("hello", refresh=True)
    found = service.program(program_id=program_id)
    assert_type(found.name, str)
    assert_type(found["name"], Any)
    assert_type(found.data, str | None)
    assert_type(found.max_execution_time, float | None)
    listed = service.programs(limit=5, skip=2)
    assert_type(listed, ProgramList)
    for one in listed:
        assert_type(one, RuntimeProgram)
    service.list_programs(detailed=True)
    service.delete_program(program_id)
    assert_type(service.account, Account)
    assert_type(service.api, AuthenticatedClient)
    answer = programs.sync(client=service.api, limit=5)
    assert_type(answer, Failure | ProgramsSuccess)


def jobs_of(service: RuntimeService, program: RuntimeProgram) -> None:
    job = service.run("hello", {"a": [1, 2.5]}, backend="local", seed=7, max_execution_time=60.0)
    job = service.run(program)
    job = service.run(Path("program.py"))
    job = service.run(program_id="id", params=None)
    assert_type(job, RuntimeJob)
    assert_type(job.job_id(), str)
    assert_type(job.program_id(), str | None)
    assert_type(job.status(), JobStatus)
    shown: str = job.status().value
    use(shown)
    assert_type(job.done(), bool)
    assert_type(job.wait(timeout=5), JobStatus)
    assert_type(job.result(), Any)
    assert_type(job.result(wait=False, timeout=None, decoder=Energies), Any)
    assert_type(job.logs(), str)
    assert_type(job.cancel(), JobStatus)
    assert_type(job.delete(), bool)
    assert_type(job.err_msg(), str | None)
    assert_type(job.backend, str | None)
    assert_type(job.params, Any)
    info = job.info()
    assert_type(info, JobInfo)
    assert_type(info.started_at, datetime | None)
    assert_type(info.versions, Mapping[str, str])
    job.interim_results(use)
    job.interim_results(two_arguments, decoder=Energies)
    job.interim_result_cancel()
    assert_type(job.interim_error, BaseException | None)
    assert_type(job.stream(), JobStream[Any])
    with job.stream(decoder=Energies) as stream:
        for data in stream:
            use(data)
    for event in job.events():
        assert_type(event, JobEvent)
        assert_type(event.seq, int)
    assert_type(RuntimeJob("id", account=Account()), RuntimeJob)
    assert_type(service.job("id"), RuntimeJob)


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


def locally() -> None:
    with LocalRuntime(max_jobs=2) as runtime, RuntimeService(runtime.account) as service:
        assert_type(runtime.url, str)
        assert_type(service, RuntimeService)
    assert_type(RuntimeService.local(keep=True), RuntimeService)
    assert_type(AsyncRuntimeService.local("folder"), AsyncRuntimeService)
    assert_type(RuntimeService(profile="local"), RuntimeService)


def errors(service: RuntimeService, report: CheckReport) -> None:
    try:
        service.run("hello").result()
    except RateLimitedError as error:
        assert_type(error.retry_after, float | None)
    except JobFailedError as error:
        assert_type(error.traceback, str)
        assert_type(error.job_id, str | None)
    except rtexceptions.ProgramNotFoundException as error:
        assert_type(error.code, int | None)
        assert_type(error.service_message, str | None)
    except QuafuRuntimeError as error:
        assert_type(error.operation, str | None)
        assert_type(error.message, str)
    use(report.ok, *ALL)


ALL: tuple[type[Exception], ...] = (
    AccountError,
    ArgumentError,
    AuthenticationError,
    ClearTextWarning,
    ConnectionFailedError,
    DeadlineError,
    DuplicateProgramError,
    InvalidParamsError,
    JobCancelledError,
    JobError,
    JobNotFoundError,
    JobStateError,
    JobTimeoutError,
    LocalRuntimeError,
    MalformedAnswerError,
    NothingToUpdateWarning,
    PermissionDeniedError,
    ProgramNotFoundError,
    ProgramNotValidError,
    ProgramWarning,
    ServiceError,
    StreamError,
    StreamGapWarning,
    StreamTimeoutError,
    SubmitUncertain,
    UnencodableError,
)
