"""Programs in the manner of the deployed service's guide, run unmodified."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from quafu_runtime import LocalRuntime, RuntimeService

PROGRAMS = Path(__file__).parent / "guide_programs"
PARAMS = {"TestParam1": "xxxxxx"}
DEADLINE = 120.0


@pytest.fixture(scope="module")
def service() -> Iterator[RuntimeService]:
    with LocalRuntime() as runtime, RuntimeService(runtime.account) as service:
        yield service


def upload(service: RuntimeService, name: str, backend: str) -> str:
    return service.upload_program(data=str(PROGRAMS / f"{name}.py"), metadata={"name": name, "backend": backend})


def test_a_hello_that_asks_for_num(service: RuntimeService) -> None:
    job = service.run(program_id=upload(service, "hello_with_num", "testbackend"), params=PARAMS)
    assert list(job.stream()) == ["an interim message"]
    result = job.result(wait=True, timeout=DEADLINE)
    assert result["num"] == 4
    assert result["probabilities"] == pytest.approx([0.5 if outcome in {10, 14} else 0 for outcome in range(16)])
    assert "Hello World! {'TestParam1': 'xxxxxx'}\n" in job.logs()


def test_tasks_that_are_awaited_and_not(service: RuntimeService) -> None:
    job = service.run(program_id=upload(service, "send_and_retrieve", "py_simu"), params=PARAMS)
    result = job.result(wait=True, timeout=DEADLINE)
    assert result["is_task"]
    assert sum(result["awaited"].values()) == 2000
    assert set(result["awaited"]) == {"00", "11"}
    assert result["sent"][1] == "In Queue"
    assert result["found"][:2] == [result["sent"][0], "Completed"]
    assert sum(result["found"][2].values()) == 2000


def test_a_loop_that_publishes(service: RuntimeService) -> None:
    received: list[bytes] = []
    job = service.run(program_id=upload(service, "publish_loop", "testbackend"), params=PARAMS)
    job.interim_results(callback=received.append)
    assert job.result(wait=True, timeout=DEADLINE) == {"result": PARAMS}
    assert list(job.stream()) == [b"publish from job %d" % number for number in range(10)]
    assert job.logs().count("Sleep 0.01...\n") == 10
