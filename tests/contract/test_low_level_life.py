"""A program's and a job's whole life through the generated endpoints alone, at a fake of the deployed service.

The fake is built on what is known of the service's wire, with nothing but the standard library.
"""

import asyncio
import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import ModuleType
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

import pytest
from attrs import define, field
from quafu_runtime_api import AuthenticatedClient
from quafu_runtime_api.api.jobs import (
    get_result_nowait,
    get_result_wait,
    job_cancel,
    job_delete,
    job_info,
    job_logs,
    job_status,
    programs_run_deploy,
)
from quafu_runtime_api.api.programs import (
    capabilities,
    program,
    program_delete,
    program_update,
    programs,
    programs_upload,
)
from quafu_runtime_api.errors import UnexpectedStatus
from quafu_runtime_api.models import Failure, JobRequest, RunRequest, UpdateRequest, UploadRequest

SOURCE = base64.b64encode(b"def run(task, userpub, params):\n    return params\n").decode()
CREATED, FINISHED = "Wed, 10 May 2023 19:20:51 GMT", "Wed, 10 May 2023 19:21:02 GMT"
Answer = tuple[int, Any]


@define
class Deployed:
    """The deployed service as far as it is known: one user, and jobs that are queued until they are waited for."""

    token: str
    newer: bool
    programs: dict[str, dict[str, Any]] = field(factory=dict)
    jobs: dict[str, dict[str, Any]] = field(factory=dict)

    def answer(self, path: str, token: str | None, given: dict[str, Any]) -> dict[str, Any] | None:
        """The envelope, or None where there is no such operation."""
        operation = self.OPERATIONS.get(path.removeprefix("/runtime/"))
        if operation is None:
            return None
        code, data = operation(self, given) if token == self.token else (201, None)
        names = ("code", "message") if self.newer else ("status", "msg")
        envelope = {names[0]: code, names[1]: "success" if code == 200 else f"failure {code}"}
        return envelope if data is None else {**envelope, "data": data}

    def upload(self, given: dict[str, Any]) -> Answer:
        if not {"name", "data"} <= given.keys():
            return 406, None
        if any(each["name"] == given["name"] for each in self.programs.values()):
            return 409, None
        program_id = f"{len(self.programs) + 1:032x}"
        self.programs[program_id] = {"program_id": program_id, "owner": "somebody", **given}
        return 200, {"id": program_id}

    def update(self, given: dict[str, Any]) -> Answer:
        found = self.programs.get(given["program_id"])
        return (404, None) if found is None else (200, {**found, **given})

    def delete_program(self, given: dict[str, Any]) -> Answer:
        return (200 if self.programs.pop(given["program_id"], None) else 404), None

    def list_programs(self, given: dict[str, Any]) -> Answer:
        if not str(given.get("limit", 0)).isdigit():
            return 405, None
        shown = [{key: value for key, value in each.items() if key != "data"} for each in self.programs.values()]
        return 200, {"programs": shown[: int(given.get("limit", len(shown)))], "count": len(shown)}

    def program(self, given: dict[str, Any]) -> Answer:
        if not given:
            return 405, None
        names = {each["name"]: each for each in self.programs.values()}
        found = self.programs.get(given.get("program_id", "")) or names.get(given.get("name", ""))
        return (404, None) if found is None else (200, found)

    def run(self, given: dict[str, Any]) -> Answer:
        code, found = self.program({"program_id": given.get("program_id"), "name": given.get("program_name")})
        if code != 200:
            return code, None
        job_id = f"{len(self.jobs) + 1:032x}"
        result = json.dumps({"result": given.get("params")})
        self.jobs[job_id] = {"status": 0, "result": result, "logs": f"Hello World! {given.get('params')}\n"}
        told = {"program_id": found["program_id"], "backend": given.get("backend"), "creation_time": CREATED}
        return 200, {"job_id": job_id, "status": 0, **told}

    def job(self, given: dict[str, Any], *names: str, time: str = "finish_time") -> Answer:
        found = self.jobs.get(given["job_id"])
        if found is None:
            return 404, None
        ended = found["status"] == 2
        told = {**found, "result": found["result"] if ended else None, time: FINISHED if ended else None}
        return 200, {name: told[name] for name in names}

    def wait(self, given: dict[str, Any]) -> Answer:
        self.jobs.get(given["job_id"], {}).update(status=2)
        return self.job(given, "result", "status", "finish_time")

    def cancel(self, given: dict[str, Any]) -> Answer:
        code, data = self.job(given, "status")
        if code == 200:
            found = self.jobs[given["job_id"]]
            found["status"], data = (3, {"status": 3}) if data["status"] < 2 else (data["status"], {"status": -1})
        return code, data

    def delete_job(self, given: dict[str, Any]) -> Answer:
        code, data = self.job(given, "status")
        if code == 200 and data["status"] > 1:
            del self.jobs[given["job_id"]]
        return code, data and {**data, "deleted": given["job_id"] not in self.jobs}

    OPERATIONS: ClassVar[dict[str, Callable[["Deployed", dict[str, Any]], Answer]]] = {
        "programs_upload": upload,
        "program_update": update,
        "program_delete": delete_program,
        "programs": list_programs,
        "program": program,
        "programs_run_deploy": run,
        "get_result_nowait": lambda self, given: self.job(given, "result", "status", "finish_time"),
        "get_result_wait": wait,
        "job_status": lambda self, given: self.job(given, "status", "result", "finished_time", time="finished_time"),
        "job_logs": lambda self, given: self.job(given, "status", "logs"),
        "job_cancel": cancel,
        "job_delete": delete_job,
    }


def handler_of(deployed: Deployed) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path)
            given = dict(parse_qsl(path.query))
            given |= json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
            envelope = deployed.answer(path.path, self.headers["api_token"], given)
            self.send_response(404 if envelope is None else 200)
            self.end_headers()
            self.wfile.write(b"<html>" if envelope is None else json.dumps(envelope).encode())

        do_POST = do_DELETE = do_GET  # noqa: N815 - the standard library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
            """Say nothing."""

    return Handler


@contextmanager
def served(deployed: Deployed) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(deployed)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


Call = Callable[..., Any]


@pytest.fixture(params=["status and msg", "code and message"])
def deployed(request: pytest.FixtureRequest) -> Deployed:
    return Deployed(token="right", newer=request.param.startswith("code"))


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest, deployed: Deployed) -> Iterator[Call]:
    """Calls an endpoint, sync or async, at the fake service."""
    with served(deployed) as url, AuthenticatedClient(url, token="right") as client, asyncio.Runner() as runner:

        def call(endpoint: ModuleType, **arguments: object) -> object:
            if request.param == "sync":
                return endpoint.sync(client=client, **arguments)
            return runner.run(endpoint.asyncio(client=client, **arguments))

        yield call
        runner.run(client.aclose())


def code_of(failure: object) -> int:
    assert isinstance(failure, Failure)
    code = failure.status or failure.code
    assert code
    return code


def test_a_program_lives_from_its_upload_to_its_deletion(call: Call) -> None:
    program_id = call(programs_upload, body=UploadRequest(name="hello", data=SOURCE, is_public=0)).data.id
    assert code_of(call(programs_upload, body=UploadRequest(name="hello", data=SOURCE))) == 409
    page = call(programs, limit=20).data
    assert (page.count, [each.name for each in page.programs]) == (1, ["hello"])
    assert code_of(call(programs, limit=-1)) == 405
    changed = call(program_update, body=UpdateRequest(program_id=program_id, cost=60, is_public=[1])).data
    assert (changed.cost, changed.name) == (60, "hello")
    assert call(program, name="hello").data.data == SOURCE
    assert code_of(call(program)) == 405
    assert not isinstance(call(program_delete, program_id=program_id), Failure)
    assert code_of(call(program_delete, program_id=program_id)) == 404


def test_a_job_lives_from_its_run_to_its_deletion(call: Call) -> None:
    call(programs_upload, body=UploadRequest(name="hello", data=SOURCE))
    params = {"TestParam1": "xxxxxx"}
    job = call(programs_run_deploy, body=RunRequest(program_name="hello", program_id=None, params=params)).data
    body = JobRequest(job_id=job.job_id)
    assert (job.status, job.creation_time) == (0, CREATED)
    early = call(get_result_nowait, body=body).data
    assert (early.status, early.result, early.finish_time) == (0, None, None)
    assert call(job_delete, job_id=job.job_id).data.deleted is False
    late = call(get_result_wait, body=body).data
    assert (late.status, json.loads(late.result), late.finish_time) == (2, {"result": params}, FINISHED)
    state = call(job_status, job_id=job.job_id).data
    assert (state.status, state.finished_time) == (2, FINISHED)
    assert call(job_logs, job_id=job.job_id).data.logs == "Hello World! {'TestParam1': 'xxxxxx'}\n"
    assert call(job_cancel, body=body).data.status == -1
    assert call(job_delete, job_id=job.job_id).data.deleted is True
    assert code_of(call(job_logs, job_id=job.job_id)) == 404


def test_a_waiting_job_is_cancelled(call: Call) -> None:
    call(programs_upload, body=UploadRequest(name="hello", data=SOURCE))
    job = call(programs_run_deploy, body=RunRequest(program_name="hello")).data
    assert call(job_cancel, body=JobRequest(job_id=job.job_id)).data.status == 3


def test_a_service_without_extensions_answers_404(call: Call) -> None:
    for endpoint, arguments in ((capabilities, {}), (job_info, {"job_id": "j"})):
        with pytest.raises(UnexpectedStatus) as caught:
            call(endpoint, **arguments)
        assert caught.value.status_code == 404


def test_a_bad_token_is_a_failure_of_every_operation(call: Call, deployed: Deployed) -> None:
    deployed.token = "another"
    assert code_of(call(programs)) == 201
    assert code_of(call(job_logs, job_id="j")) == 201
