"""What the service does with HTTP beside the document: addresses, methods, sizes, foreign callers, long answers."""

import contextlib
import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest

from quafu_runtime.server.settings import MAX_REQUEST_BYTES
from tests.service_speaker import (
    DEADLINE,
    ECHO,
    OPERATIONS,
    RAISE,
    SLEEP,
    ServiceProcess,
    Speaker,
    established,
    eventually,
    raw_connection,
)


def test_healthz_needs_no_token(owner: Speaker) -> None:
    answer = owner.raw("GET", "/healthz", api_token="")
    assert answer.status == 200
    assert json.loads(answer.body)["status"] == "ok"


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_a_doubled_slash_is_as_good_as_one(owner: Speaker, slashes: str) -> None:
    answer = owner.raw("GET", f"{slashes}runtime/programs")
    assert answer.status == 200
    assert json.loads(answer.body)["status"] == 200


@pytest.mark.parametrize("path", ["/", "/runtime", "/runtime/", "/runtime/nothing", "/runtime/programs/", "/attempts"])
def test_an_address_that_is_none_is_http_404(owner: Speaker, path: str) -> None:
    assert owner.raw("GET", path).status == 404


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_wrong_method_is_http_405_and_does_nothing(owner: Speaker, operation: str) -> None:
    path, method = OPERATIONS[operation]
    for wrong in {"get", "post", "put", "delete", "head"} - {method}:
        assert owner.raw(wrong.upper(), path).status == 405, wrong


def test_head_deletes_no_job(user: Speaker) -> None:
    job_id = user.run(user.upload("echo", ECHO))
    user.result(job_id)
    assert user.raw("HEAD", f"/runtime/job_delete?job_id={job_id}").status == 405
    assert user.status(job_id) == 2


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8642", "127.0.0.1.evil.example", "[::1", ""])
def test_a_foreign_host_is_refused(owner: Speaker, host: str) -> None:
    assert owner.raw("GET", "/healthz", Host=host).status == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:8642"])
def test_the_names_of_the_loopback_are_not_foreign(owner: Speaker, host: str) -> None:
    assert owner.raw("GET", "/healthz", Host=host).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "file://", "http://127.0.0.1.evil.example"])
def test_a_page_of_another_site_is_refused(owner: Speaker, origin: str) -> None:
    assert owner.raw("GET", "/runtime/programs", Origin=origin).status == 403


def test_a_page_of_this_machine_is_not(owner: Speaker) -> None:
    assert owner.raw("GET", "/runtime/programs", Origin="http://localhost:8888").status == 200


def test_a_body_that_is_too_large_is_http_413(owner: Speaker) -> None:
    answer = owner.raw("POST", "/runtime/programs_upload", b" " * (MAX_REQUEST_BYTES + 1))
    assert answer.status == 413


def test_a_body_that_does_not_say_how_large_it_is_is_stopped_when_it_is_too_large(owner: Speaker) -> None:
    with raw_connection(owner.url) as connection:
        head = f"POST /runtime/programs_upload HTTP/1.1\r\nHost: localhost\r\napi_token: {owner.token}\r\n"
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        for _ in range(MAX_REQUEST_BYTES // 0x100000 + 1):
            connection.sendall(chunk)
        assert b" 413 " in connection.recv(4096).partition(b"\r\n")[0]


def test_as_large_a_body_as_may_be_is_taken(user: Speaker) -> None:
    source = ECHO + "#" * (11 * 1024 * 1024)
    program_id = user.upload("large", source)
    assert len(user.data("program", program_id=program_id)["data"]) > len(source)


def test_a_content_type_is_not_asked_for(user: Speaker) -> None:
    answer = user.raw("POST", "/runtime/get_result_nowait", b'{"job_id": "x"}')
    assert json.loads(answer.body)["status"] == 404


def test_the_capabilities_are_those_of_the_document(owner: Speaker) -> None:
    data = owner.data("capabilities")
    assert data["version"] == "1.2.0"
    assert set(data["features"]) == {
        *("seed", "max_execution_time", "max_attempts", "job_info", "result_types", "events"),
        *("jobs", "job_ledger", "job_inputs", "tags", "idempotency_key"),
    }


def test_a_job_is_told_about_with_all_that_it_ran_with(user: Speaker) -> None:
    program_id = user.upload("informed", ECHO, backend="ScQ-P18", cost=77)
    job_id = user.run(program_id, 1, seed=2**63 - 1)
    user.result(job_id)
    info = user.data("job_info", job_id=job_id)
    assert (info["job_id"], info["program_id"], info["program_name"]) == (job_id, program_id, "informed")
    assert (info["backend"], info["seed"], info["max_execution_time"]) == ("ScQ-P18", 2**63 - 1, 77.0)
    assert (info["status"], info["attempt"], info["engine"]) == (2, 1, None)
    assert set(info["versions"]) == {"python", "pyquafu", "numpy", "quafu_runtime"}
    assert info["creation_time"] < info["assigned_time"] < info["start_time"] < info["finish_time"]
    assert (info["label"], info["tags"], info["runs"], info["max_attempts"]) == (None, [], 1, 1)
    assert info["exit"] == {"kind": "returned", "code": None, "signal": None}
    assert info["creation_time"].endswith("Z")


def test_a_run_says_more_than_its_program_and_a_program_more_than_the_service(user: Speaker) -> None:
    plain = user.upload("plain", ECHO)
    asked = [
        user.run(plain, 1),
        user.run(plain, 1, backend="ScQ-P10", max_execution_time=1.5),
        user.run(user.upload("said", ECHO, backend="ScQ-P18", cost=60), 1, backend=None, max_execution_time=None),
    ]
    infos = [user.data("job_info", job_id=job_id) for job_id in asked]
    assert [(info["backend"], info["max_execution_time"]) for info in infos] == [
        ("local", 3600.0),
        ("ScQ-P10", 1.5),
        ("ScQ-P18", 60.0),
    ]
    assert len({info["seed"] for info in infos}) == 3
    often = user.data("job_info", job_id=user.run(plain, 1, max_attempts=100.0))
    assert often["max_attempts"] == 100


def test_a_failure_is_the_jobs_result_and_the_end_of_its_logs(user: Speaker) -> None:
    job_id = user.run(user.upload("raise", RAISE))
    result = user.result(job_id)
    assert result["status"] == 4
    assert result["result"].rstrip().endswith("RuntimeError: it failed")
    assert "result_types" not in result
    logs = user.data("job_logs", job_id=job_id)["logs"]
    assert logs.startswith("before\n")
    assert result["result"].strip() in logs


def test_a_moment_is_an_http_date(user: Speaker) -> None:
    job_id = user.run(user.upload("dated", ECHO))
    finished = user.result(job_id)["finish_time"]
    assert parsedate_to_datetime(finished).tzname() == "UTC"
    assert finished.endswith(" GMT")
    assert user.data("job_status", job_id=job_id)["finished_time"] == finished


def test_a_long_wait_sends_spaces_before_its_answer(user: Speaker) -> None:
    job_id = user.run(user.upload("sleep", SLEEP))
    body = json.dumps({"job_id": job_id}).encode()
    with raw_connection(user.url) as connection:
        head = f"POST /runtime/get_result_wait HTTP/1.1\r\nHost: localhost\r\napi_token: {user.token}\r\n"
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        began = time.monotonic()
        with connection.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.1 200")
            while answer.readline() != b"\r\n":
                pass
            assert (answer.readline(), answer.readline()) == (b"1\r\n", b" \r\n")
            assert 9 < time.monotonic() - began < 20
            user.data("job_cancel", job_id=job_id)
            length = int(answer.readline(), 16)
            assert json.loads(answer.read(length))["data"]["status"] == 3


def test_many_wait_at_once_and_cost_no_threads(service: ServiceProcess, user: Speaker) -> None:
    def threads() -> int:
        with open(f"/proc/{service.process.pid}/status", encoding="utf-8") as file:  # noqa: PTH123 - of the kernel
            return next(int(line.split()[1]) for line in file if line.startswith("Threads"))

    job_id = user.run(user.upload("sleep", SLEEP))
    user.wait_until_asleep(job_id)
    before = threads()
    with ThreadPoolExecutor(50) as pool:
        waits = [pool.submit(user.result, job_id) for _ in range(50)]
        eventually(lambda: established(user) >= 50)
        assert threads() <= before + 4  # the readers of the store, and no thread a wait
        assert user.status(job_id) == 1
        user.data("job_cancel", job_id=job_id)
        assert [wait.result()["status"] for wait in waits] == [3] * 50


def test_an_answer_does_not_wait_for_the_callers_system(owner: Speaker) -> None:
    place = urlsplit(owner.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=DEADLINE)
    times = []
    with contextlib.closing(connection):
        for _ in range(40):
            began = time.monotonic()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            times.append(time.monotonic() - began)
    # Where the second part of an answer waits until the first is acknowledged, it takes 40 ms, but not while the
    # connection is new: then a system acknowledges at once.
    assert min(times[20:]) < 0.03


def test_two_jobs_run_at_once_and_the_next_waits_in_order(user: Speaker) -> None:
    sleep = user.upload("sleep", SLEEP)
    first, second = user.run(sleep), user.run(sleep)
    user.wait_until_asleep(first)
    user.wait_until_asleep(second)
    waiting = [user.run(sleep) for _ in range(2)]
    assert [user.status(job_id) for job_id in waiting] == [0, 0]
    assert user.data("get_result_nowait", job_id=waiting[0]) == {"result": None, "status": 0, "finish_time": None}
    assert user.data("job_cancel", job_id=waiting[1]) == {"status": 3}
    user.data("job_cancel", job_id=first)
    user.wait_until_asleep(waiting[0])
    for job_id in (second, waiting[0]):
        assert user.data("job_cancel", job_id=job_id) == {"status": 3}
    assert user.data("job_info", job_id=waiting[1])["attempt"] == 0
