"""The backends that a job finds: `local`, `local-noisy`, and the chips of the cloud by name and width.

All are exact but `local-noisy`.
"""

from dataclasses import dataclass
from typing import Any

from quafu_runtime.server.runner.quafu_seam.gates import WRITABLE
from quafu_runtime.server.runner.quafu_seam.noise_model import FIGURES, TWO_QUBIT_ERROR

_LOCAL_WIDTH = 1000
"""Qubits of `local`. How many a circuit may really use depends on the engines; beyond this, stim takes seconds."""

_NOISY_WIDTH = 20
"""Qubits of `local-noisy`. Not all of them can be entangled with each other."""

_MADE_UP = (
    "Made up by the local runtime: a line of qubits with perfect couplings. It says nothing about the chip of this "
    "name; its circuits are simulated exactly, without noise and without regard to the couplings."
)

_MADE_UP_NOISY = (
    "Made up by the local runtime: a line of qubits, though gates are allowed between all of them, with the noise that "
    "the guide for programs describes. It is the noise of no chip."
)


@dataclass(frozen=True)
class Backend:
    """One backend.

    Attributes:
        name: As `task.config(backend=…)` takes it.
        qubits: The width of the widest circuit that it takes.
        system_id: The number by which pyquafu's requests name it.
        noisy: Whether it has the noise of `noise_model`.
    """

    name: str
    qubits: int
    system_id: int
    noisy: bool = False

    def entry(self) -> dict[str, Any]:
        """Its entry in the list of backends, as pyquafu reads it."""
        return {
            "system_name": self.name,
            "system_id": self.system_id,
            "qubits": self.qubits,
            "valid_gates": sorted(WRITABLE),
            "status": "Online",
            "QV": 0,
            "queued_len": 0,
        }

    def chip_info(self) -> dict[str, Any]:
        """Its couplings, as pyquafu reads them, and a note that they are made up."""
        fidelity = 1 - TWO_QUBIT_ERROR if self.noisy else 1.0
        couplings = {f"Q{qubit}_Q{qubit + 1}": {"cz": {"fidelity": fidelity}} for qubit in range(self.qubits - 1)}
        told = {"note": _MADE_UP_NOISY, "noise": FIGURES} if self.noisy else {"note": _MADE_UP}
        return {"system_name": self.name, "topological_structure": couplings, **told}


LOCAL = Backend("local", _LOCAL_WIDTH, 100)
"""The first in the list, and so the default of a task."""

LOCAL_NOISY = Backend("local-noisy", _NOISY_WIDTH, 101, noisy=True)

_CHIPS = {
    "ScQ-P10": 10,
    "ScQ-P18": 18,
    "ScQ-P136": 136,
    "Baiwang": 136,
    "ScQ-P102": 102,
    "ScQ-P10C": 10,
    "Miaofeng": 108,
    "Dongling": 106,
    "Haituo": 105,
    "Baihua": 118,
    "Yunmeng": 156,
    "Xiang": 35,
    "ScQ-Sim10": 10,
}
"""Names and widths of the chips that are known."""

BACKENDS: dict[str, Backend] = {LOCAL.name: LOCAL, LOCAL_NOISY.name: LOCAL_NOISY} | {
    name: Backend(name, qubits, system_id) for system_id, (name, qubits) in enumerate(_CHIPS.items())
}
"""All backends by name, in the order of the list."""

BY_SYSTEM_ID = {backend.system_id: backend for backend in BACKENDS.values()}
"""All backends by the number that a request names."""

CONFIG_DEFAULT = "ScQ-P10"
"""What pyquafu's `task.config` sets where no backend is given."""
