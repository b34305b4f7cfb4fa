"""The programs of the examples, run as jobs are, against their references."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from pyflakes.api import check
from pyflakes.reporter import Reporter

from quafu_runtime import codec
from tests.unit.seam_child import Job, in_job

SOURCES = Path(__file__).parents[2] / "examples" / "program_source"
GROUND_ENERGY = -1.8509852245


def _program(name: str) -> ModuleType:
    spec = spec_from_file_location(name.replace("-", "_"), SOURCES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run(job: Job, name: str, params: Any) -> Any:
    result = _program(name).run(job.task, job, params)
    return {"result": result, "published": job.published}


def _ran(name: str, params: Any = None, seed: int = 7) -> tuple[Any, list[Any], str]:
    outcome = in_job(_run, name, params, seed=seed)
    assert outcome.error is None, outcome.message
    return outcome.value["result"], outcome.value["published"], outcome.output


def test_hello_has_its_two_outcomes() -> None:
    result, _, output = _ran("hello", {"TestParam1": "xxxxxx"})
    expected = np.zeros(16)
    expected[[10, 14]] = 0.5
    assert result["num"] == 4
    assert result["probabilities"] == pytest.approx(expected)
    assert output == "Hello World! {'TestParam1': 'xxxxxx'}\n"


def test_bell_counts_halves() -> None:
    result, _, _ = _ran("bell", {"shots": 4000})
    assert set(result["counts"]) == {"00", "11"}
    assert sum(result["counts"].values()) == result["shots"] == 4000
    assert abs(result["counts"]["00"] - 2000) < 5 * 4000**0.5 / 2


def test_multi_task_finds_each_task_by_its_id() -> None:
    result, published, output = _ran("multi-task", {"tasks": 5, "shots": 40})
    tasks = result["tasks"]
    assert [task["awaited"] for task in tasks] == [True, False, True, False, True]
    assert {task["status"] for task in tasks} == {"Completed"}
    assert [sum(task["counts"].values()) for task in tasks] == [40] * 5
    assert (tasks[0]["counts"], tasks[4]["counts"]) == ({"00": 40}, {"11": 40})
    assert result["history"] == [task["task_id"] for task in tasks]
    assert published[:2] == [b"task 0: Completed", b"task 1: In Queue"]
    for task in tasks:
        assert task["task_id"] in output


@pytest.mark.parametrize("seed", [1, 2])
def test_vqe_reaches_the_ground_energy_of_hydrogen(seed: int) -> None:
    result, published, _ = _ran("vqe-h2", seed=seed)
    assert result["ground_energy"] == pytest.approx(GROUND_ENERGY, abs=1e-8)
    assert result["ground_energy"] <= result["exact_energy"] <= GROUND_ENERGY + 2e-3
    assert abs(result["energy"] - GROUND_ENERGY) < 0.01
    steps = [json.loads(message) for message in published]
    assert [step["step"] for step in steps] == list(range(31))
    assert [step["energy"] for step in steps] == result["energies"]
    assert steps[0]["energy"] > steps[-1]["energy"] + 1


def test_vqe_does_what_its_params_say() -> None:
    result, published, _ = _ran("vqe-h2", {"steps": 2, "learning_rate": 0.0, "shots": 100, "start": [0.5, 0.25]})
    assert (len(published), result["angles"]) == (3, [0.5, 0.25])


def test_qaoa_reaches_the_best_expectation_of_one_layer_and_finds_the_cut() -> None:
    result, published, _ = _ran("qaoa-ring")
    assert result["expectation"] == pytest.approx(4.5, abs=1e-3)
    assert result["cut"] == 6
    assert result["bitstring"] in {"010101", "101010"}
    assert abs(result["mean_cut"] - 4.5) < 5 * 1.5 / 1000**0.5
    expectations = [json.loads(message)["expectation"] for message in published]
    assert expectations == sorted(expectations)


def test_rabi_fits_the_frequency_of_the_drive_and_plots_it() -> None:
    outcome = in_job(_rabi, {"frequency": 3.7})
    result, plot = outcome.value
    assert result["frequency"] == pytest.approx(3.7, abs=0.02)
    assert result["populations"].shape == result["times"].shape == (41,)
    assert result["plot"] == plot
    assert plot.startswith(b"\x89PNG")


def _rabi(job: Job, params: Any) -> Any:
    result = _run(job, "rabi", params)["result"]
    return [result, (job.home / "rabi.png").read_bytes()]


def test_long_run_publishes_every_message_in_order() -> None:
    result, published, _ = _ran("long-run", {"messages": 30, "pause": 0})
    assert published == [f"message {number}".encode() for number in range(1, 31)]
    assert result == {"messages": 30, "params": {"messages": 30, "pause": 0}}


def test_raises_raises() -> None:
    outcome = in_job(_run, "raises", {"message": "told so"})
    assert (outcome.error, outcome.message) == ("ValueError", "told so")
    assert outcome.output == "so far all is well\n"


def test_prints_a_lot_prints_all_of_it() -> None:
    result, _, output = _ran("prints-a-lot", {"lines": 2000, "width": 30})
    assert len(output) == result["characters"] == 2000 * 31
    assert output.splitlines()[1999].startswith("line 1999 .")


class _EnoughError(Exception):
    pass


def _never_ends(job: Job, params: Any) -> Any:
    program = _program("never-ends")

    def enough(_seconds: float) -> None:
        raise _EnoughError

    program.time.sleep = enough
    try:
        program.run(job.task, job, params)
    except _EnoughError:
        return job.published


@pytest.mark.parametrize("how", ["sleep", "ignore"])
def test_never_ends_says_that_it_started(how: str) -> None:
    assert in_job(_never_ends, {"how": how}).value == [b"started"]


@pytest.mark.parametrize(("how", "signal"), [("kill", 9), ("crash", 11), ("exit", 0)])
def test_ends_its_process_leaves_no_report(how: str, signal: int) -> None:
    outcome = in_job(_run, "ends-its-process", {"how": how})
    assert (outcome.signal, outcome.value, outcome.error) == (signal, None, None)
    assert "about to end by" in outcome.output
    assert ("ends-its-process.py" in outcome.output) == (how == "crash")


def test_returns_unserializable_names_the_place() -> None:
    outcome = in_job(_encoded, "returns-unserializable")
    assert outcome.error == "UnencodableError"
    assert 'result["circuits"][0]' in outcome.message


def _encoded(job: Job, name: str) -> Any:
    return codec.encode(_program(name).run(job.task, job, None)).text


NAMES = sorted(path.stem for path in SOURCES.glob("*.py"))


def test_the_folder_has_the_programs() -> None:
    assert NAMES == [
        "bell",
        "ends-its-process",
        "hello",
        "long-run",
        "multi-task",
        "never-ends",
        "prints-a-lot",
        "qaoa-ring",
        "rabi",
        "raises",
        "readout-mitigation",
        "returns-unserializable",
        "t1",
        "vqe-h2",
    ]


@pytest.mark.parametrize("name", ["hello", "bell", "multi-task", "vqe-h2", "qaoa-ring"])
@pytest.mark.parametrize("params", [None, {}, "a text"], ids=str)
def test_a_program_runs_with_whatever_params_it_gets(name: str, params: Any) -> None:
    result, _, _ = _ran(name, params)
    assert json.dumps(result)


@pytest.mark.parametrize("name", NAMES)
def test_a_source_passes_the_check_before_upload(name: str) -> None:
    warnings, errors = StringIO(), StringIO()
    check((SOURCES / f"{name}.py").read_text(encoding="utf-8"), name, Reporter(warnings, errors))
    assert (warnings.getvalue(), errors.getvalue()) == ("", "")
