"""A Bell pair, sent as a task: counts of 00 and 11, half of the shots each, and of nothing else.

Params: `shots` (1000).
Result: `counts` and `shots`.
"""

from quafu import QuantumCircuit


def run(task, userpub, params):
    """Entangle two qubits and measure both."""
    options = params if isinstance(params, dict) else {}
    task.shots = options.get("shots", 1000)

    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.measure()

    result = task.send(circuit, wait=True)
    print(f"Task {result.taskid} is {result.task_status}: {dict(result.counts)}")
    return {"counts": dict(result.counts), "shots": task.shots}
