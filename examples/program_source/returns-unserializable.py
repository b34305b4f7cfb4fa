"""A program that returns what no JSON can hold: the job ends in an error that names the place and the type.

Params: none.
"""

from quafu import QuantumCircuit


def run(task, userpub, params):
    """Return a circuit, two levels deep in the result."""
    print("the work is done, and in vain")
    return {"energy": -1.0, "circuits": [QuantumCircuit(1)]}
