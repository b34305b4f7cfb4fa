"""Several tasks in one job: every second one is awaited, the others are asked for later by their ids.

Params: `tasks` (4), `shots` (100), `pause` between two of them in seconds (0).
Result: `tasks`, a list with `task_id`, `awaited`, `status` and `counts` of each, in the order in which they were sent;
`history`, the ids that the task object has kept; and `params` as they came.
"""

from time import sleep

import numpy as np
from quafu import QuantumCircuit


def prepare_circuit(angle):
    """Two qubits that agree; 11 comes with the probability sin²(angle / 2)."""
    circuit = QuantumCircuit(2)
    circuit.ry(0, angle)
    circuit.cnot(0, 1)
    circuit.measure()
    return circuit


def run(task, userpub, params):
    """Send the tasks, then collect what each of them counted."""
    options = params if isinstance(params, dict) else {}
    how_many = options.get("tasks", 4)
    task.shots = options.get("shots", 100)

    sent = []
    for number in range(how_many):
        awaited = number % 2 == 0
        circuit = prepare_circuit(np.pi * number / max(how_many - 1, 1))
        result = task.send(circuit, name=f"task-{number}", group="multi-task", wait=awaited)
        print(f"Task {number} was sent: {result.taskid}, {result.task_status}, counts {dict(result.counts)}")
        userpub.publish(f"task {number}: {result.task_status}".encode())
        sent.append((result.taskid, awaited))
        sleep(options.get("pause", 0))

    found = []
    for task_id, awaited in sent:
        result = task.retrieve(task_id)
        print(f"Task {result.taskname} was found by its id: {result.task_status}, counts {dict(result.counts)}")
        found.append(
            {
                "task_id": result.taskid,
                "awaited": awaited,
                "status": result.task_status,
                "counts": dict(result.counts),
            }
        )
    return {"tasks": found, "history": task.get_history()["multi-task"] if found else [], "params": params}
