"""Make a program of a function: check it, try it here, and run it."""

import math

from quafu import QuantumCircuit

from quafu_runtime import RuntimeService, check_program, dry_run, program

SHOTS = 500


def rotated(angle):
    """A qubit turned by an angle, measured."""
    circuit = QuantumCircuit(1)
    circuit.ry(0, angle)
    circuit.measure([0])
    return circuit


@program
def excited(task, userpub, params):
    """How often each angle is found excited."""
    task.config(backend="local", shots=SHOTS, compile=False)
    found = []
    for angle in params["angles"]:
        counts = task.send(rotated(angle), wait=True).counts
        found.append(counts.get("1", 0) / SHOTS)
        userpub.publish({"angle": angle, "excited": found[-1]})
    return found


def main() -> None:
    """Run it."""
    params = {"angles": [0.0, math.pi / 2, math.pi]}
    print(excited.source)
    print(check_program(excited, target="cloud"))
    print(dry_run(excited, params, seed=1))
    with RuntimeService.local() as service:
        print(service.run(excited, params, seed=1).result())


if __name__ == "__main__":
    main()
