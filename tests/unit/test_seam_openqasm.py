"""The reader of OpenQASM: what pyquafu writes, fast and with small angles; the rest through pyquafu's own parser."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyquafu annotates some of its own calls wrongly.

import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from quafu import QuantumCircuit, simulate
from quafu.elements import QuantumGate

from quafu_runtime.server.runner.quafu_seam.circuit import Circuit, Operation
from quafu_runtime.server.runner.quafu_seam.gates import KINDS, made
from quafu_runtime.server.runner.quafu_seam.openqasm import in_fixed_point, read_own
from tests.unit.seam_child import Job, in_job

HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
_SHORTHAND = {"w", "sw", "swdg", "cs", "ct", "sy"}
"""What pyquafu writes as other gates."""


def _operations() -> st.SearchStrategy[Operation]:
    def of_kind(name: str) -> st.SearchStrategy[Operation]:
        kind = KINDS[name]
        count = st.just(kind.fewest) if kind.most else st.integers(kind.fewest, 5)
        qubits = count.flatmap(lambda number: st.permutations(range(5)).map(lambda all_: tuple(all_[:number])))
        if name == "barrier":
            qubits = st.integers(0, 4).flatmap(
                lambda low: st.integers(low, 4).map(lambda high: tuple(range(low, high + 1)))
            )
        angle = st.integers(1, 1000).map(float) if name.startswith("delay") else st.floats(-1e3, 1e3)
        return st.builds(Operation, st.just(name), st.tuples(*[angle] * kind.angles), qubits)

    written_as_they_are = sorted(set(KINDS) - _SHORTHAND - {"cnot", "toffoli", "fredkin"})
    return st.sampled_from(written_as_they_are).flatmap(of_kind)


@settings(deadline=None, database=None)
@given(st.lists(_operations(), max_size=12), st.permutations(range(5)), st.integers(0, 5))
def test_what_pyquafu_writes_is_read_as_it_was(operations: list[Operation], bits: list[int], measured: int) -> None:
    circuit = QuantumCircuit(5)
    for operation in operations:
        circuit.add_ins(made(operation))
    measures = dict(zip(range(measured), bits, strict=False))
    if measures:
        circuit.measure(list(measures), list(measures.values()))
    assert read_own(circuit.to_openqasm()) == Circuit(5, 5, operations, measures)


@settings(deadline=None, database=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_fixed_point_is_exact(value: float) -> None:
    text = in_fixed_point(f"rx({value}) q[0];")
    number = text.removeprefix("rx(").removesuffix(") q[0];")
    assert "e" not in number
    assert float(number) == value


def test_fixed_point_leaves_names_and_other_numbers_alone() -> None:
    text = "gate a1e5 q { u1(0.5) q; }\na1e5 q[0];\nrx(1e-3) q[0];\nry(-.5E+2) q[1];"
    assert in_fixed_point(text) == "gate a1e5 q { u1(0.5) q; }\na1e5 q[0];\nrx(0.001) q[0];\nry(-50.0) q[1];"


@pytest.mark.parametrize(
    "body",
    [
        "qreg q[2];\ncreg c[2];\nu2(0,1) q[0];\n",
        "qreg q[2];\ncreg c[2];\nrx(pi*2) q[0];\n",
        "qreg q[2];\ncreg c[2];\nrx(100ns) q[0];\n",
        "qreg q[2];\ncreg c[2];\nrx(pi/0) q[0];\n",
        "qreg q[2];\ncreg c[2];\nh q;\n",
        "qreg q[2];\ncreg c[2];\nh q[2];\n",
        "qreg q[2];\ncreg c[2];\nh q[-1];\n",
        "qreg q[2];\ncreg c[2];\nh q[1_0];\n",
        "qreg q[2];\ncreg c[2];\ncx q[0],q[0];\n",
        "qreg q[2];\ncreg c[2];\ncx q[0];\n",
        "qreg q[2];\ncreg c[2];\nrx q[0];\n",
        "qreg q[2];\ncreg c[2];\nh r[0];\n",
        "qreg q[2];\ncreg c[2];\nreset q[0];\n",
        "qreg q[2];\ncreg c[2];\nmeasure q[0] -> c[0];\nh q[1];\n",
        "qreg q[2];\ncreg c[2];\nmeasure q[0] -> c[2];\n",
        "qreg q[2];\ncreg c[2];\nmeasure q[0] -> c[0];\nmeasure q[0] -> c[1];\n",
        "qreg q[2];\ncreg c[2];\nmeasure q[0] -> d[0];\n",
        "qreg q[2];\nqreg r[2];\nh q[0];\n",
        "qreg q[2];\ncreg c[2];\nh q[0]\n",
        "qreg q[2];\ncreg c[2];\nif(c==1) x q[0];\n",
    ],
)
def test_what_pyquafu_does_not_write_is_left_to_its_parser(body: str) -> None:
    assert read_own(HEAD + body) is None
    assert read_own(body) is None


def _gate_of(name: str) -> Any:
    kind = KINDS[name]
    qubits = (2, 0, 1)[: 3 if kind.most is None else kind.fewest]
    return made(Operation(name, (0.3, 1.1, 2.3)[: kind.angles], qubits))


def _through_text(_job: Job, name: str) -> object:
    states = []
    for sent in (False, True):
        circuit = QuantumCircuit(3)
        for qubit in range(3):
            circuit.ry(qubit, 0.7 + 0.3 * qubit)
        circuit.add_ins(_gate_of(name))
        if sent:
            again = QuantumCircuit(0)
            again.from_openqasm(circuit.to_openqasm())
            circuit = again
        states.append(simulate(circuit)["statevector"])
    return float(abs(np.vdot(*states)))


GATES = sorted(set(KINDS) - {"barrier", "delay_ns", "delay_us"})


@pytest.mark.parametrize("name", GATES)
def test_each_gate_is_the_same_in_simulate_and_after_its_text_was_read(name: str) -> None:
    assert in_job(_through_text, name).value == pytest.approx(1, abs=1e-9)


def test_every_gate_that_pyquafu_has_a_name_for_is_known() -> None:
    assert set(QuantumGate.gate_classes) - {"fredon"} <= set(KINDS)


def _small_angle(job: Job, angle: float) -> object:
    circuit = QuantumCircuit(1)
    circuit.ry(0, np.pi)
    circuit.ry(0, angle)
    circuit.measure()
    result = job.task.send(circuit, wait=True)
    return [dict(result.counts), result.transpiled_openqasm, result.transpiled_circuit.gates[1]._paras[0]]


@pytest.mark.parametrize("angle", [9e-05, -1.5e-300, 1e22])
def test_an_angle_that_is_written_with_an_exponent_is_read_and_answered_in_fixed_point(angle: float) -> None:
    counts, text, read = in_job(_small_angle, angle).value
    assert "e-" not in text
    assert "e+" not in text
    assert read == angle
    assert sum(counts.values()) == 1000
    if abs(angle) < 1:
        assert counts == {"1": 1000}


OWN_GATE = (
    HEAD
    + """
gate turn(a) q { u2(a,0) q; sxdg q; rx(-a/2) q; }
qreg q[2]; creg c[2];
turn(1e-1) q[0]; ch q[0],q[1]; crz(5E-1) q[0],q[1];
measure q -> c;
"""
)


def _own_gate(job: Job) -> object:
    circuit = QuantumCircuit(0)
    circuit.from_openqasm(OWN_GATE)
    text = circuit.openqasm
    exact = simulate(OWN_GATE).probabilities
    job.task.shots = 20_000
    counts = job.task.send(circuit, wait=True).counts
    return [exact.tolist(), [counts.get(key, 0) / 20_000 for key in ("00", "01", "10", "11")], text]


def test_other_texts_are_read_by_pyquafus_parser_without_a_word_in_the_log() -> None:
    outcome = in_job(_own_gate)
    exact, sampled, text = outcome.value
    assert exact == pytest.approx(_expected_of_own_gate(), abs=1e-12)
    assert sampled == pytest.approx(exact, abs=5 * 0.5 / 20_000**0.5)
    assert text == OWN_GATE
    assert outcome.output == ""


def _expected_of_own_gate() -> list[float]:
    """By hand: sxdg of pyquafu turns about x by a quarter, against its sx."""

    def about(axis: Any, angle: float) -> Any:
        return np.cos(angle / 2) * np.eye(2) - 1j * np.sin(angle / 2) * axis

    x, y, z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])
    u2 = about(z, 0.1) @ about(y, np.pi / 2) @ about(z, 0.0)
    first = about(x, -0.05) @ about(x, np.pi / 2) @ u2 @ np.array([1, 0])
    chance = abs(first[1]) ** 2
    return [1 - chance, 0, chance / 2, chance / 2]


def _refused(job: Job, text: str) -> object:
    QuantumCircuit(0).from_openqasm(text)
    return job.task


def test_what_is_no_openqasm_is_pyquafus_own_error() -> None:
    outcome = in_job(_refused, HEAD + "qreg q[1];\nnonsense q[0];\n")
    assert (outcome.error, "nonsense" in outcome.message) == ("ParserError", True)


def _parsetab() -> Path:
    found = find_spec("quafu")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "qfasm" / "parsetab.py"


def test_the_parsers_tables_are_written_nowhere() -> None:
    before = _parsetab().exists()
    assert in_job(_own_gate).error is None
    assert _parsetab().exists() == before


def _times(_job: Job) -> object:
    circuit = QuantumCircuit(5)
    for layer in range(10):
        for qubit in range(5):
            circuit.ry(qubit, 0.1 * layer)
        for qubit in range(4):
            circuit.cnot(qubit, qubit + 1)
    circuit.measure()
    text = circuit.to_openqasm()
    unknown = text.replace("ry(0.0)", "ry(0*pi)", 1)
    return [_time(text), _time(unknown)]


def _time(text: str) -> float:
    read_own.cache_clear()
    start = time.process_time()
    for _ in range(10):
        QuantumCircuit(0).from_openqasm(text)
        read_own.cache_clear()
    return time.process_time() - start


def test_the_reader_is_much_faster_than_the_parser() -> None:
    fast, slow = in_job(_times).value
    assert fast * 5 < slow
