"""What a user would write, with every public name: type-checked by `test_typed_use`, never run."""

from collections.abc import Mapping
from datetime import datetime, timedelta
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
    AsyncRuntimeService,
    AuthenticationError,
    BundleError,
    CheckReport,
    CircuitRecord,
    ClearTextWarning,
    ConnectionFailedError,
    DeadlineError,
    DryRun,
    DuplicateProgramError,
    FailedRun,
    InvalidParamsError,
    JobBundle,
    JobCancelledError,
    JobError,
    JobEvent,
    JobExit,
    JobFailedError,
    JobInfo,
    JobList,
    JobMap,
    JobNotFoundError,
    JobRegistry,
    JobStateError,
    JobStatus,
    JobTimeoutError,
    Ledger,
    LocalRuntime,
    LocalRuntimeError,
    MalformedAnswerError,
    NothingToUpdateWarning,
    PermissionDeniedError,
    ProgramCaptureError,
    ProgramFunction,
    ProgramList,
    ProgramNotFoundError,
    ProgramNotValidError,
    ProgramWarning,
    QuafuRuntimeError,
    RateLimitedError,
    RegistryError,
    RegistryWarning,
    ResultDecoder,
    RuntimeJob,
    RuntimeProgram,
    RuntimeService,
    SecretFoundError,
    ServiceError,
    StreamError,
    StreamGapWarning,
    StreamTimeoutError,
    SubmitUncertain,
    Sweep,
    SweepInUseError,
    SweepMismatchError,
    TimeAccount,
    TraceWarning,
    UnencodableError,
    as_completed,
    check_program,
    dry_run,
    gather,
    load_bundle,
    open_sweep,
    plot,
    program,
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


def many_of(service: RuntimeService) -> None:
    jobs = service.map("vqe.py", [{"a": 1}], max_pending=4, seed=7, label="mine", tags=["one"], backend="local")
    assert_type(jobs, JobMap)
    for job in jobs:
        if isinstance(job, FailedRun):
            assert_type(job.params, Any)
            assert_type(job.job, RuntimeJob | None)
            job.reraise()
        else:
            assert_type(job, RuntimeJob)
    for one in as_completed(jobs, timeout=5):
        assert_type(one, RuntimeJob | FailedRun[RuntimeJob])
    assert_type(
        gather(service.map("vqe", iter([1, 2]), max_execution_time=5.0, max_attempts=2), progress=False), list[Any]
    )
    assert_type(gather([service.run("vqe"), service.run("vqe")], timeout=5), list[Any])
    sweep = service.sweep(Path("s.db"), "vqe.py", {"a": [1], "b": range(3)}, seed=7, progress=True, retry_failed=True)
    assert_type(sweep, Sweep)
    assert_type(sweep.rows(), list[dict[str, Any]])
    assert_type(sweep.results(), list[Any])
    assert_type(sweep.failures(), list[FailedRun[Any]])
    assert_type(sweep.counts(), dict[str, int])
    assert_type(sweep.retry_failed(), Sweep)
    assert_type(open_sweep("s.db"), Sweep)
    try:
        service.sweep("s.db", "vqe.py", [{"a": 1}, 5], resubmit_uncertain=True)
    except SweepMismatchError as error:
        assert_type(error.differences, dict[str, str])
    except SweepInUseError as error:
        use(error)


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


def shown(job: RuntimeJob) -> None:
    job.card()
    axes = plot.counts({"00": 489, "11": 511}, ideal={"00": 0.5, "11": 0.5}, top=8)
    plot.interim_results(job, reference=-1.85, key="energy", ax=axes)
    plot.interim_results([1.0, b'{"energy": 2}'], title="Energy").set_xlabel("step")


def provenance_of(job: RuntimeJob, service: RuntimeService) -> None:
    ledger = job.ledger()
    assert_type(ledger, Ledger)
    assert_type(ledger.times, TimeAccount)
    assert_type(ledger.circuits, list[CircuitRecord])
    assert_type(ledger.rows(), list[dict[str, Any]])
    assert_type(job.rerun(params={"a": 1}, seed=7, backend="local"), RuntimeJob)
    assert_type(job.reproduce(use), Any)
    assert_type(job.bundle("run.zip", overwrite=True), Path)
    bundle = load_bundle(Path("run.zip"))
    assert_type(bundle, JobBundle)
    assert_type(bundle.source, str | None)
    assert_type(bundle.result, Any)
    assert_type(bundle.interim_results, tuple[JobEvent, ...])
    assert_type(bundle.ledger, Ledger | None)
    assert_type(bundle.versions, Mapping[str, str])
    assert_type(bundle.rerun(service, seed=bundle.info.seed), RuntimeJob)
    assert_type(bundle.reproduce(use), Any)
    with job.cancel_on_exit() as same, same.stream(after=3) as values:
        assert_type(same, RuntimeJob)
        assert_type(values.last, int)
    for piece in job.stream_logs():
        assert_type(piece, str)


def jobs_of(service: RuntimeService, program: RuntimeProgram) -> None:
    job = service.run("hello", {"a": [1, 2.5]}, backend="local", seed=7, max_execution_time=60.0, max_attempts=3)
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
    assert_type((info.runs, info.max_attempts), tuple[int | None, int | None])
    assert_type(info.started_at, datetime | None)
    assert_type(info.versions, Mapping[str, str])
    assert_type(info.exit, JobExit | None)
    assert_type(info.tags, tuple[str, ...])
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
    job = service.run("hello", label="a label", tags=["a", "b"], idempotency_key="a-key")
    listed = service.jobs(limit=5, status="running", program="hello", since=timedelta(days=1), tag="a")
    assert_type(listed, JobList)
    assert_type(listed[0], JobInfo)
    assert_type(service.jobs(status=JobStatus.DONE, since="2026-11-25", refresh=False).stale, dict[str, str])
    registry = JobRegistry("jobs.db", keep_params=True)
    RuntimeService(registry=registry)
    RuntimeService(registry=False)
    assert_type(registry.params_of("id"), Any)
    registry.forget("id")
    registry.clear()


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


@program(name="named")
def named(task: Any, userpub: Any, params: Any) -> dict[str, int]:
    use(task, userpub)
    return dict(params)


@program
def plain(task: Any, userpub: Any, params: Any) -> int:
    return len([task, userpub, params])


def before_it_is_sent(service: RuntimeService, found: RuntimeProgram) -> None:
    assert_type(named, ProgramFunction[dict[str, int]])
    assert_type(plain(None, None, None), int)
    assert_type(named.source, str)
    report = check_program(named, target="cloud")
    assert_type(report, CheckReport)
    report.raise_for_errors()
    assert_type(service.check_program("hello"), CheckReport)
    tried = dry_run(Path("program.py"), {"a": 1}, seed=1, backend="local", timeout=5)
    assert_type(tried, DryRun)
    assert_type(service.dry_run(found).widest, int)
    assert_type(tried.error, str | None)
    service.run(named)
    service.upload_program("program.py", name="hello", if_exists="reuse")


ALL: tuple[type[Exception], ...] = (
    AccountError,
    ArgumentError,
    AuthenticationError,
    BundleError,
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
    ProgramCaptureError,
    ProgramNotFoundError,
    ProgramNotValidError,
    ProgramWarning,
    RegistryError,
    RegistryWarning,
    SecretFoundError,
    ServiceError,
    StreamError,
    StreamGapWarning,
    StreamTimeoutError,
    SubmitUncertain,
    TraceWarning,
    UnencodableError,
)
