"""Every program of `examples/program_source`, run through the client on the local runtime, against its reference."""

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quafu_runtime import JobFailedError, JobStatus, LocalRuntime, RuntimeJob, RuntimeService

PROGRAMS = Path(__file__).parents[2] / "examples" / "program_source"
DEADLINE = 120.0
SEED = 20

GROUND_ENERGY = -1.8509852245
RING_OF_SIX_CUT = 6
RING_OF_SIX_EXPECTATION = 4.5
MITIGATION_FACTOR = 4
"""By how much at least the distance to the ideal falls; the noise of the gates and of the shots is left."""
STANDARD_ERRORS = 5
"""How far a random answer may be from its reference: once in a million for a seed that nobody chose."""

HAS_A_TEST = {
    "bell.py",
    "ends-its-process.py",
    "hello.py",
    "long-run.py",
    "multi-task.py",
    "never-ends.py",
    "prints-a-lot.py",
    "qaoa-ring.py",
    "rabi.py",
    "raises.py",
    "readout-mitigation.py",
    "returns-unserializable.py",
    "t1.py",
    "vqe-h2.py",
}


@pytest.fixture(scope="module")
def service() -> Iterator[RuntimeService]:
    with LocalRuntime() as runtime, RuntimeService(runtime.account) as service:
        yield service


def start(service: RuntimeService, name: str, params: Any = None, **options: Any) -> RuntimeJob:
    return service.run(PROGRAMS / f"{name}.py", params, seed=SEED, **options)


def test_every_program_has_a_test_here() -> None:
    assert {path.name for path in PROGRAMS.iterdir() if path.suffix == ".py"} == HAS_A_TEST


def test_hello_gives_the_exact_probabilities(service: RuntimeService) -> None:
    result = start(service, "hello").result(timeout=DEADLINE)
    expected = np.zeros(16)
    expected[[10, 14]] = 0.5
    np.testing.assert_allclose(result["probabilities"], expected, atol=1e-9)
    assert result["num"] == 4


def test_bell_counts_half_and_half(service: RuntimeService) -> None:
    shots = 4000
    counts = start(service, "bell", {"shots": shots}).result(timeout=DEADLINE)["counts"]
    assert set(counts) == {"00", "11"}
    assert sum(counts.values()) == shots
    assert abs(counts["00"] - shots / 2) < STANDARD_ERRORS * math.sqrt(shots / 4)


def test_multi_task_finds_each_task_by_its_id(service: RuntimeService) -> None:
    job = start(service, "multi-task", {"tasks": 4, "shots": 100})
    tasks = job.result(timeout=DEADLINE)["tasks"]
    assert len({task["task_id"] for task in tasks}) == 4
    assert [task["awaited"] for task in tasks] == [True, False, True, False]
    assert all(task["status"] == "Completed" for task in tasks)
    assert all(sum(task["counts"].values()) == 100 for task in tasks)
    assert tasks[0]["counts"] == {"00": 100}
    assert tasks[3]["counts"] == {"11": 100}
    assert "In Queue" in job.logs()


def test_vqe_reaches_the_ground_energy(service: RuntimeService) -> None:
    shots = 2000
    job = start(service, "vqe-h2", {"steps": 30, "shots": shots})
    published = [json.loads(message) for message in job.stream()]
    result = job.result(timeout=DEADLINE)
    assert [step["step"] for step in published] == list(range(31))
    assert [step["energy"] for step in published] == result["energies"]
    assert result["ground_energy"] == pytest.approx(GROUND_ENERGY, abs=1e-9)
    # The estimate has ten times the shots; near the ground state a single shot spreads by less than 0.4 hartree.
    assert abs(result["energy"] - GROUND_ENERGY) < STANDARD_ERRORS * 0.4 / math.sqrt(10 * shots) + 0.005
    assert GROUND_ENERGY - 1e-9 < result["exact_energy"] < GROUND_ENERGY + 0.01


def test_qaoa_cuts_the_ring_of_six(service: RuntimeService) -> None:
    job = start(service, "qaoa-ring")
    result = job.result(timeout=DEADLINE)
    assert result["expectation"] == pytest.approx(RING_OF_SIX_EXPECTATION, abs=1e-3)
    assert result["cut"] == RING_OF_SIX_CUT
    assert result["bitstring"] in {"010101", "101010"}
    assert abs(result["mean_cut"] - RING_OF_SIX_EXPECTATION) < 0.2


def test_rabi_fits_the_frequency_of_the_drive(service: RuntimeService) -> None:
    result = start(service, "rabi", {"frequency": 4.0}).result(timeout=DEADLINE)
    assert result["frequency"] == pytest.approx(4.0, rel=0.02)
    assert isinstance(result["populations"], np.ndarray)
    assert result["plot"].startswith(b"\x89PNG")


def test_t1_fits_what_the_backend_says_of_itself(service: RuntimeService) -> None:
    job = start(service, "t1")
    result = job.result(timeout=DEADLINE)
    assert result["documented"] == 30.0
    assert result["error"] < 1.0
    assert abs(result["t1"] - result["documented"]) < STANDARD_ERRORS * result["error"]
    assert result["plot"].startswith(b"\x89PNG")
    assert "T1 = " in job.logs()


def test_readout_mitigation_leads_back_to_the_ideal(service: RuntimeService) -> None:
    result = start(service, "readout-mitigation").result(timeout=DEADLINE)
    assert result["factor"] > MITIGATION_FACTOR
    assert result["after"] < 0.03
    np.testing.assert_allclose(result["matrix"].sum(axis=0), 1.0)
    np.testing.assert_allclose(result["mitigated"].sum(), 1.0)
    # Reading alone: 0 as 1 with 0.02, 1 as 0 with 0.05; preparing 1 by a gate adds about 0.002.
    assert abs(result["matrix"][0, 0] - 0.98**3) < STANDARD_ERRORS * 0.25 / math.sqrt(20_000)
    assert abs(result["matrix"][7, 7] - 0.95**3) < 0.01


def test_readout_mitigation_changes_nothing_where_nothing_is_noisy(service: RuntimeService) -> None:
    result = start(service, "readout-mitigation", {"backend": "local"}).result(timeout=DEADLINE)
    np.testing.assert_array_equal(result["matrix"], np.eye(8))
    np.testing.assert_allclose(result["mitigated"], result["measured"])


def test_long_run_delivers_every_message_in_order(service: RuntimeService) -> None:
    job = start(service, "long-run", {"messages": 200, "pause": 0.001})
    assert list(job.stream()) == [f"message {number}".encode() for number in range(1, 201)]
    assert job.result(timeout=DEADLINE)["messages"] == 200


def test_raises_ends_in_an_error_with_its_traceback(service: RuntimeService) -> None:
    job = start(service, "raises")
    with pytest.raises(JobFailedError, match="the answer is not 42") as caught:
        job.result(timeout=DEADLINE)
    assert "in check\n    raise ValueError(message)" in str(caught.value)
    assert job.status() is JobStatus.ERROR
    assert "ValueError: the answer is not 42" in job.logs()


def test_prints_a_lot_has_every_line_in_its_log(service: RuntimeService) -> None:
    job = start(service, "prints-a-lot", {"lines": 20_000})
    job.result(timeout=DEADLINE)
    lines = job.logs().splitlines()
    assert [line.split(".")[0].strip() for line in lines] == [f"line {number}" for number in range(20_000)]


def test_never_ends_is_ended_by_its_time_limit(service: RuntimeService) -> None:
    job = start(service, "never-ends", {"how": "ignore"}, max_execution_time=1.0)
    with pytest.raises(JobFailedError, match="1"):
        job.result(timeout=DEADLINE)
    assert "time" in (job.err_msg() or "")


@pytest.mark.parametrize("how", ["sleep", "compute", "ignore"])
def test_never_ends_is_ended_by_a_cancel(service: RuntimeService, how: str) -> None:
    job = start(service, "never-ends", {"how": how})
    assert next(iter(job.stream())) == b"started"
    assert job.cancel() is JobStatus.CANCELLED


@pytest.mark.parametrize(
    ("how", "said"), [("exit", "exit code 3"), ("quit", "sys.exit"), ("kill", "SIGKILL"), ("crash", "SIGSEGV")]
)
def test_ends_its_process_ends_in_an_error_that_says_how(service: RuntimeService, how: str, said: str) -> None:
    job = start(service, "ends-its-process", {"how": how})
    with pytest.raises(JobFailedError, match=said):
        job.result(timeout=DEADLINE)
    assert job.status() is JobStatus.ERROR


def test_a_crash_names_the_line_of_the_program(service: RuntimeService) -> None:
    job = start(service, "ends-its-process", {"how": "crash"})
    with pytest.raises(JobFailedError) as caught:
        job.result(timeout=DEADLINE)
    lines = (PROGRAMS / "ends-its-process.py").read_text(encoding="utf-8").splitlines()
    crashing = next(number for number, line in enumerate(lines, 1) if "string_at" in line or "ctypes." in line)
    assert f"line {crashing}" in caught.value.traceback


def test_returns_unserializable_names_the_place_and_the_type(service: RuntimeService) -> None:
    job = start(service, "returns-unserializable")
    with pytest.raises(JobFailedError, match="QuantumCircuit") as caught:
        job.result(timeout=DEADLINE)
    assert '["circuits"][0]' in str(caught.value)


def test_a_seed_repeats_a_job(service: RuntimeService) -> None:
    counts = [start(service, "bell", {"shots": 1000}).result(timeout=DEADLINE) for _ in range(2)]
    other = service.run(PROGRAMS / "bell.py", {"shots": 1000}, seed=SEED + 1).result(timeout=DEADLINE)
    assert counts[0] == counts[1]
    assert other != counts[0]


def test_the_information_on_a_job_is_complete(service: RuntimeService) -> None:
    job = start(service, "bell")
    job.result(timeout=DEADLINE)
    info = job.info()
    assert (info.seed, info.status, info.engine) == (SEED, JobStatus.DONE, "state-vector")
    assert {"python", "pyquafu", "numpy", "quafu_runtime"} <= set(info.versions)
    assert info.created_at
    assert info.started_at
    assert info.finished_at
    assert info.created_at <= info.started_at <= info.finished_at
