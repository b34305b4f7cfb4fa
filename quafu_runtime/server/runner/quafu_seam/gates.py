"""pyquafu's gates by their OpenQASM names: how each is made, and how many qubits and angles it takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from quafu.elements import Barrier, Delay
from quafu.elements.element_gates import element_gates as library

from quafu_runtime.server.runner.quafu_seam.circuit import Operation


@dataclass(frozen=True)
class Kind:
    """One kind of gate.

    Attributes:
        fewest: The fewest qubits that it acts on.
        most: The most, or None for any number.
        angles: How many angles it takes.
        make: Makes pyquafu's gate from qubits and angles.
    """

    fewest: int
    most: int | None
    angles: int
    make: Callable[[Sequence[int], Sequence[float]], Any]

    def accepts(self, operation: Operation) -> bool:
        """Whether an operation has the qubits and angles of this kind, no qubit twice."""
        count = len(operation.qubits)
        fits = self.fewest <= count <= (count if self.most is None else self.most)
        return fits and len(operation.angles) == self.angles and len(set(operation.qubits)) == count


def _plain(cls: Any, qubits: int, angles: int = 0) -> Kind:
    return Kind(qubits, qubits, angles, lambda where, values: cls(*where, *values))


def _many_controls(cls: Any, angles: int = 0) -> Kind:
    return Kind(2, None, angles, lambda where, values: cls(list(where[:-1]), where[-1], *values))


KINDS: dict[str, Kind] = {
    "id": _plain(library.IdGate, 1),
    "x": _plain(library.XGate, 1),
    "y": _plain(library.YGate, 1),
    "z": _plain(library.ZGate, 1),
    "h": _plain(library.HGate, 1),
    "s": _plain(library.SGate, 1),
    "sdg": _plain(library.SdgGate, 1),
    "t": _plain(library.TGate, 1),
    "tdg": _plain(library.TdgGate, 1),
    "sx": _plain(library.SXGate, 1),
    "sxdg": _plain(library.SXdgGate, 1),
    "sy": _plain(library.SYGate, 1),
    "sydg": _plain(library.SYdgGate, 1),
    "w": _plain(library.WGate, 1),
    "sw": _plain(library.SWGate, 1),
    "swdg": _plain(library.SWdgGate, 1),
    "rx": _plain(library.RXGate, 1, 1),
    "ry": _plain(library.RYGate, 1, 1),
    "rz": _plain(library.RZGate, 1, 1),
    "p": _plain(library.PhaseGate, 1, 1),
    "u3": _plain(library.U3Gate, 1, 3),
    "cx": _plain(library.CXGate, 2),
    "cnot": _plain(library.CXGate, 2),
    "cy": _plain(library.CYGate, 2),
    "cz": _plain(library.CZGate, 2),
    "cs": _plain(library.CSGate, 2),
    "ct": _plain(library.CTGate, 2),
    "swap": _plain(library.SwapGate, 2),
    "iswap": _plain(library.ISwapGate, 2),
    "cp": _plain(library.CPGate, 2, 1),
    "crx": _plain(library.CRXGate, 2, 1),
    "cry": _plain(library.CRYGate, 2, 1),
    "crz": _plain(library.CRZGate, 2, 1),
    "rxx": _plain(library.RXXGate, 2, 1),
    "ryy": _plain(library.RYYGate, 2, 1),
    "rzz": _plain(library.RZZGate, 2, 1),
    "ccx": _plain(library.ToffoliGate, 3),
    "toffoli": _plain(library.ToffoliGate, 3),
    "cswap": _plain(library.FredkinGate, 3),
    "fredkin": _plain(library.FredkinGate, 3),
    "mcx": _many_controls(library.MCXGate),
    "mcy": _many_controls(library.MCYGate),
    "mcz": _many_controls(library.MCZGate),
    "mcrx": _many_controls(library.MCRXGate, 1),
    "mcry": _many_controls(library.MCRYGate, 1),
    "mcrz": _many_controls(library.MCRZGate, 1),
    "barrier": Kind(1, None, 0, lambda where, _: Barrier(list(where))),
    "delay_ns": Kind(1, 1, 1, lambda where, values: Delay(where[0], int(values[0]), unit="ns")),
    "delay_us": Kind(1, 1, 1, lambda where, values: Delay(where[0], int(values[0]), unit="us")),
}
"""Everything that pyquafu writes as OpenQASM and that comes out right here."""

WRITABLE = frozenset(KINDS) - {"delay_ns", "delay_us"} | {"delay"}
"""The names that a gate may have when its circuit is sent."""


def made(operation: Operation) -> Any:
    """Make pyquafu's own gate of an operation."""
    return KINDS[operation.name].make(operation.qubits, operation.angles)
