"""What programs for older versions of pyquafu need, as the published examples do."""

from contextlib import ExitStack
from typing import Any

from quafu import SimuResult, Task

from quafu_runtime.server.runner.quafu_seam.replacing import replace


def put_in_place(undo: ExitStack) -> None:
    """Give back `SimuResult.num` and `Task.load_account`, which version 0.4 dropped.

    Args:
        undo: Takes it back when it is closed.
    """
    replace(SimuResult, "num", property(_measured_qubits), undo)
    replace(Task, "load_account", _load_account, undo)


def _measured_qubits(self: Any) -> int:
    """How many qubits `probabilities` is over: the measured ones, or all where none is measured."""
    return len(self["measures"]) or int(self["qbitnum"])


def _load_account(_self: Any) -> None:
    """Do nothing: the task has had its account since it was made."""
