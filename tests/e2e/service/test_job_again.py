"""A job that is looked into, run again, reproduced and bundled, on the real local runtime, through both clients."""

import asyncio
import linecache
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quafu_runtime import (
    AsyncRuntimeService,
    JobFailedError,
    JobStatus,
    LocalRuntime,
    RuntimeService,
    load_bundle,
)

PROGRAM = """\
import random

import numpy as np
from quafu import QuantumCircuit, simulate


def run(task, userpub, params):
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.measure()
    task.config(backend="local", shots=params["shots"])
    counts = dict(task.send(circuit, wait=True, name="bell").counts)
    simulate(circuit)
    userpub.publish(np.array([1.0, np.nan]))
    print("counted")
    return {"counts": counts, "random": (random.random(), np.random.rand()), "array": np.arange(3)}
"""
FAILS = """\
def run(task, userpub, params):
    print("about to divide")
    return quotient(1, params["by"])


def quotient(one, other):
    return one / other
"""


@pytest.fixture(scope="module")
def service() -> Iterator[RuntimeService]:
    with LocalRuntime(max_jobs=1) as runtime, RuntimeService(runtime.account) as service:
        service.upload_program(PROGRAM, name="bell")
        service.upload_program(FAILS, name="divide")
        yield service


def same(one: Any, other: Any) -> bool:
    return (one["counts"], one["random"]) == (other["counts"], other["random"]) and np.array_equal(
        one["array"], other["array"]
    )


def test_a_failure_tells_all_that_is_known_of_it(service: RuntimeService) -> None:
    job = service.run("divide", params={"by": 0})
    with pytest.raises(JobFailedError) as caught:
        job.result(timeout=60)
    error = caught.value
    assert str(error).startswith(
        f'Job {job.job_id()} of program "divide" failed.\nParams: {{"by": 0}}\nThe last lines of its log:\n'
        "    about to divide\nTraceback (most recent call last):\n"
    )
    assert "    return one / other" in error.traceback
    assert error.traceback.endswith("ZeroDivisionError: division by zero")
    assert (error.program_name, error.params, error.logs) == ("divide", {"by": 0}, "about to divide")
    exited = job.info().exit
    assert exited is not None
    assert exited.kind == "raised"


def test_info_tells_when_a_job_was_assigned_and_how_it_ended(service: RuntimeService) -> None:
    job = service.run("bell", params={"shots": 10}, label="first", tags=("a", "b"))
    job.wait(timeout=60)
    info = job.info()
    assert (info.label, info.tags, info.status) == ("first", ("a", "b"), JobStatus.DONE)
    assert info.created_at and info.assigned_at and info.started_at and info.finished_at  # noqa: PT018 - one thought
    assert info.created_at <= info.assigned_at <= info.started_at <= info.finished_at
    assert info.exit is not None
    assert info.exit.kind == "returned"


def test_the_ledger_has_the_time_and_the_circuits(service: RuntimeService) -> None:
    job = service.run("bell", params={"shots": 10})
    job.wait(timeout=60)
    ledger = job.ledger()
    assert ledger.count == 2
    sent, simulated = ledger.circuits
    assert (sent.how, sent.name, sent.qubits, sent.shots, sent.backend) == ("send", "bell", 2, 10, "local")
    assert (simulated.how, simulated.qubits, simulated.shots) == ("simulate", 2, None)
    times = ledger.times
    assert times.waited is not None
    assert times.started is not None
    assert times.computed is not None
    assert times.simulated is not None
    assert times.computed >= times.simulated >= 0
    assert "state-vector" in repr(ledger)


def test_a_job_runs_again_with_the_same_and_with_other_params(service: RuntimeService) -> None:
    job = service.run("bell", params={"shots": 10}, seed=7)
    again = service.job(job.job_id()).rerun(seed=7)
    other = job.rerun(params={"shots": 20})
    assert same(again.result(timeout=60), job.result(timeout=60))
    assert sum(other.result(timeout=60)["counts"].values()) == 20
    assert again.program_id() == other.program_id() == job.program_id()
    assert other.params == {"shots": 20}


def test_a_job_runs_the_text_again_that_it_was_run_with(service: RuntimeService) -> None:
    program_id = service.upload_program(FAILS, name="changes")
    job = service.run(program_id=program_id, params={"by": 4})
    service.update_program(program_id, data=FAILS.replace("one / other", '"another"'))
    again = job.rerun()
    assert again.result(timeout=60) == job.result(timeout=60) == 0.25
    assert again.program_id() != program_id
    assert (again.info().program_name or "").startswith("changes-")
    service.delete_program(program_id)
    assert service.job(job.job_id()).rerun(params={"by": 2}).result(timeout=60) == 0.5


def test_a_job_is_reproduced_here_with_the_same_numbers(service: RuntimeService) -> None:
    job = service.run("bell", params={"shots": 10})
    published: list[Any] = []
    assert same(job.reproduce(published.append), job.result(timeout=60))
    assert same(service.job(job.job_id()).reproduce(), job.result(timeout=60))
    assert np.array_equal(published, [[1.0, np.nan]], equal_nan=True)


def test_a_failure_is_reproduced_here_in_the_programs_own_lines(service: RuntimeService) -> None:
    job = service.run("divide", params={"by": 0})
    with pytest.raises(ZeroDivisionError) as caught:
        job.reproduce()
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.name, last.line, last.lineno) == ("quotient", "return one / other", 7)
    assert "divide" in last.filename
    assert linecache.getline(last.filename, 1).startswith("def run")


def test_a_bundle_has_all_of_a_job_and_runs_again(service: RuntimeService, tmp_path: Path) -> None:
    job = service.run("bell", params={"shots": 10}, seed=7)
    job.wait(timeout=60)
    bundle = load_bundle(job.bundle(tmp_path / "run.zip"))
    assert same(bundle.result, job.result())
    assert (bundle.source, bundle.params, bundle.logs) == (PROGRAM, {"shots": 10}, job.logs())
    assert bundle.info == job.info()
    assert repr(bundle.ledger) == repr(job.ledger())
    assert bundle.missing == {}
    assert bundle.versions["pyquafu"] == "0.4.5"
    assert "contract" in bundle.versions
    (event,) = bundle.interim_results
    assert np.array_equal(event.data, [1.0, np.nan], equal_nan=True)
    assert event.at is not None
    assert same(bundle.rerun(service, seed=7).result(timeout=60), bundle.result)
    assert same(bundle.reproduce(), bundle.result)


def test_a_bundle_holds_neither_the_token_nor_the_address(service: RuntimeService, tmp_path: Path) -> None:
    job = service.run("divide", params={"by": 4})
    job.wait(timeout=60)
    account = service.account.credentials()
    with zipfile.ZipFile(job.bundle(tmp_path / "run.zip")) as archive:
        texts = [archive.read(name).decode() for name in archive.namelist()]
    assert not [text for text in texts if account.token in text or account.url in text]


def test_the_async_client_does_all_that_as_well(service: RuntimeService, tmp_path: Path) -> None:
    async def main() -> None:
        async with AsyncRuntimeService(service.account) as awaited:
            job = await awaited.run("bell", params={"shots": 10}, seed=7)
            result = await job.result(timeout=60)
            assert (await job.ledger()).count == 2
            assert same(await job.reproduce(), result)
            assert same(await (await awaited.job(job.job_id()).rerun(seed=7)).result(timeout=60), result)
            bundle = load_bundle(await job.bundle(tmp_path / "run.zip"))
            assert same(bundle.result, result)
            assert (bundle.missing, len(bundle.interim_results)) == ({}, 1)
            assert same(await (await bundle.rerun(awaited, seed=7)).result(timeout=60), result)

    asyncio.run(main())
