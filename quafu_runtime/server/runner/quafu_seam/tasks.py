"""pyquafu's `Task`, with checks before it sends, and without changes to the circuits that it is given."""

import copy
from contextlib import ExitStack
from typing import Any

import numpy as np
from quafu import QuantumCircuit, Task, User
from quafu.elements import Measure
from quafu.elements.element_gates import element_gates as library
from quafu.exceptions import CircuitError

from quafu_runtime.server.runner.quafu_seam.backends import CONFIG_DEFAULT
from quafu_runtime.server.runner.quafu_seam.guards import check_before_send
from quafu_runtime.server.runner.quafu_seam.replacing import replace

_NO_BACKEND_GIVEN = "_no_backend_given"
"""The mark on a task whose `config` was called without a backend."""


def put_in_place(undo: ExitStack) -> None:
    """Let `Task.send`, `config`, `run` and `submit` go through this module.

    Args:
        undo: Takes it back when it is closed.
    """
    tasks: Any = Task
    send, config, submit = tasks.send, tasks.config, tasks.submit

    def send_checked(self: Any, qc: Any, name: str = "", group: str = "", wait: bool = False) -> Any:
        check_before_send(qc)
        _check_width(self, qc)
        return send(self, qc, name=name, group=group, wait=wait)

    def config_marked(self: Any, backend: str | None = None, *args: Any, **kwargs: Any) -> None:
        config(self, CONFIG_DEFAULT if backend is None else backend, *args, **kwargs)
        setattr(self, _NO_BACKEND_GIVEN, backend is None)

    def submit_unchanged(self: Any, qc: Any, obslist: Any = None) -> Any:
        gates = qc.gates
        try:
            return submit(self, qc, obslist)
        finally:
            qc.gates = gates  # pyquafu leaves a copy there, which later parameters would not reach

    replaced = {"send": send_checked, "config": config_marked, "submit": submit_unchanged, "run": _run}
    for name, method in replaced.items():
        replace(tasks, name, method, undo)


def measured_in(circuit: Any, base: Any) -> Any:
    """A circuit that measures in another basis; pyquafu changes the circuit itself instead.

    Args:
        circuit: Measured; it stays as it is, and its gates and parameters are shared.
        base: The Pauli letters, and for each the qubit, as pyquafu's `merge_measure` has them.

    Returns:
        The circuit with the rotations before its measurements.

    Raises:
        CircuitError: The circuit cannot be sent; the message names the instruction.
    """
    check_before_send(circuit)
    turned = QuantumCircuit(0)
    turned.qregs, turned.cregs = circuit.qregs, circuit.cregs
    gates = list(circuit.gates)
    turns: Any = library
    for letter, qubit in zip(base[0], base[1], strict=True):
        if letter == "X":
            gates.append(turns.RYGate(qubit, -np.pi / 2))
        elif letter == "Y":
            gates.append(turns.RXGate(qubit, np.pi / 2))
    turned.gates = gates
    turned.instructions = [*gates, Measure(circuit.measures)]
    turned.measures = circuit.measures
    return turned


def _run(self: Any, qc: Any, measure_base: Any = None) -> Any:
    result = self.send(qc if measure_base is None else measured_in(qc, measure_base), wait=True)
    result.measure_base = copy.copy(measure_base) or ""
    return result


def _check_width(task: Any, circuit: Any) -> None:
    """Say where a backend's width comes from, before pyquafu says only that it is too small."""
    if User.backend_type != "quafu" or circuit.num <= task.backend.qubit_num:
        return
    origin = ""
    if getattr(task, _NO_BACKEND_GIVEN, False):
        origin = (
            f" task.config(…) without backend= sets the backend to {CONFIG_DEFAULT}: "
            f'give the backend as well, as in task.config(backend="local", shots={task.shots}).'
        )
    message = (
        f"The circuit has {circuit.num} qubits, and the task's backend {task.backend.name} has "
        f"{task.backend.qubit_num}.{origin}"
    )
    raise CircuitError(message)
