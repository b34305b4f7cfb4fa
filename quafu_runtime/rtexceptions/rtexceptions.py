"""The aliases themselves, under the inner path that the deployed client has too."""

from quafu_runtime.errors import (
    AccountError,
    ArgumentError,
    AuthenticationError,
    DuplicateProgramError,
    InvalidParamsError,
    JobNotFoundError,
    JobStateError,
    JobTimeoutError,
    PermissionDeniedError,
    ProgramNotFoundError,
    ProgramNotValidError,
    QuafuRuntimeError,
    ServiceError,
    StreamError,
    StreamTimeoutError,
)

ClientExceptions = QuafuRuntimeError
UserException = AccountError
ArgsException = ArgumentError
InputValueException = InvalidParamsError
ProgramNotValidException = ProgramNotValidError
RequestException = ServiceError
UploadException = ServiceError
UpdateException = ServiceError
RunFailedException = ServiceError
CheckApiTokenError = AuthenticationError
NotAuthorizedException = PermissionDeniedError
ProgramNotFoundException = ProgramNotFoundError
JobNotFoundException = JobNotFoundError
DuplicateProgramException = DuplicateProgramError
RuntimeJobTimeoutError = JobTimeoutError
RuntimeInvalidStateError = JobStateError
WebsocketError = StreamError
AsyncioWebsocketError = StreamError
WebsocketTimeoutError = StreamTimeoutError
