"""What a runner says of the circuits that its program runs."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from quafu_runtime.server.runner.circuit_record import NAME_CHARACTERS, RECORD_BYTES, RECORDS_LIMIT, CircuitRecord
from quafu_runtime.server.runner.frames import Kind
from quafu_runtime.server.runner.intake import LEDGER_CUT
from tests.e2e.attempt_service import Record
from tests.e2e.process_bench import Bench

BELL = """
from quafu import QuantumCircuit, simulate

def bell():
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.measure()
    return circuit
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with Bench(tmp_path_factory.mktemp("scratch")) as ready:
        yield ready


def circuits(record: Record) -> list[dict[str, Any]]:
    """The lines of the ledger."""
    return [json.loads(event["text"]) for event in record.events.values() if event["kind"] == "circuit"]


def test_every_way_to_run_a_circuit_is_in_the_ledger(bench: Bench) -> None:
    record = bench.finish(
        BELL
        + """
from quafu import Hamiltonian
from quafu.algorithms import Estimator

def run(task, userpub, params):
    task.shots = 30
    task.send(bell(), name="awaited", wait=True)
    task.send(bell(), name="for later")
    simulate(bell(), shots=20)
    simulate(bell())
    simulate(bell(), simulator="clifford", shots=10)
    estimator = Estimator(bell(), backend="ScQ-P18", task=task, shots=40)
    estimator.run(Hamiltonian.from_pauli_list([("Z0 Z1", 1.0)]), None)
"""
    )
    told = circuits(record)
    assert [(one["how"], one["name"], one["backend"], one["engine"], one["shots"]) for one in told] == [
        ("send", "awaited", "local", "state-vector", 30),
        ("send", "for later", "local", "state-vector", 30),
        ("simulate", "", None, "state-vector", 20),
        ("simulate", "", None, "state-vector", None),
        ("simulate", "", None, "clifford", 10),
        ("send", "", "ScQ-P18", "state-vector", 40),
    ]
    assert {(one["qubits"], one["depth"], one["gates"]) for one in told} == {(2, 2, 2)}
    assert all(0 < one["seconds"] < 30 for one in told)


def test_shots_that_are_no_plain_integer_are_told_as_one(bench: Bench) -> None:
    record = bench.finish(
        BELL
        + """
import numpy as np

def run(task, userpub, params):
    simulate(bell(), shots=np.int64(5))
    simulate(bell(), shots=True)
    task.shots = np.int32(7)
    task.send(bell())
"""
    )
    assert record.finished is not None
    assert record.finished["outcome"] == "done", record.finished["result"]
    assert [one["shots"] for one in circuits(record)] == [5, 1, 7]


def test_circuits_stand_behind_what_was_printed_and_published_before_them(bench: Bench) -> None:
    record = bench.finish(
        BELL
        + """
def run(task, userpub, params):
    for number in range(20):
        print("printed", number)
        userpub.publish(b"published")
        task.send(bell(), name=str(number), wait=True)
        userpub.publish(b"sent")
"""
    )
    events = [record.events[seq] for seq in sorted(record.events)]
    order = [event["kind"] for event in events if "quafu-runtime" not in event["text"]]
    assert order == ["log", "interim", "circuit", "interim"] * 20
    assert [one["name"] for one in circuits(record)] == [str(number) for number in range(20)]
    assert sorted(record.events) == list(range(1, len(events) + 1))


def test_a_circuit_that_is_refused_is_not_in_the_ledger(bench: Bench) -> None:
    record = bench.finish(
        BELL
        + """
from contextlib import suppress

def run(task, userpub, params):
    with suppress(Exception):
        task.send(QuantumCircuit(2))
    circuit = bell()
    circuit.reset([0])
    with suppress(Exception):
        task.send(circuit)
    with suppress(Exception):
        simulate(circuit)
    with suppress(Exception):
        simulate(bell(), psi=[1.0])
    task.send(bell(), name="the only one")
"""
    )
    assert [one["name"] for one in circuits(record)] == ["the only one"]


def test_a_process_that_the_program_forks_tells_of_no_circuit(bench: Bench) -> None:
    record = bench.finish(
        BELL
        + """
import os

def run(task, userpub, params):
    child = os.fork()
    if not child:
        task.send(bell(), name="of the child", wait=True)
        os._exit(0)
    os.waitpid(child, 0)
    task.send(bell(), name="of the parent", wait=True)
"""
    )
    assert [one["name"] for one in circuits(record)] == ["of the parent"]


def test_circuits_of_several_threads_are_all_told(bench: Bench) -> None:
    record = bench.finish(
        BELL
        + """
from concurrent.futures import ThreadPoolExecutor

def run(task, userpub, params):
    def work(number):
        userpub.publish(b"x" * 100_000)
        return task.send(bell(), name=str(number), wait=True).task_status
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(work, range(40)))
"""
    )
    assert sorted(int(one["name"]) for one in circuits(record)) == list(range(40))
    assert len(record.messages) == 40


def test_thousands_of_circuits_are_told_in_order(bench: Bench) -> None:
    record = bench.finish(
        BELL
        + """
def run(task, userpub, params):
    task.shots = 10
    circuit = bell()
    for number in range(3000):
        simulate(circuit, shots=1)
"""
    )
    assert len(circuits(record)) == 3000


@pytest.mark.parametrize("name", ["x" * 1000, "\0", "\u540d" * 300])
def test_any_name_of_a_task_is_carried_or_cut(bench: Bench, name: str) -> None:
    record = bench.finish(
        BELL
        + """
def run(task, userpub, params):
    task.send(bell(), name=params, wait=True)
""",
        params_json=json.dumps(name),
    )
    assert [len(one["name"]) for one in circuits(record)] == [min(len(name), NAME_CHARACTERS)]


def test_half_of_a_character_in_the_name_of_a_task_is_pyquafus_own_error(bench: Bench) -> None:
    record = bench.finish(
        BELL
        + """
def run(task, userpub, params):
    task.send(bell(), name="\\ud800", wait=True)
"""
    )
    assert record.finished is not None
    assert "surrogates" in record.finished["result"]
    assert circuits(record) == []


FORGED = """
import os, socket

def channel():
    for entry in os.listdir("/proc/self/fd"):
        try:
            found = socket.socket(fileno=os.dup(int(entry)))
            found.getpeername()
        except OSError:
            continue
        return found

def run(task, userpub, params):
    print("a part of a line", end="")
    channel().sendall(bytes.fromhex(params["frame"]) * params["times"])
    userpub.publish(b"done")
"""


def frame(text: str) -> bytes:
    beside, written = b"[null, null]", text.encode("utf-8", "surrogatepass")
    return struct.pack("!BII", Kind.CIRCUIT, len(written), len(beside)) + written + beside


GOOD = CircuitRecord("send", "", "local", "state-vector", 2, 2, 2, 10, 0.5)


def altered(**fields: Any) -> str:
    return json.dumps(json.loads(GOOD.to_text()) | fields)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        '{"how": "send"}',
        "[" * 5000,
        "x" * RECORD_BYTES,
        "\ud800",
        altered(how="other"),
        altered(name=None),
        altered(name="x" * (NAME_CHARACTERS + 1)),
        altered(name="\ud800"),
        altered(qubits=-1),
        altered(qubits=True),
        altered(depth=2**60),
        altered(gates=1.5),
        altered(shots="10"),
        altered(seconds=-1.0),
        altered(seconds=1e308 * 10),
        altered(seconds=None),
        altered(more=1),
    ],
)
def test_a_forged_record_ends_the_job_with_an_error(bench: Bench, text: str) -> None:
    record = bench.finish(FORGED, params_json=json.dumps({"frame": frame(text).hex(), "times": 1}))
    assert record.finished is not None
    assert record.finished["outcome"] == "error"
    assert "wrote to the runtime's own channel" in record.finished["result"]
    assert circuits(record) == []


def test_a_ledger_is_cut_once_and_the_log_says_so(bench: Bench) -> None:
    params = {"frame": frame(GOOD.to_text()).hex(), "times": RECORDS_LIMIT + 10}
    record = bench.finish(FORGED, params_json=json.dumps(params))
    assert len(circuits(record)) == RECORDS_LIMIT
    assert record.log == f"a part of a line\n{LEDGER_CUT}"
    assert record.messages
