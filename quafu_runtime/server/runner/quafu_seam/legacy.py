"""What programs for older versions of pyquafu need, as the published examples do."""

from typing import Any

from quafu import SimuResult, Task


def put_in_place() -> None:
    """Give back `SimuResult.num` and `Task.load_account`, which version 0.4 dropped."""
    results: Any = SimuResult
    tasks: Any = Task
    results.num = property(_measured_qubits)
    tasks.load_account = _load_account


def _measured_qubits(self: Any) -> int:
    """How many qubits `probabilities` is over: the measured ones, or all where none is measured."""
    return len(self["measures"]) or int(self["qbitnum"])


def _load_account(_self: Any) -> None:
    """Do nothing: the task has had its account since it was made."""
