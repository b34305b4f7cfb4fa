"""A fast reader of the OpenQASM that pyquafu itself writes; everything else goes to pyquafu's own parser.

pyquafu's parser takes tens of milliseconds for what this one reads in a fraction of one, and refuses a number with an
exponent (`ry(9e-05)`), which pyquafu writes for every small angle. So numbers with exponents are read here, and are
given on in fixed point.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from math import pi
from typing import Any

import numpy as np
from quafu.circuits import QuantumCircuit
from quafu.circuits.classical_register import ClassicalRegister
from quafu.circuits.quantum_register import QuantumRegister
from quafu.elements import Barrier, Delay, Measure

from quafu_runtime.server.runner.quafu_seam.circuit import Circuit, Operation
from quafu_runtime.server.runner.quafu_seam.gates import KINDS, made

_EXPONENT = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+", re.ASCII)
_STATEMENT = re.compile(r"([a-z]\w*)(?:\(([^()]*)\))?\s+(\S.*)", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_PART_OF_PI = re.compile(r"(-?)pi(?:/([1-9]\d*))?", re.ASCII)
_REGISTER = re.compile(r"([qc])reg\s+([a-z]\w*)\[(\d+)\]", re.ASCII)
_MEASURE = re.compile(r"measure\s+([a-z]\w*)\[(\d+)\]\s*->\s*([a-z]\w*)\[(\d+)\]", re.ASCII)
_DURATION = re.compile(r"(\d+)(ns|us)", re.ASCII)

_HEAD = ("OPENQASM 2.0", 'include "qelib1.inc"')
_LAST_READ = 4
"""Texts whose circuits are kept: the answer to a task has the text that was sent, and is read as well."""


class DynamicCircuitError(ValueError):
    """A text has a reset, a condition, or a gate after a measurement."""


class _NotOurs(ValueError):  # noqa: N818 - no error: another parser is asked
    """The text is not of the form that pyquafu writes."""


def in_fixed_point(text: str) -> str:
    """Write each number with an exponent without one, exactly.

    Args:
        text: OpenQASM.

    Returns:
        The same circuit, in numbers that pyquafu's parser reads.
    """
    return _EXPONENT.sub(lambda found: np.format_float_positional(float(found.group()), trim="0"), text)


@lru_cache(maxsize=_LAST_READ)
def read_own(text: str) -> Circuit | None:
    """Read a text of the form that pyquafu writes.

    Args:
        text: OpenQASM.

    Returns:
        The circuit, or None where the text has another form and needs pyquafu's parser.
    """
    try:
        return _read(text)
    except _NotOurs:
        return None


def read(text: str, parse: Callable[[Any, str], None]) -> Circuit:
    """Read any OpenQASM that pyquafu knows.

    Args:
        text: OpenQASM.
        parse: pyquafu's own `QuantumCircuit.from_openqasm`.

    Returns:
        The circuit.

    Raises:
        DynamicCircuitError: It has a reset, a condition, or a gate after a measurement.
        Exception: Whatever pyquafu's parser raises at a text that is no OpenQASM.
    """
    circuit = read_own(text)
    if circuit is not None:
        return circuit
    parsed = QuantumCircuit(0)
    parse(parsed, in_fixed_point(text))
    if not parsed.executable_on_backend:
        message = "the text has a reset, a condition, or a gate after a measurement"
        raise DynamicCircuitError(message)
    return Circuit(parsed.num, parsed.cbits_num, [_operation_of(gate) for gate in parsed.gates], dict(parsed.measures))


def fill(target: Any, text: str, parse: Callable[[Any, str], None]) -> None:
    """What `QuantumCircuit.from_openqasm` does, faster, and for small angles as well.

    Args:
        target: pyquafu's circuit, which becomes the one of the text.
        text: OpenQASM.
        parse: pyquafu's own `QuantumCircuit.from_openqasm`.

    Raises:
        Exception: Whatever pyquafu's parser raises at a text that is no OpenQASM.
    """
    circuit = read_own(text)
    if circuit is None:
        parse(target, in_fixed_point(text))
    else:
        _build(target, circuit)
    target.openqasm = text


def _build(target: Any, circuit: Circuit) -> None:
    gates = [made(operation) for operation in circuit.operations]
    measures = [Measure({qubit: bit}) for qubit, bit in circuit.measures.items()]
    target.gates = gates
    target.instructions = [*gates, *measures]
    target._measures = measures  # noqa: SLF001 - what pyquafu's own reader sets
    target.qregs = [QuantumRegister(circuit.width, name="q")]
    target.cregs = [ClassicalRegister(circuit.bits, name="c")] if circuit.bits else []
    target.executable_on_backend = True


def _operation_of(gate: Any) -> Operation:
    if gate.name == Delay.name:
        return Operation(f"delay_{gate.unit}", (float(gate.duration),), (gate.pos,))
    angles = () if isinstance(gate, Barrier) else tuple(gate._paras)  # noqa: SLF001 - the angles as numbers
    return Operation(gate.name.lower(), angles, tuple(gate.pos))


def _read(text: str) -> Circuit:
    statements = [statement.strip() for statement in text.split(";")]
    if tuple(statements[:2]) != _HEAD or statements[-1]:
        raise _NotOurs
    qubits, width = _register(statements[2], "q")
    bits, size = _register(statements[3], "c")
    operations: list[Operation] = []
    measures: dict[int, int] = {}
    for statement in statements[4:-1]:
        if statement.startswith("measure"):
            qubit, bit = _measure(statement, qubits, bits)
            if qubit >= width or bit >= size or qubit in measures:
                raise _NotOurs
            measures[qubit] = bit
        elif measures:  # a gate after a measurement: pyquafu's parser tells what may run on a chip
            raise _NotOurs
        else:
            operations.append(_operation(statement, qubits, width))
    return Circuit(width, size, operations, measures)


def _register(statement: str, kind: str) -> tuple[str, int]:
    found = _REGISTER.fullmatch(statement)
    if not found or found[1] != kind:
        raise _NotOurs
    return found[2], int(found[3])


def _measure(statement: str, qubits: str, bits: str) -> tuple[int, int]:
    found = _MEASURE.fullmatch(statement)
    if not found or (found[1], found[3]) != (qubits, bits):
        raise _NotOurs
    return int(found[2]), int(found[4])


def _operation(statement: str, register: str, width: int) -> Operation:
    found = _STATEMENT.fullmatch(statement)
    if not found:
        raise _NotOurs
    name, values, where = found.groups()
    angles: tuple[float, ...]
    duration = _DURATION.fullmatch(values or "") if name == "delay" else None
    if duration:
        name, angles = f"delay_{duration[2]}", (float(duration[1]),)
    else:
        angles = () if values is None else tuple(_angle(value.strip()) for value in values.split(","))
    operation = Operation(name, angles, tuple(_qubit(one.strip(), register, width) for one in where.split(",")))
    if name not in KINDS or not KINDS[name].accepts(operation):
        raise _NotOurs
    return operation


def _qubit(text: str, register: str, width: int) -> int:
    head, digits = f"{register}[", text[len(register) + 1 : -1]
    if not (text.startswith(head) and text.endswith("]") and digits.isascii() and digits.isdigit()):
        raise _NotOurs
    qubit = int(digits)
    if qubit >= width:
        raise _NotOurs
    return qubit


def _angle(text: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    part = _PART_OF_PI.fullmatch(text)
    if part:
        return (-pi if part[1] else pi) / int(part[2] or 1)
    raise _NotOurs
