"""Max-cut of a ring with the quantum approximate optimization algorithm, one layer (arXiv:1411.4028).

For a ring of six the largest cut is 6, and one layer reaches an expectation of three quarters of it, 4.5, at best.

Params: `qubits` (6), `shots` of the last circuit (1000), `grid` (12) points for each of the two angles in a search,
`zooms` (4), how often the search goes on around its best point.
Interim results: `{"gamma": g, "beta": b, "expectation": e}` as JSON, one for each search.
Result: `expectation`, the best found, exact; `gamma` and `beta`, its angles; `cut` and `bitstring`, the best cut among
the shots at these angles; `mean_cut` of these shots.
"""

import json

import numpy as np
from quafu import Hamiltonian, QuantumCircuit, simulate


def edges_of(qubits):
    """Each qubit with the next, the last one with the first."""
    return [(qubit, (qubit + 1) % qubits) for qubit in range(qubits)]


def prepare_circuit(qubits, gamma, beta):
    """An even mixture of all cuts, then one layer: a phase for each edge, and a rotation of each qubit."""
    circuit = QuantumCircuit(qubits)
    for qubit in range(qubits):
        circuit.h(qubit)
    for left, right in edges_of(qubits):
        circuit.rzz(left, right, gamma)
    for qubit in range(qubits):
        circuit.rx(qubit, beta)
    return circuit


def expectation(qubits, gamma, beta):
    """The mean cut, exactly: each edge counts (1 - Z Z) / 2."""
    products = Hamiltonian.from_pauli_list([(f"Z{left} Z{right}", 1.0) for left, right in edges_of(qubits)])
    means = simulate(prepare_circuit(qubits, gamma, beta), hamiltonian=products)["pauli_expects"]
    return float((qubits - np.real(sum(means))) / 2)


def cut_of(bitstring):
    """How many edges have their two ends on different sides."""
    return sum(bitstring[left] != bitstring[right] for left, right in edges_of(len(bitstring)))


def search(qubits, gammas, betas):
    """The best expectation of a grid, with its angles."""
    return max((expectation(qubits, gamma, beta), gamma, beta) for gamma in gammas for beta in betas)


def run(task, userpub, params):
    """Search the two angles, coarsely and then finely, and look at the cuts that they give."""
    options = params if isinstance(params, dict) else {}
    qubits = options.get("qubits", 6)
    grid = options.get("grid", 12)

    width = np.pi
    gamma = beta = np.pi / 2
    for zoom in range(1 + options.get("zooms", 4)):
        offsets = np.linspace(-width / 2, width / 2, grid)
        best, gamma, beta = search(qubits, gamma + offsets, beta + offsets)
        userpub.publish(json.dumps({"gamma": gamma, "beta": beta, "expectation": best}).encode())
        print(f"search {zoom}: expectation {best:.6f} at gamma {gamma:.4f}, beta {beta:.4f}")
        width = 3 * width / grid

    circuit = prepare_circuit(qubits, gamma, beta)
    circuit.measure()
    task.shots = options.get("shots", 1000)
    counts = task.send(circuit, wait=True).counts
    bitstring = max(counts, key=lambda key: (cut_of(key), counts[key]))
    return {
        "expectation": best,
        "gamma": float(gamma),
        "beta": float(beta),
        "cut": cut_of(bitstring),
        "bitstring": bitstring,
        "mean_cut": sum(cut_of(key) * count for key, count in counts.items()) / task.shots,
    }
