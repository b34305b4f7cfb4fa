"""The tree of errors."""

import copy
import inspect
import pickle
from typing import Any

import pytest

from quafu_runtime import errors

ERRORS = [
    kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, errors.QuafuRuntimeError)
]
SERVICE_ERRORS = [kind for kind in ERRORS if not issubclass(kind, errors.JobError)]
TREE = {
    "AccountError": ["QuafuRuntimeError"],
    "RegistryError": ["QuafuRuntimeError"],
    "LocalRuntimeError": ["QuafuRuntimeError"],
    "ArgumentError": ["QuafuRuntimeError", "ValueError"],
    "InvalidParamsError": ["ArgumentError"],
    "SecretFoundError": ["ArgumentError"],
    "ProgramNotValidError": ["ArgumentError"],
    "ProgramCaptureError": ["ProgramNotValidError"],
    "ServiceError": ["QuafuRuntimeError"],
    "AuthenticationError": ["ServiceError"],
    "PermissionDeniedError": ["ServiceError"],
    "ProgramNotFoundError": ["ServiceError"],
    "JobNotFoundError": ["ServiceError"],
    "DuplicateProgramError": ["ServiceError"],
    "ConnectionFailedError": ["ServiceError"],
    "DeadlineError": ["ServiceError", "TimeoutError"],
    "MalformedAnswerError": ["ServiceError"],
    "RateLimitedError": ["ServiceError"],
    "SubmitUncertain": ["ServiceError"],
    "JobError": ["QuafuRuntimeError"],
    "JobFailedError": ["JobError"],
    "JobCancelledError": ["JobError"],
    "JobTimeoutError": ["JobError", "TimeoutError"],
    "JobStateError": ["JobError"],
    "SweepInUseError": ["QuafuRuntimeError"],
    "SweepMismatchError": ["ArgumentError"],
    "BundleError": ["QuafuRuntimeError"],
    "StreamError": ["QuafuRuntimeError"],
    "StreamTimeoutError": ["StreamError", "TimeoutError"],
    "QuafuRuntimeError": ["Exception"],
}


def test_the_tree_is_the_one_that_is_documented() -> None:
    assert {kind.__name__: [base.__name__ for base in kind.__bases__] for kind in ERRORS} == TREE


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_survives_pickling_and_copying(kind: type[errors.QuafuRuntimeError]) -> None:
    error = kind("what happened")
    error.operation = "program"
    error.code = 404
    error.service_message = "no such program"
    error.request_id = "r1"
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):  # noqa: S301 - made here
        assert type(twin) is kind
        assert vars(twin) == vars(error)
        assert str(twin) == "what happened (operation program, code 404, request r1)"
        assert twin.message == "what happened"


@pytest.mark.parametrize("kind", SERVICE_ERRORS)
def test_an_error_carries_what_the_service_said(kind: Any) -> None:
    error = kind("m", operation="program", code=404, service_message="gone", request_id="r1")
    assert (error.operation, error.code, error.service_message, error.request_id) == ("program", 404, "gone", "r1")
    assert str(error) == "m (operation program, code 404, request r1)"


def test_a_message_without_a_service_stands_alone() -> None:
    assert str(errors.AccountError("There is no token.")) == "There is no token."
    assert str(errors.ServiceError("x", code=0)) == "x (code 0)"


def test_the_errors_of_a_job_name_it_and_survive_pickling() -> None:
    error = errors.JobFailedError("it failed", job_id="j", traceback="Traceback …")
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - made here
    assert (twin.job_id, twin.traceback, str(twin)) == ("j", "Traceback …", "it failed")
    limited = pickle.loads(pickle.dumps(errors.RateLimitedError("slow", retry_after=1.5)))  # noqa: S301 - made here
    assert limited.retry_after == 1.5


def test_time_outs_are_caught_as_python_s_own() -> None:
    for kind in (errors.DeadlineError, errors.JobTimeoutError, errors.StreamTimeoutError):
        error: Exception = kind("late")
        with pytest.raises(TimeoutError, match="late"):
            raise error


def test_a_warning_about_a_program_is_a_user_warning() -> None:
    assert issubclass(errors.ProgramWarning, UserWarning)
