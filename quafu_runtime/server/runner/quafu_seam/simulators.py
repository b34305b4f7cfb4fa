"""pyquafu's `simulate`, made repeatable and safe: the three functions that its simulators call, replaced.

Everything around them, the choice of the simulator, the expectation values and `SimuResult`, stays pyquafu's own.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from quafu.elements import Barrier, Cif, Delay, Measure, Reset
from quafu.exceptions import CircuitError
from quafu.results.results import SimuResult
from quafu.simulators import simulator

from quafu_runtime.server.runner.quafu_seam.channels import NoisyCircuit, is_mixture
from quafu_runtime.server.runner.quafu_seam.circuit import Operation
from quafu_runtime.server.runner.quafu_seam.clifford import Wires, stim_names
from quafu_runtime.server.runner.quafu_seam.engines import CLIFFORD, NOISY, PAULI, STATE_VECTOR, Engines
from quafu_runtime.server.runner.quafu_seam.guards import check_before_noise, check_before_simulate
from quafu_runtime.server.runner.quafu_seam.ledger import Ledger
from quafu_runtime.server.runner.quafu_seam.replacing import replace
from quafu_runtime.server.runner.quafu_seam.sampling import sampled
from quafu_runtime.server.runner.quafu_seam.state_vector import State
from quafu_runtime.server.runner.quafu_seam.trajectories import Trajectories


class Simulators:
    """What stands in for pyquafu's compiled functions in one job."""

    def __init__(self, engines: Engines, ledger: Ledger) -> None:
        self._engines = engines
        self._ledger = ledger

    def put_in_place(self, undo: ExitStack) -> None:
        """Let pyquafu's simulators call these functions.

        Args:
            undo: Takes it back when it is closed.
        """
        module: Any = simulator
        replace(module, "simulate_circuit", self.state_vector, undo)
        replace(module, "simulate_circuit_clifford", self.clifford, undo)
        replace(module, "sampling_statevec", self.sampling, undo)
        trajectories = module.NoiseSVSimulator.run

        def run(backend: Any, qc: Any, psi: Any = (), shots: int = 0, hamiltonian: Any = None) -> Any:
            if qc._has_wrap:  # noqa: SLF001 - as pyquafu's other simulators do
                qc.unwrap()
            check_before_noise(qc, shots)
            circuit = NoisyCircuit(qc)
            unfit = "psi is given" if len(psi) else circuit.too_large
            if unfit is None:
                return self._with_channels(qc, circuit, shots, hamiltonian)
            if not is_mixture(qc):
                message = (
                    f"The circuit has noise that is no mixture of gates, and cannot be run: {unfit}. Only bitflip, "
                    "dephasing and depolarizing can be run here."
                )
                raise CircuitError(message)
            self._check_width(qc.num)
            self._engines.note(NOISY, qc.num)
            with self._ledger.simulating(qc, engine=NOISY, shots=shots):
                # pyquafu asks for the truth of psi, which a list has and an array has not.
                return trajectories(backend, qc, list(psi), shots, hamiltonian)

        replace(module.NoiseSVSimulator, "run", run, undo)

    def state_vector(self, circuit: Any, state: ArrayLike, shots: int) -> tuple[dict[str, int], State]:
        """Run a circuit on a state vector.

        Args:
            circuit: pyquafu's.
            state: To start from, little-endian; empty for all qubits in 0. It is left as it is.
            shots: How many times to measure; 0 for the state alone.

        Returns:
            Counts, and the state after the last gate.

        Raises:
            CircuitError: The circuit would come out wrong or is too wide; the message says what to do.
        """
        self._check_width(circuit.num)
        check_before_simulate(circuit)
        self._engines.note(STATE_VECTOR, circuit.num)
        with self._ledger.simulating(circuit, engine=STATE_VECTOR, shots=shots):
            trajectories = Trajectories(circuit.num, _steps(circuit), self._engines.generator)
            simulated = trajectories.run(_start(state, circuit.num), shots)
        return simulated.counts, simulated.state

    def clifford(self, circuit: Any, shots: int) -> dict[str, int]:
        """Run a Clifford circuit of any width, with measurements and resets anywhere.

        Args:
            circuit: pyquafu's.
            shots: How many times.

        Returns:
            Counts.

        Raises:
            CircuitError: It has a gate that is not a Clifford gate, or a condition.
        """
        if circuit._has_wrap:  # noqa: SLF001 - as pyquafu's other simulators do
            circuit.unwrap()
        check_before_simulate(circuit)
        wires = Wires(circuit.num)
        wire_of_bit: dict[int, int] = {}
        for step in _steps(circuit):
            if isinstance(step, Measure):
                for qubit, bit in zip(step.qbits, step.cbits, strict=True):
                    wire_of_bit[bit] = wires.measured(qubit)
            elif isinstance(step, Reset):
                for qubit in step.pos:
                    wires.reset(qubit)
            elif not isinstance(step, (Barrier, Delay)):
                wires.apply(_clifford_names(step), step.pos)
        if shots <= 0 or not wire_of_bit:
            return {}
        self._engines.note(CLIFFORD, circuit.num)
        with self._ledger.simulating(circuit, engine=CLIFFORD, shots=shots):
            return wires.sampled([wire_of_bit[bit] for bit in sorted(wire_of_bit)], shots, self._engines.generator)

    def sampling(self, measures: Mapping[int, int], state: State, shots: int) -> dict[int, int]:
        """Measure a state, for pyquafu's noisy simulator.

        Args:
            measures: The classical bit of each measured qubit.
            state: Little-endian.
            shots: How many times.

        Returns:
            Counts, by the number that the bits make, the lowest classical bit being the highest digit.
        """
        by_bit = sorted(measures, key=measures.__getitem__)
        counts = sampled(np.asarray(state), by_bit, shots, self._engines.generator)
        return {int(key, 2): count for key, count in counts.items()}

    def _with_channels(self, qc: Any, circuit: NoisyCircuit, shots: int, hamiltonian: Any) -> SimuResult:
        """Run a circuit with channels; the expectation values of a Hamiltonian are exact."""
        self._engines.note(PAULI, qc.num)
        with self._ledger.simulating(qc, engine=PAULI, shots=shots):
            counts = circuit.counts(shots, self._engines.generator)
            terms = hamiltonian.paulis if hamiltonian else []
            values = [term.coeff * circuit.expectation(term.paulistr, term.pos) for term in terms]
        told = {"counts": counts, "pauli_expects": values, "qbitnum": qc.num, "measures": qc.measures}
        return SimuResult(told | {"simulator": "noisy statevector"})

    def _check_width(self, width: int) -> None:
        limit = self._engines.limits.state_vector_width
        if width > limit:
            message = (
                f"simulate keeps all amplitudes of its {width} qubits, and this job's memory allows {limit} qubits. "
                'task.send(circuit) runs wide circuits on other engines, and simulate(…, simulator="clifford") runs '
                "Clifford circuits of any width."
            )
            raise CircuitError(message)


def _steps(circuit: Any) -> list[Any]:
    """The instructions, and at their end the measurements that were set as `circuit.measures`."""
    steps = list(circuit.instructions)
    if circuit.measures and not any(isinstance(step, Measure) for step in steps):
        steps.append(Measure(circuit.measures))
    return steps


def _start(state: ArrayLike, width: int) -> State | None:
    """A copy of the state to start from: pyquafu's simulator overwrites the array that it is given."""
    given = np.array(state, dtype=np.complex128).reshape(-1)
    if not given.size:
        return None
    if given.size != 2**width:
        message = f"psi has {given.size} amplitudes, and a state of {width} qubits has {2**width}."
        raise CircuitError(message)
    return given


def _clifford_names(step: Any) -> tuple[str, ...]:
    if isinstance(step, Cif):
        message = 'The "clifford" simulator knows no cif. Use simulate(circuit, shots=…) with the state vector.'
        raise CircuitError(message)
    names = stim_names(Operation(step.name.lower(), tuple(step._paras), tuple(step.pos)))  # noqa: SLF001 - as numbers
    if names is None:
        message = (
            f'{step.name.lower()} on qubits {list(step.pos)} is not a Clifford gate, and the "clifford" simulator '
            "knows no others. Use the state vector, or task.send(circuit)."
        )
        raise CircuitError(message)
    return names
