"""Ledgers and second runs of jobs through both clients, against a fake of a service."""

import base64
import inspect
import json
from typing import Any

import pytest

from quafu_runtime import errors
from quafu_runtime.account import Account
from quafu_runtime.job import CircuitRecord
from tests.fakes.answers import envelope
from tests.fakes.deployed import FakeService
from tests.fakes.faces import FACES, call, of_job

ID = "0123456789abcdef0123456789abcdef"
SOURCE = "def run(task, userpub, params):\n    return params\n"


def has(service: FakeService, *features: str) -> None:
    service.always("capabilities", envelope(200, "ok", {"version": "1.1.0", "features": list(features)}))


def circuits(first: int, last: int) -> list[dict[str, Any]]:
    return [{"seq": seq, "how": "send", "qubits": 2, "seconds": 0.5} for seq in range(first, last)]


def page(first: int, last: int, count: int) -> Any:
    times = {"waited": 1.5, "started": 0.1, "computed": None, "simulated": 2}
    return envelope(200, "ok", {"job_id": ID, "times": times, "circuits": circuits(first, last), "count": count})


@pytest.mark.parametrize("face", FACES)
def test_a_ledger_is_read_to_its_last_page(service: FakeService, account: Account, face: str) -> None:
    has(service, "job_ledger")
    service.script("job_ledger", page(1, 1001, 1500), page(1001, 1501, 1500))

    ledger = call(face, account, of_job(ID, "ledger"))

    assert (ledger.job_id, ledger.count, len(ledger.circuits)) == (ID, 1500, 1500)
    assert ledger.circuits[-1] == CircuitRecord(1500, how="send", qubits=2, seconds=0.5)
    assert (ledger.times.waited, ledger.times.computed, ledger.times.simulated) == (1.5, None, 2)
    assert [request.query["offset"] for request in service.sent("job_ledger")] == ["0", "1000"]


@pytest.mark.parametrize("face", FACES)
def test_a_ledger_of_a_service_that_promises_more_than_it_has_ends(
    service: FakeService, account: Account, face: str
) -> None:
    has(service, "job_ledger")
    service.script("job_ledger", page(1, 3, 1500), page(1, 1, 1500))

    assert len(call(face, account, of_job(ID, "ledger")).circuits) == 2


@pytest.mark.parametrize("face", FACES)
def test_a_service_without_ledgers_says_so(service: FakeService, account: Account, face: str) -> None:
    with pytest.raises(errors.ServiceError, match="keeps no account"):
        call(face, account, of_job(ID, "ledger"))

    assert service.sent("job_ledger") == []


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("operation", ["job_ledger", "job_inputs"])
def test_a_job_that_is_not_there_is_no_missing_program(
    service: FakeService, account: Account, face: str, operation: str
) -> None:
    has(service, operation)
    service.always(operation, envelope(404, "no such job", {}))

    with pytest.raises(errors.JobNotFoundError, match=ID):
        call(face, account, of_job(ID, "ledger" if operation == "job_ledger" else "rerun"))


def rerun(face: str, account: Account, job_id: str, **others: Any) -> Any:
    """The id of the new job, and its params as the client knows them."""

    def act(client: Any) -> Any:
        made = client.job(job_id).rerun(**others)
        if not inspect.isawaitable(made):
            return made.job_id(), made.params

        async def awaited() -> Any:
            job = await made
            return job.job_id(), job.params

        return awaited()

    return call(face, account, act)


def tells_inputs(service: FakeService, program_id: str, source: str = SOURCE) -> None:
    has(service, "job_inputs")
    told = {
        "job_id": ID,
        "data": base64.b64encode(source.encode()).decode(),
        "program_id": program_id,
        "program_name": "vqe",
        "params": {"zero": 0},
        "backend": "testbackend2",
        "seed": 7,
        "max_execution_time": 60,
    }
    service.always("job_inputs", envelope(200, "ok", told))


@pytest.mark.parametrize("face", FACES)
def test_a_second_run_has_what_the_service_says_the_first_one_had(
    service: FakeService, account: Account, face: str
) -> None:
    program_id = service.add_program("vqe")
    tells_inputs(service, program_id)

    job_id, params = rerun(face, account, ID)

    assert service.jobs[job_id].program_id == program_id
    assert service.jobs[job_id].params == params == {"zero": 0}
    (request,) = service.sent("programs_run_deploy")
    assert request.json["backend"] == "testbackend2"
    assert "seed" not in request.json
    assert "max_execution_time" not in request.json


@pytest.mark.parametrize("face", FACES)
def test_a_second_run_may_have_other_params_and_another_backend(
    service: FakeService, account: Account, face: str
) -> None:
    tells_inputs(service, service.add_program("vqe"))

    job_id, params = rerun(face, account, ID, params=None, backend="other")

    assert service.jobs[job_id].params is params is None
    assert service.sent("programs_run_deploy")[0].json["backend"] == "other"


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("gone", [True, False], ids=["deleted", "changed"])
def test_a_program_that_is_gone_or_changed_is_uploaded_as_it_was(
    service: FakeService, account: Account, face: str, gone: bool
) -> None:
    program_id = service.add_program("vqe")
    then = f"{SOURCE}\n# as it was\n"
    tells_inputs(service, program_id, then)
    if gone:
        service.programs.clear()

    job_id, _ = rerun(face, account, ID)

    program = service.programs[service.jobs[job_id].program_id]
    assert program["name"].startswith("vqe-")
    assert base64.b64decode(program["data"]).decode() == then


@pytest.mark.parametrize("face", FACES)
def test_where_the_service_says_little_the_params_have_to_be_given(
    service: FakeService, account: Account, face: str
) -> None:
    job = service.add_job(service.add_program("vqe"))

    with pytest.raises(errors.ArgumentError, match=r"params=\.\.\."):
        rerun(face, account, job.job_id)
    with pytest.raises(errors.JobStateError, match="Which program"):
        rerun(face, account, job.job_id, params={})


@pytest.mark.parametrize("face", FACES)
def test_a_job_that_was_run_here_runs_again_at_the_deployed_service(
    service: FakeService, account: Account, face: str
) -> None:
    program_id = service.add_program("vqe")

    def sync(client: Any) -> Any:
        return client.run(program_id, params={"zero": 0}, backend="b").rerun()

    async def awaited(client: Any) -> Any:
        return await (await client.run(program_id, params={"zero": 0}, backend="b")).rerun()

    again = call(face, account, sync if face == "sync" else awaited)

    first, second = service.sent("programs_run_deploy")
    assert json.dumps(second.json, sort_keys=True) == json.dumps(first.json, sort_keys=True)
    assert service.jobs[again.job_id()].params == {"zero": 0}


@pytest.mark.parametrize("face", FACES)
def test_a_job_is_reproduced_here_with_the_program_of_the_deployed_service(
    service: FakeService, account: Account, face: str
) -> None:
    program_id = service.add_program("vqe")

    def sync(client: Any) -> Any:
        return client.run(program_id, params={"zero": [0]}).reproduce()

    async def awaited(client: Any) -> Any:
        return await (await client.run(program_id, params={"zero": [0]})).reproduce()

    assert call(face, account, sync if face == "sync" else awaited) == {"zero": [0]}
