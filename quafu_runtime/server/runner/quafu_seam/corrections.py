"""What pyquafu 0.4.5 gets wrong and a few lines mend, in the program's process alone."""

import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from functools import cache
from math import isfinite
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
from quafu.circuits import QuantumCircuit
from quafu.elements import Parameter, ParameterExpression, quantum_gate
from quafu.elements.element_gates import element_gates as library
from quafu.elements.matrices import SMatrix
from quafu.elements.unitary import decomposer
from quafu.exceptions import CircuitError
from quafu.qfasm import qfasm_parser, qfasm_utils
from quafu.qfasm.qfasm_parser import yacc

from quafu_runtime.server.runner.quafu_seam.replacing import replace, replace_item


def correct(undo: ExitStack) -> None:
    """Make all corrections.

    Args:
        undo: Takes them back when it is closed.
    """
    correct_gates(undo)
    quiet(undo)
    ready_parser(undo)


def correct_gates(undo: ExitStack) -> None:
    """Mend `cs`, angles that are numpy's, and `power` and `dagger` in place.

    - `cs` has the matrix of a CNOT.
    - An angle that is a numpy float32, int64 or 0-d array vanishes, and the simulator dies of it.
    - `dagger(inplace=True)` turns the order around and leaves each gate as it is; `power(3, inplace=True)` makes the
      fourth power.

    Args:
        undo: Takes it back when it is closed.
    """
    controlled_s: Any = library.CSGate
    replace(controlled_s, "_targ_matrix", SMatrix, undo)  # the simulator reads it there
    replace(controlled_s, "_raw_matrix", np.diag([1, 1, 1, 1j]), undo)
    replace(quantum_gate, "extract_float", angles_of, undo)
    circuits: Any = QuantumCircuit
    power, dagger = circuits.power, circuits.dagger

    def power_in_place(self: Any, n: int, inplace: bool = False) -> Any:
        if not inplace:
            return power(self, n)
        self.instructions = self.instructions * n
        return self

    def dagger_in_place(self: Any, inplace: bool = False) -> Any:
        turned = dagger(self)
        if not inplace:
            return turned
        self.instructions = turned.instructions
        return self

    replace(circuits, "power", power_in_place, undo)
    replace(circuits, "dagger", dagger_in_place, undo)


def angles_of(values: Any) -> list[float]:
    """The angles of a gate as floats, numpy's numbers included.

    Args:
        values: Numbers, arrays of one number, parameters, or expressions of parameters.

    Returns:
        One float for each.

    Raises:
        CircuitError: One of them is no real, finite number.
    """
    return [_angle(value) for value in (values if isinstance(values, Iterable) else [values])]


def quiet(undo: ExitStack) -> None:
    """Keep pyquafu's notes to its own developers out of the job's log.

    Args:
        undo: Takes it back when it is closed.
    """
    replace(decomposer, "print", lambda *_args, **_kwargs: None, undo)


def ready_parser(undo: ExitStack) -> None:
    """Build the parser's tables once, and let each later parser use them.

    As pyquafu has it, each parser builds them anew or writes them beside its source, and warns where it cannot. The
    gates that its reader lacks, though its writer writes them, are added.

    Args:
        undo: Takes it back when it is closed.
    """
    replace_item(qfasm_utils.gate_classes, "sxdg", library.SXdgGate, undo)
    silent = yacc.NullLogger()
    tables: Any = _tables()

    def parser(*, module: Any, debug: bool = False) -> Any:
        return yacc.yacc(
            module=module, debug=debug, write_tables=False, errorlog=silent, tabmodule=tables, outputdir="."
        )

    replace(qfasm_parser, "yacc", SimpleNamespace(yacc=parser), undo)


@cache
def _tables() -> ModuleType:
    name = "quafu_parser_tables"
    silent = yacc.NullLogger()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as undo:

        def parser(*, module: Any, debug: bool = False) -> Any:
            return yacc.yacc(module=module, debug=debug, errorlog=silent, tabmodule=name, outputdir=folder)

        replace(qfasm_parser, "yacc", SimpleNamespace(yacc=parser), undo)
        qfasm_parser.QfasmParser()
        source = Path(folder, f"{name}.py").read_text(encoding="utf-8")
    tables = ModuleType(name)
    exec(source, tables.__dict__)  # noqa: S102 - what ply wrote a moment ago
    return tables


def _angle(value: Any) -> float:
    number = value.get_value() if isinstance(value, (Parameter, ParameterExpression)) else value
    if isinstance(number, np.ndarray) and number.size == 1:
        number = number.item()
    if isinstance(number, (float, int, np.floating, np.integer)) and isfinite(number):
        return float(number)
    message = f"{value!r} ({type(number).__name__})"
    raise CircuitError(message)
