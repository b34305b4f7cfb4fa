"""Checks of a circuit object before it is sent or simulated.

What would come out wrong, or end the process, is refused with the instruction's name, the reason and a way out. What
comes out right passes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from quafu.elements import Barrier, Cif, CircuitWrapper, KrausChannel, Measure, QuantumPulse, Reset
from quafu.exceptions import CircuitError

from quafu_runtime.server.runner.quafu_seam.gates import WRITABLE

_SIMULATE = "simulate(circuit, shots=…) runs it."
_NOISY = 'Use simulate(circuit, simulator="noisy statevetor", shots=…), spelled as pyquafu spells it.'


def check_before_send(circuit: Any) -> None:
    """Refuse a circuit that pyquafu's OpenQASM does not carry as it is.

    Args:
        circuit: pyquafu's.

    Raises:
        CircuitError: The message names the instruction, the reason and a way out.
    """
    _check_instructions(circuit)
    for gate in circuit.gates:
        _check_writable(gate)
        _check_gate(gate, circuit.num)
    applied = [step for step in circuit.instructions if not isinstance(step, (Measure, QuantumPulse))]
    if not _contains(circuit.gates, applied):
        _refuse(
            "power(inplace=True) or dagger(inplace=True), or a change by hand,",
            "gave the circuit instructions that are not among the gates which pyquafu writes as OpenQASM",
            f"Apply the gates to the circuit one by one; {_SIMULATE}",
        )
    _check_measures(circuit)


def check_before_simulate(circuit: Any) -> None:
    """Refuse a circuit that pyquafu's simulator would run wrongly, or die of.

    Args:
        circuit: pyquafu's.

    Raises:
        CircuitError: The message names the instruction, the reason and a way out.
    """
    applied = list(_flat(circuit.instructions))
    for step in applied:
        if isinstance(step, QuantumPulse):
            _refuse(_named(step), "is a pulse, which the simulator does not know", "Use gates.")
        if isinstance(step, KrausChannel):
            _refuse(_named(step), "is noise, which this simulator does not know", _NOISY)
        if not isinstance(step, (Measure, Reset)):
            _check_gate(step, circuit.num)
    _check_instructed(applied, circuit)


def check_before_noise(circuit: Any, shots: int) -> None:
    """Refuse what pyquafu's noisy simulator gets wrong.

    Args:
        circuit: pyquafu's.
        shots: How many times it is to be run.

    Raises:
        CircuitError: It has nothing to count, or a reset, a condition or a gate after a measurement, which that
            simulator leaves out or moves.
    """
    if shots <= 0 or not circuit.measures:
        _refuse("The noisy simulator", "counts outcomes", "Measure the circuit, and give simulate(…, shots=…).")
    if len(set(circuit.measures.values())) < len(circuit.measures):
        _refuse("A classical bit", "is measured into twice", "Give each qubit its own bit.")
    measured: set[int] = set()
    for step in circuit.instructions:
        if isinstance(step, (Reset, Cif)):
            what = f"cif on classical bits {list(step.cbits)}" if isinstance(step, Cif) else _named(step)
            _refuse(what, "is left out by the noisy simulator", "Leave it out, or leave out the noise.")
        if isinstance(step, QuantumPulse):
            _refuse(_named(step), "is a pulse, which the simulator does not know", "Use gates.")
        if isinstance(step, Measure) and measured.isdisjoint(step.qbits):
            measured |= set(step.qbits)
            continue
        if not isinstance(step, Barrier) and measured.intersection(_positions(step)):
            _refuse(
                _named(step),
                "comes after a measurement of the same qubit, and the noisy simulator measures at the end",
                "Measure at the end.",
            )
        _check_gate(step, circuit.num)
    _check_instructed(list(circuit.instructions), circuit)


def _check_instructed(applied: Sequence[Any], circuit: Any) -> None:
    if not _contains(applied, circuit.gates):
        _refuse(
            "The list circuit.gates",
            "has gates that circuit.instructions has not, and the simulator runs the instructions",
            "Add gates with the circuit's methods, or send the circuit with task.send.",
        )


def _check_instructions(circuit: Any) -> None:
    measured: set[int] = set()
    for step in circuit.instructions:
        if isinstance(step, Reset):
            _refuse(_named(step), "is left out of the OpenQASM that pyquafu sends", _SIMULATE)
        if isinstance(step, Cif):
            _refuse(
                f"cif on classical bits {list(step.cbits)}",
                "is left out of the OpenQASM that pyquafu sends, and its gates would apply always",
                _SIMULATE,
            )
        if isinstance(step, QuantumPulse):
            _refuse(_named(step), "is a pulse, and is left out of the OpenQASM that pyquafu sends", "Use gates.")
        if isinstance(step, Measure):
            _check_measured_once(step, measured)
            measured |= set(step.qbits)
        elif not isinstance(step, Barrier) and measured.intersection(_positions(step)):
            _refuse(
                _named(step),
                "comes after a measurement of the same qubit, and pyquafu's OpenQASM moves it before it",
                f"Measure at the end; {_SIMULATE}",
            )


def _check_measured_once(step: Any, measured: set[int]) -> None:
    again = measured.intersection(step.qbits)
    if again:
        _refuse(
            f"measure on qubit {min(again)}",
            "stands twice in the circuit, and pyquafu's OpenQASM keeps the last one",
            f"Measure each qubit once; {_SIMULATE}",
        )


def _check_writable(gate: Any) -> None:
    if isinstance(gate, KrausChannel):
        _refuse(
            _named(gate),
            "is noise, which OpenQASM has no words for",
            f'{_NOISY} The backend "local-noisy" has noise of its own.',
        )
    if isinstance(gate, CircuitWrapper):
        _refuse(_named(gate), "is a wrapped circuit, which pyquafu does not write", "Call circuit.unwrap() first.")
    if gate.name.lower() not in WRITABLE:
        _refuse(
            _named(gate),
            "has no name in OpenQASM; power(), dagger() and ctrl_by() make such gates",
            "Write it with the circuit's own gates, or use simulate(circuit).",
        )


def _check_gate(gate: Any, width: int) -> None:
    where = _positions(gate)
    outside = [qubit for qubit in where if not 0 <= qubit < width]
    if outside:
        _refuse(_named(gate), f"acts on qubit {outside[0]}, and the circuit has qubits 0 to {width - 1}", "")
    if len(set(where)) < len(where):
        _refuse(_named(gate), "names a qubit twice", "Give it different qubits.")
    try:
        _ = gate._paras if hasattr(gate, "_raw_matrix") else None  # noqa: SLF001 - reads the angles, and refuses some
    except CircuitError as error:
        _refuse(_named(gate), f"has an angle that is no number: {error.message}", "Give it a real, finite number.")


def _check_measures(circuit: Any) -> None:
    measures = circuit.measures
    lost = [qubit for step in circuit.instructions if isinstance(step, Measure) for qubit in step.qbits]
    lost = [qubit for qubit in lost if qubit not in measures]
    if lost:
        _refuse(
            f"measure on qubit {lost[0]}",
            "came with join(), and pyquafu's OpenQASM leaves it out",
            "Measure after joining.",
        )
    if not measures:
        _refuse("measure", "is missing: a circuit without a measurement has no counts", "Call circuit.measure().")
    bits = list(measures.values())
    twice = [bit for bit in bits if bits.count(bit) > 1]
    if twice:
        _refuse(f"measure into classical bit {twice[0]}", "stands twice in the circuit", "Give each qubit its own bit.")
    if max(bits) >= circuit.cbits_num:
        _refuse(
            f"measure into classical bit {max(bits)}",
            f"is outside of the circuit's {circuit.cbits_num} classical bits",
            "Make the circuit with QuantumCircuit(qubits, classical_bits).",
        )


def _contains(gates: Sequence[Any], part: Sequence[Any]) -> bool:
    """Whether the gates of a part occur in this order among the gates.

    A copy of a gate counts as the gate: pyquafu's own methods put copies into one of its two lists.
    """
    rest = iter(gates)
    return all(any(gate is wanted or _same(gate, wanted) for gate in rest) for wanted in part)


def _same(gate: Any, other: Any) -> bool:
    return (
        type(gate) is type(other)
        and gate.name == other.name
        and _positions(gate) == _positions(other)
        and getattr(gate, "_paras", None) == getattr(other, "_paras", None)
    )


def _flat(instructions: Any) -> Iterator[Any]:
    for step in instructions:
        if isinstance(step, Cif):
            yield from _flat(step.instructions)
        else:
            yield step


def _positions(step: Any) -> list[int]:
    return list(step.pos) if isinstance(step.pos, Iterable) else [step.pos]


def _named(step: Any) -> str:
    where = _positions(step)
    return f"{step.name.lower()} on qubit{'s' if len(where) > 1 else ''} {', '.join(str(qubit) for qubit in where)}"


def _refuse(what: str, why: str, way_out: str) -> NoReturn:
    raise CircuitError(f"{what} {why}. {way_out}".strip())
