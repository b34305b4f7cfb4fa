"""Which engine runs what, what the log says of it, and that they agree."""

from pathlib import Path

import numpy as np
import pytest
import stim
from quafu import QuantumCircuit, simulate

from quafu_runtime.server.runner.quafu_seam.circuit import Circuit, CompactCircuit, Operation, compacted
from quafu_runtime.server.runner.quafu_seam.clifford import is_clifford, run_clifford, stim_names
from quafu_runtime.server.runner.quafu_seam.engines import CircuitTooLargeError, Engines, Limits
from quafu_runtime.server.runner.quafu_seam.gates import KINDS, made
from quafu_runtime.server.runner.quafu_seam.matrix_product import BondTooLargeError, run_matrix_product
from quafu_runtime.server.runner.quafu_seam.state_vector import run_state_vector
from tests.unit.seam_child import Job, in_job

SHOTS = 4000


def _chain(width: int, *, clifford: bool) -> QuantumCircuit:
    circuit = QuantumCircuit(width)
    circuit.h(0)
    if not clifford:
        circuit.t(0)
        circuit.h(0)
    for qubit in range(width - 1):
        circuit.cnot(qubit, qubit + 1)
    circuit.measure()
    return circuit


def _three_engines(job: Job) -> object:
    job.task.shots = 200
    counts = [
        dict(job.task.send(circuit, wait=True).counts)
        for circuit in (
            _chain(3, clifford=False),
            _chain(120, clifford=True),
            _chain(25, clifford=False),
            _chain(3, clifford=True),
        )
    ]
    return [job.session.engine, counts]


def test_each_circuit_runs_on_the_first_engine_that_it_fits_and_the_log_names_each_once() -> None:
    outcome = in_job(_three_engines, memory=2**20)
    engines, counts = outcome.value
    assert engines == "state-vector,clifford,matrix-product-state"
    assert [line for line in outcome.log if "engine" in line] == [
        "[quafu-runtime] engine: state-vector (pyquafu), 3 qubits",
        "[quafu-runtime] engine: clifford (stim), 120 qubits",
        "[quafu-runtime] engine: matrix-product-state (numpy), 25 qubits",
    ]
    for width, one in zip((3, 120, 25, 3), counts, strict=True):
        assert set(one) == {"0" * width, "1" * width}


def _no_engine(job: Job) -> object:
    simulate(QuantumCircuit(1), simulator="clifford")
    return job.session.engine


def test_a_job_that_simulates_nothing_has_no_engine() -> None:
    outcome = in_job(_no_engine)
    assert (outcome.value, outcome.log) == (None, [])


def _few_of_many(job: Job) -> object:
    job.task.config(backend="ScQ-P136", shots=100)
    circuit = QuantumCircuit(136)
    circuit.h(77)
    circuit.t(77)
    circuit.h(77)
    circuit.rx(5, np.pi)
    circuit.measure([5, 77, 130], [2, 0, 1])
    return [job.session.engine, dict(job.task.send(circuit, wait=True).counts), job.session.engine]


def test_a_circuit_as_wide_as_a_chip_costs_only_the_qubits_that_it_uses() -> None:
    before, counts, after = in_job(_few_of_many, memory=2**20).value
    assert (before, after) == (None, "state-vector")
    assert set(counts) == {"001", "101"}


def _entangled(width: int, layers: int) -> QuantumCircuit:
    generator = np.random.default_rng(1)
    circuit = QuantumCircuit(width)
    for _ in range(layers):
        for qubit in range(width):
            circuit.ry(qubit, float(generator.uniform(0, np.pi)))
        for qubit in range(width - 1):
            circuit.cnot(qubit, qubit + 1)
    circuit.measure()
    return circuit


def _too_entangled(job: Job) -> object:
    return job.task.send(_entangled(24, 9), wait=True)


def test_what_no_engine_can_run_is_an_error_that_names_the_width_and_the_limits() -> None:
    outcome = in_job(_too_entangled, memory=2**20)
    assert outcome.error == "CircuitError"
    for words in ("24 qubits", "the 14 that a state vector", "not a Clifford circuit", "grew beyond 256"):
        assert words in outcome.message


def _many_controls(job: Job) -> object:
    circuit = QuantumCircuit(30)
    for qubit in range(30):
        circuit.ry(qubit, 0.3)
    circuit.mcx(list(range(9)), 9)
    circuit.measure()
    return job.task.send(circuit, wait=True)


def test_a_gate_with_more_controls_than_the_last_engine_takes_is_named() -> None:
    outcome = in_job(_many_controls, memory=2**20)
    assert outcome.error == "CircuitError"
    assert "mcx acts on 10 qubits" in outcome.message


def test_the_widest_state_vector_follows_from_the_memory() -> None:
    assert Limits.of_memory(48 * 2**20).state_vector_width == 20
    assert Limits.of_memory(48 * 2**20 - 1).state_vector_width == 19
    assert Limits.of_memory(2**50).state_vector_width == 27
    assert Limits.of_memory(1).state_vector_width == 1
    assert 20 <= Limits.of_memory().state_vector_width <= 27


def _clifford_of_any_width(_job: Job) -> object:
    circuit = QuantumCircuit(70)
    circuit.x(69)
    circuit.h(0)
    circuit.cnot(0, 33)
    circuit.reset([0])
    circuit.measure()
    return dict(simulate(circuit, simulator="clifford", shots=100).counts)


def test_the_clifford_simulator_keeps_all_bits_and_knows_reset() -> None:
    counts = in_job(_clifford_of_any_width).value
    keys = {"0" * 69 + "1", "0" * 33 + "1" + "0" * 35 + "1"}
    assert set(counts) == keys
    assert sum(counts.values()) == 100


def _not_clifford(_job: Job) -> object:
    circuit = QuantumCircuit(2)
    circuit.t(1)
    circuit.measure()
    return simulate(circuit, simulator="clifford", shots=10)


def test_the_clifford_simulator_names_a_gate_that_is_none() -> None:
    outcome = in_job(_not_clifford)
    assert (outcome.error, "t on qubits [1]" in outcome.message) == ("CircuitError", True)


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _threads_of_engines(job: Job) -> object:
    job.task.shots = 10
    before = _threads()
    job.task.send(_chain(14, clifford=False), wait=True)
    job.task.send(_chain(30, clifford=True), wait=True)
    job.task.send(_chain(25, clifford=False), wait=True)
    return [job.session.engine, _threads() - before]


def test_no_engine_starts_threads() -> None:
    assert in_job(_threads_of_engines, memory=2**20).value == ["state-vector,clifford,matrix-product-state", 0]


CLIFFORD_GATES = [
    *(Operation(name, (), tuple(range(KINDS[name].fewest))) for name in sorted(KINDS) if KINDS[name].angles == 0),
    *(
        Operation(name, (quarter * np.pi / 2,), tuple(range(KINDS[name].fewest)))
        for name in ("rx", "ry", "rz", "p", "rxx", "ryy", "rzz", "cp")
        for quarter in range(-2, 6)
    ),
]


@pytest.mark.parametrize("gate", CLIFFORD_GATES, ids=str)
def test_stims_gates_are_pyquafus_up_to_a_phase(gate: Operation) -> None:
    names = stim_names(gate)
    if names is None:
        assert gate.name in {"t", "tdg", "sw", "swdg", "cs", "ct", "ccx", "toffoli", "cswap", "fredkin", "barrier"} | {
            "mcx",
            "mcy",
            "mcz",
            "cp",
        }
        return
    circuit = stim.Circuit()
    circuit.append("I", range(len(gate.qubits)))
    for name in names:
        circuit.append(name, gate.qubits)
    unitary = circuit.to_tableau().to_unitary_matrix(endian="big")
    matrix = made(gate)._get_raw_matrix()
    overlap = np.trace(unitary.conj().T @ matrix) / len(matrix)
    assert abs(overlap) == pytest.approx(1, abs=1e-6)


def _random_clifford(generator: np.random.Generator, width: int, gates: int) -> list[Operation]:
    choices = [gate for gate in CLIFFORD_GATES if stim_names(gate) is not None and len(gate.qubits) <= width]
    chosen = [choices[index] for index in generator.integers(0, len(choices), gates)]
    return [
        gate._replace(qubits=tuple(int(q) for q in generator.permutation(width)[: len(gate.qubits)])) for gate in chosen
    ]


@pytest.mark.parametrize("seed", range(12))
def test_clifford_outcomes_are_those_of_the_state_vector(seed: int) -> None:
    generator = np.random.default_rng(seed)
    operations = _random_clifford(generator, 4, 25)
    assert is_clifford(operations)
    circuit = CompactCircuit(4, operations, [2, None, 0, 3])
    _agree(run_clifford(circuit, SHOTS, generator), run_state_vector(circuit, SHOTS, generator))


@pytest.mark.parametrize("seed", range(3))
def test_matrix_product_outcomes_are_those_of_the_state_vector(seed: int) -> None:
    generator = np.random.default_rng(seed)
    operations = []
    for _ in range(12):
        name = str(generator.choice(["u3", "sx", "sw", "cs", "iswap", "crx", "ryy", "ccx", "cswap", "mcry"]))
        kind = KINDS[name]
        qubits = tuple(int(qubit) for qubit in generator.permutation(4)[: 3 if kind.most is None else kind.fewest])
        operations.append(Operation(name, tuple(generator.uniform(0, 6, kind.angles).tolist()), qubits))
    operations += [Operation("ry", (0.8,), (qubit,)) for qubit in range(4)]
    circuit = CompactCircuit(4, operations, [3, 0, None, 1])
    product = run_matrix_product(circuit, SHOTS, generator, largest_bond=256)
    _agree(product, run_state_vector(circuit, SHOTS, generator))


def _agree(first: dict[str, int], second: dict[str, int]) -> None:
    """Two samples of one distribution: each count is within five standard deviations of the other."""
    assert sum(first.values()) == sum(second.values()) == SHOTS
    for key in first.keys() | second.keys():
        left, right = first.get(key, 0), second.get(key, 0)
        assert abs(left - right) <= 5 * (left + right) ** 0.5, key


def test_a_bond_beyond_the_limit_is_refused_rather_than_cut() -> None:
    generator = np.random.default_rng(0)
    operations = [Operation("ry", (0.5 + qubit,), (qubit,)) for qubit in range(6)]
    operations += [Operation("cx", (), (left, right)) for left in range(3) for right in range(3, 6)]
    operations += [Operation("ry", (1.0,), (qubit,)) for qubit in range(6)]
    operations += [Operation("cx", (), (left, 5 - left)) for left in range(3)]
    circuit = CompactCircuit(6, operations, range(6))
    run_matrix_product(circuit, 10, generator, largest_bond=8)
    with pytest.raises(BondTooLargeError, match="beyond 2"):
        run_matrix_product(circuit, 10, generator, largest_bond=2)


def test_a_compact_circuit_has_only_touched_qubits_and_reads_the_others_as_zero() -> None:
    circuit = Circuit(
        width=9,
        bits=4,
        operations=[
            Operation("barrier", (), (0, 1, 2)),
            Operation("id", (), (1,)),
            Operation("delay_ns", (5.0,), (2,)),
            Operation("cx", (), (7, 4)),
        ],
        measures={4: 3, 2: 0, 7: 1},
    )
    assert compacted(circuit) == CompactCircuit(2, [Operation("cx", (), (1, 0))], [None, 1, 0])


def test_a_circuit_of_no_gates_reads_zeros() -> None:
    lines: list[str] = []
    engines = Engines(np.random.default_rng(0), Limits(4), lines.append)
    assert engines.counts(Circuit(2, 2, [], {0: 0, 1: 1}), 5) == {"00": 5}


def test_too_large_a_circuit_is_an_error_of_the_engines() -> None:
    engines = Engines(np.random.default_rng(0), Limits(2, largest_bond=1), print)
    operations = [Operation("ry", (1.0,), (qubit,)) for qubit in range(3)]
    operations += [Operation("cx", (), (0, 1)), Operation("ry", (1.0,), (1,)), Operation("cx", (), (1, 2))]
    with pytest.raises(CircuitTooLargeError, match="touch 3 qubits"):
        engines.counts(Circuit(3, 3, operations, {0: 0}), 5)
