"""Programs run in this process, and in a process of their own, without any service."""

import asyncio
import os
import random
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quafu_runtime import (
    ArgumentError,
    InvalidParamsError,
    LocalRuntimeError,
    ProgramNotValidError,
    UnencodableError,
    dry_run,
    program,
)
from quafu_runtime.here import dry_run_awaited, run_here

BELL = """
from quafu import QuantumCircuit, simulate


def run(task, userpub, params):
    task.shots = params["shots"]
    for width in (2, 3):
        circuit = QuantumCircuit(width)
        circuit.h(0)
        circuit.cnot(0, 1)
        circuit.measure()
        counts = dict(task.send(circuit, wait=True).counts)
        userpub.publish({"width": width})
    simulate(circuit)
    print("done")
    return counts, b"x"
"""
PARAMS = {"shots": 100}


def in_program(*lines: str) -> str:
    return "\n".join(["def run(task, userpub, params):", *(f"    {line}" for line in lines)]) + "\n"


def test_a_program_runs_in_this_process_and_all_is_put_back(capsys: pytest.CaptureFixture[str]) -> None:
    published: list[Any] = []
    said: list[str] = []
    state = random.getstate()
    before = (sys.argv, Path.cwd(), dict(os.environ), sys.modules.get("program"), np.random.get_state()[1].tolist())  # type: ignore[index]  # noqa: NPY002

    first = run_here(BELL, PARAMS, name="bell", seed=3, publish=published.append, log=said.append)
    again = run_here(BELL, PARAMS, name="bell", seed=3)

    assert first == again
    assert sum(first[0].values()) == 100
    assert first[1] == b"x"
    assert published == [{"width": 2}, {"width": 3}]
    assert any("engine" in line for line in said)
    assert capsys.readouterr().out.count("done") == 2
    after = (sys.argv, Path.cwd(), dict(os.environ), sys.modules.get("program"), np.random.get_state()[1].tolist())  # type: ignore[index]  # noqa: NPY002
    assert after == before
    assert random.getstate() == state


def test_what_it_raises_has_the_programs_own_lines() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run_here(in_program("x = params['a']", "return 1 / x"), {"a": 0}, name="divides")
    entry = caught.traceback[-1]
    assert (str(entry.path), entry.lineno + 1) == ("<program divides>", 3)
    assert "1 / x" in str(entry.statement)


def test_what_could_not_be_carried_fails_here_too() -> None:
    with pytest.raises(UnencodableError, match="object"):
        run_here(in_program("return object()"), None, name="p")
    with pytest.raises(TypeError, match="object"):
        run_here(in_program("userpub.publish(object())"), None, name="p")
    with pytest.raises(InvalidParamsError):
        run_here(in_program("return 1"), {"a": 1j}, name="p")
    with pytest.raises(ProgramNotValidError, match="no function run"):
        run_here("x = 1\n", None, name="p")


def test_params_arrive_as_on_the_wire() -> None:
    assert run_here(in_program("return params"), {"a": (1, np.float64(2))}, name="p") == {"a": [1, 2.0]}
    assert run_here(in_program("return params"), None, name="p") is None


def test_one_program_runs_here_at_a_time() -> None:
    source = in_program("from quafu_runtime.here import run_here", "return run_here(params, None, name='inner')")
    with pytest.raises(LocalRuntimeError, match="one at a time"):
        run_here(source, in_program("return 1"), name="outer")


@pytest.mark.parametrize("face", ["sync", "async"])
def test_a_dry_run_counts_what_a_program_does(face: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "bell.py"
    path.write_text(BELL)
    given: dict[str, Any] = {"seed": 5}

    found = dry_run(path, PARAMS, **given) if face == "sync" else asyncio.run(dry_run_awaited(path, PARAMS, **given))

    assert found.ok
    assert (found.circuits, found.shots, found.widest) == (3, 200, 3)
    assert found.engines == ("state-vector",)
    assert found.seconds > 0
    assert found.simulated > 0
    assert (found.interim_results, found.interim_bytes) == (2, len('{"width": 2}') * 2)
    assert found.result_bytes > 10
    assert found.result[1] == b"x"
    assert found.logs.splitlines()[-1] == "done"
    assert (found.name, found.seed) == ("bell.py", 5)
    assert "circuits  3, 200 shots, the widest of 3 qubits" in str(found)
    assert [one.name for one in tmp_path.iterdir()] == ["bell.py"]
    assert dry_run(path, PARAMS, **given).result == found.result


def test_a_dry_run_has_a_home_of_its_own_and_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAFU_RUNTIME_API_TOKEN", "secret-token")
    source = in_program(
        "import os, pathlib", "return sorted(os.environ), os.getcwd(), str(pathlib.Path.home()), os.listdir()"
    )

    names, folder, home, files = dry_run(source).result

    assert not [name for name in names if "TOKEN" in name]
    assert folder == home
    assert files == [".quafu"]
    assert not Path(home).exists()


@pytest.mark.parametrize(
    ("lines", "error", "traceback"),
    [
        (["print('before')", "return 1 / 0"], "ZeroDivisionError: division by zero", "line 3, in run"),
        (["return object()"], "result is a object", "object"),
        (["userpub.publish(object())"], "TypeError: message is a object", "line 2, in run"),
        (["import os", "os._exit(3)"], "ended its process with exit code 3", "exit code 3"),
        (["import sys", "sys.exit(3)"], "SystemExit: 3", "called sys.exit(3)"),
        (["import ctypes", "ctypes.string_at(0)"], "ctypes.string_at(0)", "SIGSEGV"),
    ],
)
def test_a_failure_is_told_with_its_traceback(lines: list[str], error: str, traceback: str) -> None:
    found = dry_run(in_program(*lines))
    assert not found.ok
    assert found.error is not None
    assert error in found.error
    assert traceback in found.traceback
    assert "here/child.py" not in found.traceback
    assert found.traceback in str(found)


def test_a_program_that_never_ends_is_ended_with_all_its_descendants() -> None:
    lines = [
        "import os, subprocess, time",
        "from quafu import QuantumCircuit",
        "circuit = QuantumCircuit(2)",
        "circuit.measure()",
        "task.send(circuit)",
        "other = subprocess.Popen(['sleep', '1000'], start_new_session=True)",
        "print(other.pid, flush=True)",
        "time.sleep(1000)",
    ]
    found = dry_run(in_program(*lines), timeout=8)

    assert found.error is not None
    assert "longer than 8 seconds" in found.error
    assert found.circuits == 1
    assert not Path(f"/proc/{found.logs.split()[-1]}").exists()


def test_a_cancelled_dry_run_ends_its_program(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    source = in_program(
        f"file = open({str(pipe)!r}, 'w')", "file.write('x')", "file.flush()", "import time", "time.sleep(1000)"
    )

    async def main() -> None:
        task = asyncio.ensure_future(dry_run_awaited(source))
        with await asyncio.to_thread(pipe.open) as reader:
            assert await asyncio.to_thread(reader.read, 1) == "x"
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert reader.read() == ""  # the program's end is closed: it is gone

    asyncio.run(main())


@pytest.mark.parametrize(
    ("wrong", "message"), [({"seed": -1}, "seed"), ({"timeout": 0}, "timeout"), ({"seed": True}, "seed")]
)
def test_wrong_arguments_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        dry_run(in_program("return 1"), **wrong)


def test_several_dry_runs_at_once_do_not_disturb_each_other() -> None:
    results: list[int] = []

    def one(number: int) -> None:
        results.append(dry_run(in_program("return params"), number).result)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1, 2]


@program
def twice(_task: Any, _userpub: Any, params: Any) -> Any:
    return 2 * params


def test_a_function_is_dry_run_as_a_program() -> None:
    found = dry_run(twice, 4)
    assert (found.result, found.name) == (8, "twice")
