"""The same circuit without noise and with it, drawn beside each other."""

import sys
import tempfile
from pathlib import Path

from quafu import QuantumCircuit

from quafu_runtime import RuntimeService, plot, program


@program
def ghz(task, userpub, params):
    """Three qubits, all alike."""
    circuit = QuantumCircuit(3)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.cnot(1, 2)
    circuit.measure([0, 1, 2])
    task.config(backend=params["backend"], shots=2000, compile=False)
    return dict(task.send(circuit, wait=True).counts)


def main(folder: Path) -> None:
    """Run it.

    Args:
        folder: Where the picture goes.
    """
    with RuntimeService.local() as service:
        measured = service.run(ghz, {"backend": "local-noisy"}, backend="local-noisy", seed=2).result()
    axes = plot.counts(measured, ideal={"000": 0.5, "111": 0.5}, title="Three qubits")
    path = folder / "ghz.png"
    axes.figure.savefig(path)
    print(sum(measured.values()) - measured["000"] - measured["111"], "of 2000 went astray; see", path)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as elsewhere:
            main(Path(elsewhere))
