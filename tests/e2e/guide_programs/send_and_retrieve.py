# Written for pyquafu 0.3, as the deployed service's guide teaches it.
from quafu import QuantumCircuit
from quafu import Task


def run(task, userpub, params):
    circuit = QuantumCircuit(2)
    circuit.h(0)
    circuit.cnot(0, 1)
    circuit.measure([0, 1], [0, 1])
    task.config(backend="ScQ-P10", shots=2000, compile=True)
    awaited = task.send(circuit, wait=True)
    sent = task.send(circuit, name="later", group="guide")
    print(f"Result of the task: {sent}")
    found = task.retrieve(sent.taskid)
    return {
        "is_task": isinstance(task, Task),
        "awaited": dict(awaited.counts),
        "sent": [sent.taskid, sent.task_status],
        "found": [found.taskid, found.task_status, dict(found.counts)],
    }
