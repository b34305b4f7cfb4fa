# Written for pyquafu 0.3, as the deployed service's guide teaches it.
import numpy as np
from quafu import QuantumCircuit, simulate


def run(task, userpub, params):
    print("Hello World!", params)
    circuit = QuantumCircuit(5)
    circuit.x(0)
    circuit.x(1)
    circuit.cnot(2, 1)
    circuit.ry(1, np.pi / 2)
    circuit.rx(2, np.pi)
    circuit.rz(3, 0.1)
    circuit.cz(2, 3)
    circuit.measure([0, 1, 2, 3], cbits=[0, 1, 2, 3])
    found = simulate(circuit)
    userpub.publish("an interim message")
    return {"num": found.num, "probabilities": found.probabilities.tolist()}
