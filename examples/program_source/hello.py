"""The first program: a circuit of five qubits, simulated exactly.

Params: anything; they are printed.
Result: `num`, how many qubits are measured, and `probabilities`, one for each of their 16 outcomes: 0.5 for 1010 (10)
and for 1110 (14), 0 for the others.
"""

import numpy as np
from quafu import QuantumCircuit, simulate


def prepare_circuit():
    """Five qubits, of which four are measured."""
    circuit = QuantumCircuit(5)
    circuit.x(0)
    circuit.x(1)
    circuit.cnot(2, 1)
    circuit.ry(1, np.pi / 2)
    circuit.rx(2, np.pi)
    circuit.rz(3, 0.1)
    circuit.cz(2, 3)
    circuit.measure([0, 1, 2, 3])
    return circuit


def run(task, userpub, params):
    """What the runtime calls; what it prints is the job's log, and what it returns the job's result."""
    circuit = prepare_circuit()
    probabilities = simulate(circuit).probabilities
    print("Hello World!", params)
    return {"num": len(circuit.measures), "probabilities": probabilities.tolist()}
