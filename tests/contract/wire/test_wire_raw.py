"""The whole life of a program and a job, spoken with nothing but the standard library and `websockets`.

No line of our client is in here: it is written from the description of the protocol, as somebody else would.
"""

import base64
import contextlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from websockets.exceptions import ConnectionClosedOK
from websockets.sync.client import connect

SOURCE = """\
import time


def run(task, userpub, params):
    print("Hello World!", params)
    for number in range(3):
        userpub.publish(b"publish from job %d" % number)
    print("Sleep 10...")
    return {"result": params}
"""

DEADLINE = 60


class Place:
    """Where the service is, and whose token is used."""

    def __init__(self, url: str, ws_url: str, token: str) -> None:
        self.ws_url = ws_url
        self.token = token
        self._address = urlsplit(url)

    def ask(self, method: str, target: str, body: object = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=DEADLINE)
        headers = {"api_token": self.token, "Content-Type": "application/json;charset=UTF-8"}
        with contextlib.closing(connection):
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            assert response.status == 200
            envelope = json.loads(response.read())
            assert isinstance(envelope, dict)
            return envelope

    def ask_for_data(self, method: str, target: str, body: object = None) -> dict[str, Any]:
        envelope = self.ask(method, target, body)
        assert envelope["status"] == 200
        assert isinstance(envelope["data"], dict)
        return envelope["data"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("raw")
    ready, services_end = os.pipe()
    command = [sys.executable, "-m", "quafu_runtime.server", "--data-dir", str(folder), "--ready-fd", str(services_end)]
    with subprocess.Popen(command, pass_fds=[services_end]) as process:
        os.close(services_end)
        with open(ready, encoding="utf-8") as pipe:  # noqa: PTH123 - a descriptor, not a path
            address = json.loads(pipe.readline())
        yield Place(address["url"], address["ws_url"], Path(folder, "owner.token").read_text(encoding="utf-8").strip())
        process.terminate()
        assert process.wait(DEADLINE) == 0


def test_a_program_and_a_job_live_and_end(place: Place) -> None:
    program_id = _a_program_is_uploaded_found_and_changed(place)
    job_id = _it_runs(place, program_id)
    _its_interim_results_are_read(place, job_id)
    _its_result_and_logs_are_read(place, job_id)
    _both_are_deleted(place, program_id, job_id)


def _a_program_is_uploaded_found_and_changed(place: Place) -> str:
    program = {
        "name": "raw hello",
        "data": base64.b64encode(SOURCE.encode()).decode(),
        "backend": "testbackend",
        "group": "raw",
        "cost": 600,
        "description": "says hello",
        "is_public": 0,
    }
    program_id = place.ask_for_data("POST", "//runtime/programs_upload", program)["id"]
    assert len(program_id) == 32
    assert int(program_id, 16) >= 0
    assert place.ask("POST", "/runtime/programs_upload", program)["status"] == 409
    page = place.ask_for_data("GET", "/runtime/programs?limit=20&offset=0")
    assert page["count"] == 1
    assert [(listed["program_id"], listed.get("data")) for listed in page["programs"]] == [(program_id, None)]
    whole = place.ask_for_data("GET", f"/runtime/program?name={quote('raw hello')}")
    assert {key: whole[key] for key in program} == program
    change = {"program_id": program_id, "description": "says hello twice", "is_public": [1]}
    changed = place.ask_for_data("POST", "/runtime/program_update", change)
    assert changed == {**whole, "description": "says hello twice", "is_public": 1}
    return str(program_id)


def _it_runs(place: Place, program_id: str) -> str:
    request = {"program_id": program_id, "program_name": None, "backend": None, "params": {"TestParam1": "xxxxxx"}}
    job = place.ask_for_data("POST", "/runtime/programs_run_deploy", request)
    assert job["program_id"] == program_id
    assert job["backend"] == "testbackend"
    assert job["status"] == 0
    assert parsedate_to_datetime(job["creation_time"]).utcoffset() is not None
    return str(job["job_id"])


def _its_interim_results_are_read(place: Place, job_id: str) -> None:
    headers = {"api_token": place.token, "job_id": job_id}
    with connect(place.ws_url, additional_headers=headers, open_timeout=DEADLINE) as socket:
        acknowledgement, *messages, farewell = _all_messages(socket)
    assert "publish" not in acknowledgement
    assert messages == [f"b'publish from job {number}'" for number in range(3)]
    assert farewell == f"b'{job_id}'"


def _all_messages(socket: Any) -> Iterator[str]:
    with contextlib.suppress(ConnectionClosedOK):
        while True:
            yield socket.recv(DEADLINE)
    assert socket.close_code == 1000


def _its_result_and_logs_are_read(place: Place, job_id: str) -> None:
    result = place.ask_for_data("POST", "/runtime/get_result_wait", {"job_id": job_id})
    assert result["status"] == 2
    assert json.loads(result["result"]) == {"result": {"TestParam1": "xxxxxx"}}
    assert result["finish_time"].endswith("GMT")
    assert place.ask_for_data("POST", "/runtime/get_result_nowait", {"job_id": job_id}) == result
    status = place.ask_for_data("GET", f"/runtime/job_status?job_id={job_id}")
    assert (status["status"], status["result"], status["finished_time"]) == (2, result["result"], result["finish_time"])
    logs = place.ask_for_data("GET", f"/runtime/job_logs?job_id={job_id}")
    assert logs["status"] == 2
    # The service may have said something of the backend before.
    assert logs["logs"].endswith("Hello World! {'TestParam1': 'xxxxxx'}\nSleep 10...\n")


def _both_are_deleted(place: Place, program_id: str, job_id: str) -> None:
    assert place.ask_for_data("POST", "/runtime/job_cancel", {"job_id": job_id})["status"] == -1
    deleted = place.ask_for_data("GET", f"/runtime/job_delete?job_id={job_id}")
    assert deleted == {"status": 2, "deleted": True}
    assert place.ask("GET", f"/runtime/job_status?job_id={job_id}")["status"] == 404
    assert place.ask("DELETE", f"/runtime/program_delete?program_id={program_id}")["status"] == 200
    assert place.ask("GET", f"/runtime/program?program_id={program_id}")["status"] == 404
