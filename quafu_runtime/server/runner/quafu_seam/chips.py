"""What `task.get_backend_info()` answers, drawn quickly: pyquafu takes seconds for the thousand qubits of `local`."""

from contextlib import ExitStack
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from quafu import User
from quafu.backends.backends import Backend
from quafu.utils.client_wrapper import ClientWrapper

from quafu_runtime.server.runner.quafu_seam.replacing import replace

_IN_A_ROW = 20
_MOST_NAMES = 200
"""More qubits than these are drawn without their names, which nobody could read."""

_INCHES = 14
"""The size of pyquafu's own diagram."""


def put_in_place(undo: ExitStack) -> None:
    """Let a backend draw its line of qubits in rows.

    Args:
        undo: Takes it back when it is closed.
    """
    replace(Backend, "get_chip_info", _chip_info, undo)


def _chip_info(self: Any, user: Any = None) -> dict[str, Any]:
    token = (User() if user is None else user).api_token
    address, data = User.url + User.chip_api, {"system_name": self.name.lower()}
    told = ClientWrapper.post(url=address, data=data, headers={"api_token": token}).json()
    # The couplings are those of a line, in order.
    names = dict.fromkeys(name for coupling in told["topological_structure"] for name in coupling.split("_"))
    mapping = dict(enumerate(names))
    return {"mapping": mapping, "topology_diagram": _drawn(list(names)), "full_info": told}


def _drawn(names: list[str]) -> Figure:
    """The line, turning back at the end of each row; pyplot does not keep the figure alive."""
    figure = Figure(figsize=(_INCHES, _INCHES))
    axes = figure.subplots()
    row, column = np.divmod(np.arange(len(names)), _IN_A_ROW)
    column = np.where(row % 2, _IN_A_ROW - 1 - column, column)
    axes.plot(column, -row, "o-", markersize=20 if len(names) <= _MOST_NAMES else 4)
    if len(names) <= _MOST_NAMES:
        for name, across, down in zip(names, column, row, strict=True):
            axes.annotate(name, (across, -down), ha="center", va="center", fontsize=7, color="white")
    axes.set_axis_off()
    return figure
