"""The deployed client's names of the errors."""

import importlib

import pytest

import quafu_runtime
from quafu_runtime import errors, rtexceptions

ALIASES = {
    "ClientExceptions": errors.QuafuRuntimeError,
    "UserException": errors.AccountError,
    "ArgsException": errors.ArgumentError,
    "InputValueException": errors.InvalidParamsError,
    "ProgramNotValidException": errors.ProgramNotValidError,
    "RequestException": errors.ServiceError,
    "UploadException": errors.ServiceError,
    "UpdateException": errors.ServiceError,
    "RunFailedException": errors.ServiceError,
    "CheckApiTokenError": errors.AuthenticationError,
    "NotAuthorizedException": errors.PermissionDeniedError,
    "ProgramNotFoundException": errors.ProgramNotFoundError,
    "JobNotFoundException": errors.JobNotFoundError,
    "DuplicateProgramException": errors.DuplicateProgramError,
    "RuntimeJobTimeoutError": errors.JobTimeoutError,
    "RuntimeInvalidStateError": errors.JobStateError,
    "WebsocketError": errors.StreamError,
    "AsyncioWebsocketError": errors.StreamError,
    "WebsocketTimeoutError": errors.StreamTimeoutError,
}


def test_there_are_the_nineteen_names() -> None:
    assert len(ALIASES) == 19
    assert sorted(rtexceptions.__all__) == sorted(ALIASES)


@pytest.mark.parametrize("name", ALIASES)
def test_each_name_is_one_of_ours_under_both_paths(name: str) -> None:
    inner = importlib.import_module("quafu_runtime.rtexceptions.rtexceptions")
    assert getattr(rtexceptions, name) is getattr(inner, name) is ALIASES[name]


def test_an_old_except_catches_our_errors() -> None:
    message = "no such program"
    with pytest.raises(quafu_runtime.rtexceptions.ProgramNotFoundException):
        raise errors.ProgramNotFoundError(message, code=404)


@pytest.mark.parametrize("name", ALIASES)
def test_the_base_of_all_old_names_catches_all_of_ours(name: str) -> None:
    error = getattr(rtexceptions, name)("x")
    with pytest.raises(rtexceptions.ClientExceptions):
        raise error
