"""Readout errors, measured and undone: the calibration matrix of all qubits, inverted (arXiv:1907.08518).

Each basis state is prepared and measured, which gives a column of the matrix. Its inverse, applied to what a circuit's
measurement gives, leads back near to what perfect reading would have given. Run it on the backend `local-noisy`.

Params: `qubits` (3), `shots` of each circuit (20000), `backend` ("local-noisy").
Result: `matrix`, with a column for each prepared state; `measured`, `mitigated` and `ideal`, the distributions of a GHZ
state, all as arrays over basis states whose highest digit is qubit 0; `before` and `after`, the total variation
distances of the first two to the third, and `factor`, by which it fell: more than 4, and the noise of the gates is what
remains.
"""

import numpy as np
from quafu import QuantumCircuit, simulate


def prepared(width, state):
    """A basis state, measured."""
    circuit = QuantumCircuit(width)
    for qubit in range(width):
        if state >> (width - 1 - qubit) & 1:
            circuit.x(qubit)
    circuit.measure()
    return circuit


def ghz(width):
    """A superposition of all 0 and all 1, measured."""
    circuit = QuantumCircuit(width)
    circuit.h(0)
    for qubit in range(width - 1):
        circuit.cnot(qubit, qubit + 1)
    circuit.measure()
    return circuit


def distribution(task, circuit):
    """What is measured, as an array over basis states."""
    probabilities = np.zeros(2**circuit.num)
    for key, probability in task.send(circuit, wait=True).probabilities.items():
        probabilities[int(key, 2)] = probability
    return probabilities


def nearest(values):
    """The probabilities that are nearest to some numbers, of which noise may have made a few negative."""
    descending = np.sort(values)[::-1]
    excess = (np.cumsum(descending) - 1) / np.arange(1, len(values) + 1)
    kept = np.flatnonzero(descending > excess)[-1]
    return np.clip(values - excess[kept], 0, None)


def distance(one, other):
    """The total variation distance of two distributions."""
    return float(np.abs(one - other).sum() / 2)


def run(task, userpub, params):
    """Calibrate, measure, and mitigate."""
    options = params if isinstance(params, dict) else {}
    width = options.get("qubits", 3)
    task.config(backend=options.get("backend", "local-noisy"), shots=options.get("shots", 20_000))

    matrix = np.stack([distribution(task, prepared(width, state)) for state in range(2**width)], axis=1)
    measured = distribution(task, ghz(width))
    mitigated = nearest(np.linalg.solve(matrix, measured))
    ideal = np.asarray(simulate(ghz(width)).probabilities)
    before, after = distance(measured, ideal), distance(mitigated, ideal)
    print(f"distance to the ideal: {before:.4f} measured, {after:.4f} mitigated")
    return {
        "matrix": matrix,
        "measured": measured,
        "mitigated": mitigated,
        "ideal": ideal,
        "before": before,
        "after": after,
        "factor": before / after,
    }
