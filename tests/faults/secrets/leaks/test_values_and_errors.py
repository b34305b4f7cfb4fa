"""One token, everything that is made with it and every error of its calls, and a search for it in all of that."""

import copy
import socket
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import websockets.asyncio.client
import websockets.sync.client
from quafu_runtime_api.api.programs import programs

from quafu_runtime import RuntimeService, TraceWarning, errors
from quafu_runtime.account import Account
from quafu_runtime.account.secret import Secret
from tests.fakes.answers import Answer, cut_off, hang_up, http, text
from tests.fakes.deployed import ERROR, FakeService
from tests.fakes.faces import FACES, call, first_of
from tests.fakes.streams import FakeStreams
from tests.faults.secrets.searching import ECHOES, SENTINEL, found_in, made_of, pickled, report

if TYPE_CHECKING:
    from collections.abc import Callable


class InterruptionError(BaseException):
    """Ctrl-C, as it may come anywhere."""


def test_the_search_finds_what_it_is_to_find() -> None:
    for shown in (f"x{SENTINEL}", SENTINEL[:10], SENTINEL[-9:], SENTINEL.lower(), *ECHOES):
        assert found_in(shown)
    with pytest.raises(ValueError, match="a mistake") as caught:
        unguarded(SENTINEL)
    assert found_in(report(caught.value, tests=True))


def unguarded(token: str) -> None:  # noqa: ARG001 - a variable of its frame
    message = "a mistake"
    raise ValueError(message)


@pytest.mark.parametrize("face", FACES)
def test_nothing_that_is_made_with_a_token_shows_it(service: FakeService, account: Account, face: str) -> None:
    service.add_program("hello")
    made: list[Any] = [account, copy.copy(account), copy.deepcopy(account), account.credentials()]

    def use(client: Any) -> Any:
        made.extend((client, client.api, client.account, client.job("a" * 32), client._client))
        return client.run("hello", {"x": 1})

    made += [call(face, account, use), call(face, account, lambda client: client.programs())]

    for one in made:
        assert [found_in(shown) for shown in made_of(one) if found_in(shown)] == [], type(one)
        assert found_in(pickled(one)) == [], type(one)


def test_a_piece_of_a_token_is_hidden_as_the_whole_is() -> None:
    token = Secret(SENTINEL)

    assert {repr(token), repr(token[:80]), repr(token[3]), repr(copy.copy(token))} == {"'***'"}
    assert (str(token), f"{token}", token == SENTINEL, hash(token)) == (SENTINEL, SENTINEL, True, hash(SENTINEL))
    with pytest.raises(TypeError, match="never pickled"):
        pickled_or_raise(token)


def pickled_or_raise(thing: object) -> bytes:
    import pickle

    return pickle.dumps(thing)


def answers() -> list[Answer]:
    found = [hang_up, cut_off(f'{{"status": 200, "data": "{SENTINEL}', 9999)]
    for echo in ECHOES:
        page = f"<html><title>Bad {echo}</title></html>"
        found += [
            *(text(page, status) for status in (200, 400, 401, 403, 404, 407, 408, 413, 500, 503, 504)),
            *(text(f'{{"status": {code}, "msg": "bad {echo}"}}') for code in (201, 400, 403, 404, 405, 409, 500)),
            text(f'{{"status": 200, "data": "{echo}"}}'),
            text(f'{{"status": 200, "data": {{"programs": [{{"program_id": "{echo}"}}], "count": "{echo}"}}}}'),
            text(f'{{"status": "{echo}"}}'),
            http(429, f"slow down {echo}", Retry_After="0"),
            http(500, echo, X_Request_Id=echo),
            http(302, "moved", Location=f"http://127.0.0.1:9/{echo}"),
        ]
    return found


@pytest.mark.parametrize("face", FACES)
def test_no_error_of_a_call_shows_it_whatever_the_service_repeats(
    service: FakeService, account: Account, face: str
) -> None:
    for answer in answers():
        service.always("programs", answer)
        with pytest.raises(errors.QuafuRuntimeError) as caught:
            call(face, account, lambda client: client.programs())
        assert found_in(report(caught.value)) == [], caught.value
        assert found_in(pickled(caught.value)) == []


@pytest.mark.parametrize("face", FACES)
def test_no_error_of_a_submission_or_a_job_shows_it(service: FakeService, account: Account, face: str) -> None:
    service.add_program("hello")
    job = service.add_job()
    service.end(job, ERROR, f"ValueError: {SENTINEL}")
    job.logs = f"{SENTINEL}\n{ECHOES[2]}\n"
    acts: list[tuple[type[BaseException], Callable[[Any], Any]]] = [
        (errors.JobFailedError, lambda client: client.job(job.job_id).result()),
        (errors.JobNotFoundError, lambda client: client.job("b" * 32).status()),
        (errors.ProgramNotFoundError, lambda client: client.run("nothing")),
        (errors.InvalidParamsError, lambda client: client.run("hello", {"x": object()})),
        (errors.ProgramNotValidError, lambda client: client.upload_program("def run(\n", name="x")),
        (errors.ArgumentError, lambda client: client.upload_program("nothing.py", name="x")),
        (errors.SubmitUncertain, lambda client: client.run("hello", 1)),
    ]
    service.script("programs_run_deploy", text('{"status": 404, "msg": "none"}'), hang_up)
    for kind, act in acts:
        with pytest.raises(kind) as caught:
            call(face, account, act)
        assert found_in(report(caught.value)) == [], kind


@pytest.mark.parametrize("face", FACES)
def test_no_error_shows_it_where_nobody_answers(face: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        slow = Account(SENTINEL, url=f"http://127.0.0.1:{port}")
        with pytest.raises(errors.DeadlineError) as caught:
            call(face, slow, lambda client: client.programs(), request_timeout=0.2)
        assert found_in(report(caught.value)) == []
    nobody = Account(SENTINEL, url=f"https://127.0.0.1:{port}")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(errors.ConnectionFailedError) as failed:
        call(face, nobody, lambda client: client.programs())
    assert found_in(report(failed.value)) == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("status", [302, 401, 403, 404, 500, 503])
def test_no_error_of_a_stream_shows_it(
    service: FakeService, streams: FakeStreams, account: Account, face: str, status: int
) -> None:
    job = service.add_job()
    for echo in ECHOES:
        streams.refuse(status, f"<title>{echo}</title>".encode(), Location=f"http://127.0.0.1:9/{echo}")
        with pytest.raises(errors.QuafuRuntimeError) as caught:
            call(face, account, lambda client: first_of(client.job(job.job_id).stream()))
        assert found_in(report(caught.value)) == [], caught.value


def interrupted(*_: Any, **__: Any) -> Any:
    raise InterruptionError


def hung_up(connection: Any) -> None:
    if isinstance(connection, websockets.sync.client.ClientConnection):
        connection.socket.close()
    else:
        connection.transport.abort()
    raise InterruptionError


async def interrupted_too(*_: Any, **__: Any) -> Any:
    raise InterruptionError


@pytest.mark.parametrize("face", FACES)
def test_an_interruption_in_the_middle_of_a_request_leaves_no_token_in_the_frames(
    service: FakeService, account: Account, face: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from httpcore._backends.anyio import AnyIOStream
    from httpcore._backends.sync import SyncStream

    monkeypatch.setattr(SyncStream, "write", interrupted)
    monkeypatch.setattr(AnyIOStream, "write", interrupted_too)
    for act in (lambda client: client.programs(), endpoint):
        with pytest.raises(InterruptionError) as caught:
            call(face, account, act)
        assert found_in(report(caught.value)) == []
    assert service.requests == []


def endpoint(client: Any) -> Any:
    if isinstance(client, RuntimeService):
        return programs.sync(client=client.api)
    return programs.asyncio(client=client.api)


@pytest.mark.parametrize("face", FACES)
def test_an_interruption_in_the_middle_of_a_handshake_leaves_no_token_in_the_frames(
    service: FakeService, account: Account, face: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = service.add_job()
    with monkeypatch.context() as patch:
        patch.setattr(websockets.sync.client.ClientConnection, "send_data", hung_up)
        patch.setattr(websockets.asyncio.client.ClientConnection, "send_data", hung_up)
        with pytest.raises(InterruptionError) as caught:
            call(face, account, lambda client: first_of(client.job(job.job_id).stream()))

    assert found_in(report(caught.value)) == []


def test_a_warning_that_is_an_error_has_no_token_in_its_frames(account: Account, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", TraceWarning)
        with RuntimeService(account, trace=tmp_path) as client, pytest.raises(TraceWarning) as caught:
            client.programs()

    assert found_in(report(caught.value)) == []


@pytest.mark.parametrize("bad", [SENTINEL + " ", f"\n{SENTINEL}", SENTINEL.encode(), bytearray(SENTINEL.encode())])
def test_no_error_about_a_token_that_is_none_shows_it(bad: Any) -> None:
    for give in (Account, Account().save_api_token, Account().save_apitoken):
        with pytest.raises(errors.AccountError) as caught:
            give(bad)
        assert found_in(report(caught.value)) == []


def test_no_error_about_a_broken_file_or_variable_shows_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".quafu").mkdir(mode=0o700)
    for content in (f'{{"token": "{SENTINEL}", ', f'{{"token": "{SENTINEL} x"}}', f"{SENTINEL}\na\nb", f"{SENTINEL} x"):
        (home / ".quafu" / "api").write_text(content)
        with pytest.raises(errors.AccountError) as caught:
            Account().get_token()
        assert found_in(report(caught.value)) == []
    monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", f"{SENTINEL} x")
    with pytest.raises(errors.AccountError) as caught:
        Account().get_token()
    assert found_in(report(caught.value)) == []
