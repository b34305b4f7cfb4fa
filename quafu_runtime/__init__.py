"""Run hybrid quantum-classical programs on the Quafu Runtime cloud, and on your own machine.

Each public name is imported when it is first used, so that `import quafu_runtime` costs next to nothing.
"""

TYPE_CHECKING = False  # type checkers know this name; importing it from `typing` would double the time
if TYPE_CHECKING:
    from quafu_runtime import plot, rtexceptions
    from quafu_runtime._version import __version__
    from quafu_runtime.account import Account
    from quafu_runtime.aio import AsyncRuntimeJob, AsyncRuntimeService
    from quafu_runtime.bundle import JobBundle, load_bundle
    from quafu_runtime.capture import ProgramFunction, program
    from quafu_runtime.check import CheckReport, check_program
    from quafu_runtime.codec import ResultDecoder, UnencodableError
    from quafu_runtime.errors import (
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
        JobFailedError,
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
        QuafuRuntimeError,
        RateLimitedError,
        RegistryError,
        RegistryWarning,
        SecretFoundError,
        ServiceError,
        StreamError,
        StreamGapWarning,
        StreamTimeoutError,
        SubmitUncertain,
        SweepInUseError,
        SweepMismatchError,
        TraceWarning,
    )
    from quafu_runtime.here import DryRun, dry_run
    from quafu_runtime.job import CircuitRecord, JobEvent, JobExit, JobInfo, Ledger, RuntimeJob, TimeAccount
    from quafu_runtime.local import LocalRuntime
    from quafu_runtime.many import FailedRun, JobMap, as_completed, gather
    from quafu_runtime.programs import ProgramList, RuntimeProgram
    from quafu_runtime.registry import JobRegistry
    from quafu_runtime.service import JobList, RuntimeService
    from quafu_runtime.status import JobStatus
    from quafu_runtime.sweep import Sweep, open_sweep

__all__ = [
    "Account",
    "AccountError",
    "ArgumentError",
    "AsyncRuntimeJob",
    "AsyncRuntimeService",
    "AuthenticationError",
    "BundleError",
    "CheckReport",
    "CircuitRecord",
    "ClearTextWarning",
    "ConnectionFailedError",
    "DeadlineError",
    "DryRun",
    "DuplicateProgramError",
    "FailedRun",
    "InvalidParamsError",
    "JobBundle",
    "JobCancelledError",
    "JobError",
    "JobEvent",
    "JobExit",
    "JobFailedError",
    "JobInfo",
    "JobList",
    "JobMap",
    "JobNotFoundError",
    "JobRegistry",
    "JobStateError",
    "JobStatus",
    "JobTimeoutError",
    "Ledger",
    "LocalRuntime",
    "LocalRuntimeError",
    "MalformedAnswerError",
    "NothingToUpdateWarning",
    "PermissionDeniedError",
    "ProgramCaptureError",
    "ProgramFunction",
    "ProgramList",
    "ProgramNotFoundError",
    "ProgramNotValidError",
    "ProgramWarning",
    "QuafuRuntimeError",
    "RateLimitedError",
    "RegistryError",
    "RegistryWarning",
    "ResultDecoder",
    "RuntimeJob",
    "RuntimeProgram",
    "RuntimeService",
    "SecretFoundError",
    "ServiceError",
    "StreamError",
    "StreamGapWarning",
    "StreamTimeoutError",
    "SubmitUncertain",
    "Sweep",
    "SweepInUseError",
    "SweepMismatchError",
    "TimeAccount",
    "TraceWarning",
    "UnencodableError",
    "__version__",
    "as_completed",
    "check_program",
    "dry_run",
    "gather",
    "load_bundle",
    "open_sweep",
    "plot",
    "program",
    "rtexceptions",
]

_HOMES = {
    "plot": "plot",
    "rtexceptions": "rtexceptions",
    "__version__": "_version",
    "Account": "account",
    "AsyncRuntimeJob": "aio",
    "AsyncRuntimeService": "aio",
    "ProgramFunction": "capture",
    "program": "capture",
    "CheckReport": "check",
    "check_program": "check",
    "DryRun": "here",
    "dry_run": "here",
    "ResultDecoder": "codec",
    "UnencodableError": "codec",
    "CircuitRecord": "job",
    "JobExit": "job",
    "Ledger": "job",
    "TimeAccount": "job",
    "JobBundle": "bundle",
    "load_bundle": "bundle",
    "JobEvent": "job",
    "JobInfo": "job",
    "RuntimeJob": "job",
    "LocalRuntime": "local",
    "FailedRun": "many",
    "JobMap": "many",
    "as_completed": "many",
    "gather": "many",
    "ProgramList": "programs",
    "RuntimeProgram": "programs",
    "RuntimeService": "service",
    "JobList": "service",
    "JobRegistry": "registry",
    "JobStatus": "status",
    "Sweep": "sweep",
    "open_sweep": "sweep",
}
"""The module of each public name that is no error; those are all in `errors`."""


if not TYPE_CHECKING:  # or type checkers would believe in every name

    def __getattr__(name: str) -> object:
        if name not in __all__:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message, name=name)
        from importlib import import_module

        home = _HOMES.get(name, "errors")
        module = import_module(f"{__name__}.{home}")
        value = module if home == name else getattr(module, name)
        globals()[name] = value  # the next use does not come here
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
