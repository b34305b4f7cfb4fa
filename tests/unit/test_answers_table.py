"""Everything that can come back, for every operation, in every spelling, for both clients: each the right error."""

import socket
import threading
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from tests.fakes.answers import Answer, cut_off, envelope, hang_up, http, page, raw_json, silence, text
from tests.fakes.deployed import TOKEN, FakeService, fake_service
from tests.fakes.faces import FACES, Caller, call

ID = "0123456789abcdef0123456789abcdef"
SOURCE = "def run(task, userpub, params):\n    return params\n"
SAID = "the service's own words"

OPERATIONS: dict[str, Callable[[Any], Any]] = {
    "programs_upload": lambda service: service.upload_program(SOURCE, {"name": "hello"}),
    "program_update": lambda service: service.update_program(ID, description="x"),
    "program_delete": lambda service: service.delete_program(ID),
    "programs": lambda service: service.programs(),
    "program": lambda service: service.program(ID),
    "programs_run_deploy": lambda service: service.run(ID, {"a": 1}),
    "get_result_nowait": lambda service: service.job(ID).result(wait=False),
    "get_result_wait": lambda service: service.job(ID).result(),
    "job_status": lambda service: service.job(ID).status(),
    "job_logs": lambda service: service.job(ID).logs(),
    "job_cancel": lambda service: service.job(ID).cancel(),
    "job_delete": lambda service: service.job(ID).delete(),
}
SUBMISSIONS = ("programs_upload", "programs_run_deploy")
PROGRAMS = ("programs_upload", "program_update", "program_delete", "programs", "program")
JOBS = tuple(name for name in OPERATIONS if name not in (*PROGRAMS, "programs_run_deploy"))
NOT_FOUND = {
    **dict.fromkeys((*PROGRAMS, "programs_run_deploy"), errors.ProgramNotFoundError),
    **dict.fromkeys(JOBS, errors.JobNotFoundError),
}

CODES: dict[str, dict[int, type[Exception]]] = {
    name: {
        201: errors.AuthenticationError,
        400: errors.AuthenticationError,
        403: errors.PermissionDeniedError,
        404: NOT_FOUND[name],
        406: errors.ServiceError,
        409: errors.DuplicateProgramError,
        500: errors.ServiceError,
        0: errors.ServiceError,
        -1: errors.ServiceError,
        **(
            {401: errors.InvalidParamsError, 405: errors.ProgramNotValidError, 409: errors.ArgumentError}
            if name == "programs_run_deploy"
            else {401: errors.ServiceError, 405: errors.ServiceError}
        ),
    }
    for name in OPERATIONS
}
STATUSES: dict[int, tuple[type[Exception], type[Exception]]] = {
    # the error of an operation that may be repeated, and of a submission
    400: (errors.ServiceError, errors.ServiceError),
    401: (errors.AuthenticationError, errors.AuthenticationError),
    403: (errors.PermissionDeniedError, errors.PermissionDeniedError),
    404: (errors.ServiceError, errors.ServiceError),
    408: (errors.DeadlineError, errors.DeadlineError),
    429: (errors.RateLimitedError, errors.RateLimitedError),
    499: (errors.ServiceError, errors.SubmitUncertain),
    500: (errors.ServiceError, errors.ServiceError),
    502: (errors.ServiceError, errors.SubmitUncertain),
    503: (errors.ServiceError, errors.ServiceError),
    504: (errors.DeadlineError, errors.SubmitUncertain),
    520: (errors.ServiceError, errors.SubmitUncertain),
    302: (errors.ServiceError, errors.ServiceError),
}

CUT_OFF = "a body that is cut off"

# Answers that are none, and what the error says of them. The data of a success with an unknown job status is below.
MALFORMED: dict[str, tuple[Answer, str]] = {
    "an HTML page with 200": (page("Welcome to the proxy"), "Welcome to the proxy"),
    "a text page without a title": (text("<p>Please sign in.</p>"), "Please sign in."),
    "an empty body": (text(""), "empty"),
    CUT_OFF: (cut_off('{"status": 200, "msg": "hal', 400), "in the middle"),
    "a body that ends in the middle of JSON": (text('{"status": 200, "data": {'), "not JSON"),
    "JSON that is a list": (raw_json([1, 2]), "not an object"),
    "JSON that is null": (raw_json(None), "not an object"),
    "no code": (raw_json({"msg": SAID, "data": {}}), SAID),
    "two different codes": (raw_json({"status": 200, "code": 404, "msg": SAID, "data": {}}), SAID),
    "a code that is a text": (raw_json({"status": "200", "msg": SAID}), SAID),
}


@pytest.fixture(scope="module")
def service() -> Iterator[FakeService]:
    with fake_service() as fake:
        yield fake


@pytest.fixture(scope="module")
def caller(service: FakeService) -> Iterator[Caller]:
    made = Caller(Account(TOKEN, url=service.url))
    yield made
    made.close()


def failure(face: str, caller: Caller, operation: str) -> errors.QuafuRuntimeError:
    with pytest.raises(errors.QuafuRuntimeError) as caught:
        caller.call(face, OPERATIONS[operation])
    return caught.value


def failure_at(url: str, face: str, operation: str) -> errors.QuafuRuntimeError:
    with pytest.raises(errors.QuafuRuntimeError) as caught:
        call(face, Account(TOKEN, url=url), OPERATIONS[operation])
    return caught.value


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("spelling", list(product(("status", "code"), ("msg", "message"))), ids="-".join)
def test_each_business_code_is_its_error(
    service: FakeService, caller: Caller, face: str, operation: str, spelling: tuple[str, str]
) -> None:
    for code, kind in CODES[operation].items():
        service.script(operation, envelope(code, SAID, code_key=spelling[0], text_key=spelling[1]))

        error = failure(face, caller, operation)

        assert (type(error), error.code) == (kind, code)
        assert error.operation == operation
        assert error.service_message == SAID
        assert SAID in str(error)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("spelling", ["msg", "message", "page"])
def test_each_http_status_is_its_error(
    service: FakeService, caller: Caller, face: str, operation: str, spelling: str
) -> None:
    for status, kinds in STATUSES.items():
        said = page(SAID, status) if spelling == "page" else http(status, SAID, text_key=spelling)
        service.script(operation, said)

        error = failure(face, caller, operation)

        assert (type(error), error.code) == (kinds[operation in SUBMISSIONS], status)
        assert error.operation == operation
        assert error.service_message == SAID
        assert SAID in str(error)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_is_no_answer_is_malformed(service: FakeService, caller: Caller, face: str, operation: str) -> None:
    for kind, (answer, said) in MALFORMED.items():
        service.script(operation, answer)

        error = failure(face, caller, operation)

        uncertain = kind == CUT_OFF and operation in SUBMISSIONS
        assert (kind, type(error)) == (kind, errors.SubmitUncertain if uncertain else errors.MalformedAnswerError)
        assert error.operation == operation
        assert said in str(error), kind


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name != "program_delete"])
def test_a_success_without_its_data_is_malformed(
    service: FakeService, caller: Caller, face: str, operation: str
) -> None:
    empty: tuple[object, ...] = (None, "yes", [], {})
    for data, code_key in product(empty, ("status", "code")):
        service.script(operation, envelope(200, SAID, data, code_key=code_key))

        error = failure(face, caller, operation)

        assert (data, type(error)) == (data, errors.MalformedAnswerError)
        assert error.operation == operation


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", ["get_result_nowait", "get_result_wait", "job_status", "job_cancel"])
def test_an_unknown_job_status_is_malformed_and_never_waited_on(
    service: FakeService, caller: Caller, face: str, operation: str
) -> None:
    for status in (5, -2, "2", True, None, 2.0):
        service.script(operation, envelope(200, "ok", {"status": status, "result": "1"}))

        error = failure(face, caller, operation)

        assert type(error) is errors.MalformedAnswerError
        assert f"status is {status!r}" in str(error)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_closed_connection_is_a_failed_connection_or_an_uncertain_submission(
    service: FakeService, caller: Caller, face: str, operation: str
) -> None:
    for closed in (hang_up, cut_off("", 400), cut_off("   ", 400)):
        service.script(operation, closed)

        error = failure(face, caller, operation)

        assert type(error) is (errors.SubmitUncertain if operation in SUBMISSIONS else errors.ConnectionFailedError)
        assert error.operation == operation


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_answer_in_time_is_a_missed_deadline_or_an_uncertain_submission(face: str, operation: str) -> None:
    over = threading.Event()
    act = OPERATIONS[operation] if operation != "get_result_wait" else lambda service: service.job(ID).wait(0.05)
    expected = errors.SubmitUncertain if operation in SUBMISSIONS else errors.DeadlineError
    deadline = 0.5 if operation in SUBMISSIONS else 0.05  # only what was sent is uncertain, also on a busy machine
    with fake_service() as service:  # its own: a request that does not arrive in time leaves its silence to the next
        service.script(operation, silence(over))
        try:
            with pytest.raises(errors.QuafuRuntimeError) as caught:
                call(face, Account(TOKEN, url=service.url), act, request_timeout=deadline)
        finally:
            over.set()

    assert type(caught.value) is (errors.JobTimeoutError if operation == "get_result_wait" else expected)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_refused_connection_is_a_failed_connection_also_for_a_submission(face: str, operation: str) -> None:
    error = failure_at(f"http://127.0.0.1:{_closed_port()}", face, operation)

    assert type(error) is errors.ConnectionFailedError
    assert "cannot be reached" in str(error)
    assert error.operation == operation


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_name_that_does_not_resolve_is_a_failed_connection_also_for_a_submission(
    face: str, operation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    error = failure_at("https://nowhere.invalid", face, operation)

    assert type(error) is errors.ConnectionFailedError
    assert "nowhere.invalid" in str(error)


def _closed_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
