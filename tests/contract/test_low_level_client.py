"""The generated client against real HTTP answers, those of no contract included."""

import asyncio
import inspect
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from attrs import define, field
from quafu_runtime_api import AuthenticatedClient, Client
from quafu_runtime_api.api.jobs import get_result_wait, job_logs
from quafu_runtime_api.errors import MalformedBody, UnexpectedStatus
from quafu_runtime_api.models import Failure, JobRequest, LogsSuccess, ResultSuccess
from quafu_runtime_api.types import Response

TOKEN = "a-token-that-nobody-may-see"
LOGS = b'{"status": 200, "msg": "success", "data": {"status": 2, "logs": "Hello World!\\n"}}'
Logs = Failure | LogsSuccess


@define
class Service:
    """A real HTTP server that answers everything with one answer, and remembers what it was asked."""

    url: str
    status: int = 200
    headers: dict[str, str] = field(factory=dict)
    body: bytes = LOGS
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(factory=list)
    silent: bool = False
    over: threading.Event = field(factory=threading.Event)


def handler_of(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.asked.append((self.command, self.path, dict(self.headers.items()), sent))
            if service.silent:
                service.over.wait(30)
                self.close_connection = True
                return
            self.send_response(service.status, "Whatever")
            for name, value in service.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(service.body)))
            self.end_headers()
            self.wfile.write(service.body)

        do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the standard library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Say nothing."""

    return Handler


@pytest.fixture
def service() -> Iterator[Service]:
    found = Service("")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(found)) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield found
        finally:
            found.over.set()
            server.shutdown()
            thread.join()


def sync_logs(client: AuthenticatedClient) -> Logs:
    with client:
        return job_logs.sync(client=client, job_id="j")


def async_logs(client: AuthenticatedClient) -> Logs:
    async def ask() -> Logs:
        async with client:
            return await job_logs.asyncio(client=client, job_id="j")

    return asyncio.run(ask())


def sync_logs_detailed(client: AuthenticatedClient) -> Response[Logs]:
    with client:
        return job_logs.sync_detailed(client=client, job_id="j")


def async_logs_detailed(client: AuthenticatedClient) -> Response[Logs]:
    async def ask() -> Response[Logs]:
        async with client:
            return await job_logs.asyncio_detailed(client=client, job_id="j")

    return asyncio.run(ask())


Ask = Callable[[AuthenticatedClient], Logs]
AskDetailed = Callable[[AuthenticatedClient], Response[Logs]]
both = pytest.mark.parametrize("ask", [sync_logs, async_logs])
both_detailed = pytest.mark.parametrize("ask", [sync_logs_detailed, async_logs_detailed])


@both
def test_an_answer_arrives_and_the_token_goes_out_once(service: Service, ask: Ask) -> None:
    answer = ask(AuthenticatedClient(service.url, token=TOKEN))
    assert isinstance(answer, LogsSuccess)
    assert answer.data.logs == "Hello World!\n"
    [(method, path, headers, _)] = service.asked
    assert (method, path) == ("GET", "/runtime/job_logs?job_id=j")
    assert headers["api_token"] == TOKEN
    assert [name.lower() for name in headers].count("api_token") == 1
    assert headers["Content-Type"] == "application/json;charset=UTF-8"


@both
def test_a_base_url_may_end_in_a_slash(service: Service, ask: Ask) -> None:
    ask(AuthenticatedClient(f"{service.url}/", token=TOKEN))
    assert service.asked[0][1] == "/runtime/job_logs?job_id=j"


def test_a_body_goes_out_as_json_with_the_known_content_type(service: Service) -> None:
    service.body = b'          {"code": 200, "message": "", "data": {"status": 2, "result": "1"}}'
    with AuthenticatedClient(service.url, token=TOKEN) as client:
        answer = get_result_wait.sync(client=client, body=JobRequest(job_id="ж"))
    assert isinstance(answer, ResultSuccess)
    [(method, path, headers, sent)] = service.asked
    assert (method, path, sent.decode()) == ("POST", "/runtime/get_result_wait", '{"job_id":"ж"}')
    assert headers["Content-Type"] == "application/json;charset=UTF-8"


@both
def test_a_failure_is_an_answer_and_not_raised(service: Service, ask: Ask) -> None:
    service.body = b'{"code": 404, "message": "There is no such job."}'
    assert ask(AuthenticatedClient(service.url, token=TOKEN)) == Failure(code=404, message="There is no such job.")


@both
@pytest.mark.parametrize("status", [201, 400, 401, 404, 429, 499, 500, 502, 520, 599])
def test_an_http_status_of_no_contract_is_a_clear_error_even_if_nobody_has_named_it(
    service: Service, ask: Ask, status: int
) -> None:
    service.status, service.body = status, b"<html>Bad Gateway</html>"
    with pytest.raises(UnexpectedStatus) as caught:
        ask(AuthenticatedClient(service.url, token=TOKEN))
    assert str(caught.value) == (
        f"The service answered with HTTP status {status}; the body is '<html>Bad Gateway</html>'."
    )
    assert (caught.value.status_code, caught.value.content) == (status, service.body)


@both_detailed
@pytest.mark.parametrize("status", [404, 499, 520])
def test_the_detailed_call_hands_out_any_http_status(service: Service, ask: AskDetailed, status: int) -> None:
    service.status, service.body, service.headers = status, b"<html>", {"X-Request-Id": "r"}
    answer = ask(AuthenticatedClient(service.url, token=TOKEN))
    assert (answer.status_code, answer.content, answer.parsed) == (status, b"<html>", None)
    assert answer.headers["x-request-id"] == "r"


BODIES = {
    "a page": (b"<html>Sign in</html>", "The body is no JSON: it is '<html>Sign in</html>'."),
    "nothing": (b"", "The body is no JSON: it is empty."),
    "white space": (b"      ", "The body is no JSON: it is empty."),
    "half": (LOGS[:20], f"The body is no JSON: it is {LOGS[:20].decode()!r}."),
    "no text": (b"\xff\xfe\xff\xff\xff", "The body is no JSON: it is '"),
    "a nest": (b"[" * 100_000, "The body is no JSON: it is '["),
    "a list": (b"[1]", "The body is no JSON object but '[1]'."),
    "no code": (b'{"data": {}}', "The body is no LogsSuccess, since "),
}


@both
@pytest.mark.parametrize("kind", BODIES)
def test_a_body_of_no_contract_is_a_clear_and_short_error(service: Service, ask: Ask, kind: str) -> None:
    service.body, message = BODIES[kind]
    with pytest.raises(MalformedBody) as caught:
        ask(AuthenticatedClient(service.url, token=TOKEN))
    assert str(caught.value).startswith(message)
    assert len(str(caught.value)) < 500


@both
def test_a_redirect_is_not_followed_even_by_an_httpx_client_that_would(service: Service, ask: Ask) -> None:
    service.status, service.headers = 307, {"Location": f"{service.url}/elsewhere"}
    client = AuthenticatedClient(service.url, token=TOKEN, httpx_args={"follow_redirects": True})
    with pytest.raises(UnexpectedStatus, match="HTTP status 307"):
        ask(client)
    assert len(service.asked) == 1


@both
def test_a_service_that_says_nothing_is_given_up(service: Service, ask: Ask) -> None:
    service.silent = True
    with pytest.raises(httpx.ReadTimeout):
        ask(AuthenticatedClient(service.url, token=TOKEN, timeout=0.05))


def test_there_is_a_time_out_by_default() -> None:
    with Client("http://127.0.0.1") as client:
        assert client.get_httpx_client().timeout == httpx.Timeout(30.0)


def test_no_repr_shows_a_token(service: Service) -> None:
    with AuthenticatedClient(service.url, token=TOKEN, headers={"X-Secret": TOKEN}) as client:
        before = repr(client)
        job_logs.sync(client=client, job_id="j")
        assert repr(client) == before == f"AuthenticatedClient(base_url={service.url!r}, timeout=30.0, verify_ssl=True)"


def test_the_token_is_in_no_headers_that_are_kept(service: Service) -> None:
    with AuthenticatedClient(service.url, token=TOKEN) as client:
        job_logs.sync(client=client, job_id="j")
        assert client.headers == {}
        assert TOKEN not in client.get_httpx_client().headers.values()


def test_a_client_of_ones_own_sends_the_token_too(service: Service) -> None:
    with httpx.Client(base_url=service.url) as mine:
        client = AuthenticatedClient("http://unused", token=TOKEN).set_httpx_client(mine)
        assert isinstance(job_logs.sync(client=client, job_id="j"), LogsSuccess)
    assert service.asked[0][2]["api_token"] == TOKEN

    async def ask() -> None:
        async with httpx.AsyncClient(base_url=service.url) as theirs:
            client.set_async_httpx_client(theirs)
            await job_logs.asyncio(client=client, job_id="j")

    asyncio.run(ask())
    assert service.asked[1][2]["api_token"] == TOKEN


def test_a_copy_has_the_change_and_the_original_has_not(service: Service) -> None:
    with AuthenticatedClient(service.url, token=TOKEN) as client:
        job_logs.sync(client=client, job_id="j")
        copies = [
            client.with_headers({"X-Trace": "t"}),
            client.with_cookies({"crumb": "c"}),
            client.with_timeout(5.0),
        ]
        for copy in copies:
            with copy:
                job_logs.sync(client=copy, job_id="j")
                assert copy.get_httpx_client() is not client.get_httpx_client()
        assert copies[2].get_httpx_client() is not None
        job_logs.sync(client=client, job_id="j")
        assert client.get_httpx_client().timeout == httpx.Timeout(30.0)
    first, traced, crumbed, _, last = [headers for _, _, headers, _ in service.asked]
    assert (traced["X-Trace"], crumbed["Cookie"]) == ("t", "crumb=c")
    assert first == last
    assert "X-Trace" not in first
    copies[2].close()


def test_a_client_can_be_used_again_after_it_was_closed(service: Service) -> None:
    client = AuthenticatedClient(service.url, token=TOKEN)
    for _ in range(2):
        assert isinstance(sync_logs(client), LogsSuccess)
        assert isinstance(async_logs(client), LogsSuccess)


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Threads that take turns as often as the interpreter lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_threads")
def test_many_threads_at_once_share_one_httpx_client() -> None:
    threads = 8
    for _ in range(5):
        with Client("http://127.0.0.1") as client, ThreadPoolExecutor(threads) as pool:
            barrier = threading.Barrier(threads)

            def get(client: Client = client, barrier: threading.Barrier = barrier) -> httpx.Client:
                barrier.wait(30)
                return client.get_httpx_client()

            assert len({id(each.result()) for each in [pool.submit(get) for _ in range(threads)]}) == 1


def test_every_endpoint_has_the_same_six_names() -> None:
    names = ["asyncio", "asyncio_detailed", "build", "parse", "sync", "sync_detailed"]
    functions: dict[str, Any] = dict(inspect.getmembers(job_logs, inspect.isfunction))
    assert [name for name in functions if functions[name].__module__ == job_logs.__name__] == names
