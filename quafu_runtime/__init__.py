"""Run hybrid quantum-classical programs on the Quafu Runtime cloud, and on your own machine.

Each public name is imported when it is first used, so that `import quafu_runtime` costs next to nothing.
"""

TYPE_CHECKING = False  # type checkers know this name; importing it from `typing` would double the time
if TYPE_CHECKING:
    from quafu_runtime import rtexceptions
    from quafu_runtime._version import __version__
    from quafu_runtime.account import Account
    from quafu_runtime.aio import AsyncRuntimeJob, AsyncRuntimeService
    from quafu_runtime.check import CheckReport
    from quafu_runtime.codec import ResultDecoder, UnencodableError
    from quafu_runtime.errors import (
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
        JobFailedError,
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
        QuafuRuntimeError,
        RateLimitedError,
        ServiceError,
        StreamError,
        StreamGapWarning,
        StreamTimeoutError,
        SubmitUncertain,
    )
    from quafu_runtime.job import JobEvent, JobInfo, RuntimeJob
    from quafu_runtime.local import LocalRuntime
    from quafu_runtime.programs import ProgramList, RuntimeProgram
    from quafu_runtime.service import RuntimeService
    from quafu_runtime.status import JobStatus

__all__ = [
    "Account",
    "AccountError",
    "ArgumentError",
    "AsyncRuntimeJob",
    "AsyncRuntimeService",
    "AuthenticationError",
    "CheckReport",
    "ClearTextWarning",
    "ConnectionFailedError",
    "DeadlineError",
    "DuplicateProgramError",
    "InvalidParamsError",
    "JobCancelledError",
    "JobError",
    "JobEvent",
    "JobFailedError",
    "JobInfo",
    "JobNotFoundError",
    "JobStateError",
    "JobStatus",
    "JobTimeoutError",
    "LocalRuntime",
    "LocalRuntimeError",
    "MalformedAnswerError",
    "NothingToUpdateWarning",
    "PermissionDeniedError",
    "ProgramList",
    "ProgramNotFoundError",
    "ProgramNotValidError",
    "ProgramWarning",
    "QuafuRuntimeError",
    "RateLimitedError",
    "ResultDecoder",
    "RuntimeJob",
    "RuntimeProgram",
    "RuntimeService",
    "ServiceError",
    "StreamError",
    "StreamGapWarning",
    "StreamTimeoutError",
    "SubmitUncertain",
    "UnencodableError",
    "__version__",
    "rtexceptions",
]

_HOMES = {
    "rtexceptions": "rtexceptions",
    "__version__": "_version",
    "Account": "account",
    "AsyncRuntimeJob": "aio",
    "AsyncRuntimeService": "aio",
    "CheckReport": "check",
    "ResultDecoder": "codec",
    "UnencodableError": "codec",
    "JobEvent": "job",
    "JobInfo": "job",
    "RuntimeJob": "job",
    "LocalRuntime": "local",
    "ProgramList": "programs",
    "RuntimeProgram": "programs",
    "RuntimeService": "service",
    "JobStatus": "status",
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
