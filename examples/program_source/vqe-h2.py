"""The ground state of the hydrogen molecule: a variational quantum eigensolver on two qubits.

The energy is estimated from counts in two bases, and the angles follow its gradient, which comes from the same
circuits at angles shifted by a quarter of a turn either way (the parameter-shift rule, arXiv:1803.00745).

Params: `steps` (30), `learning_rate` (1.0), `shots` of each circuit (2000), `start`, the two first angles ([1, 1]).
Interim results: `{"step": n, "energy": e}` as JSON, one for each step, step 0 before the first.
Result: `energy`, estimated with ten times the shots; `exact_energy` of the same angles without shot noise;
`ground_energy`, the lowest eigenvalue; `angles`; `energies` of all steps. Energies in hartree.
"""

import json

import numpy as np
from quafu import QuantumCircuit, simulate

# The electrons of H2 near its equilibrium, on two qubits; the repulsion of the nuclei is not part of it.
IDENTITY = -1.0537157499
Z0 = 0.3939591228
Z1 = 0.3939591228
Z0Z1 = 0.0112363113
X0X1 = 0.1812910477


def prepare_state(angles):
    """Two rotations and a CNOT; with the second angle at 0 this reaches every mixture of 00 and 11."""
    circuit = QuantumCircuit(2)
    circuit.ry(0, angles[0])
    circuit.ry(1, angles[1])
    circuit.cnot(0, 1)
    return circuit


def energy_of(z_basis, x_basis):
    """Weigh the terms of the Hamiltonian with their means.

    Both arguments give the probability of each outcome: of measuring Z on both qubits, and of measuring X on both.
    """
    p = {outcome: z_basis.get(outcome, 0) for outcome in ("00", "01", "10", "11")}
    x = {outcome: x_basis.get(outcome, 0) for outcome in ("00", "01", "10", "11")}
    mean_z0 = p["00"] + p["01"] - p["10"] - p["11"]
    mean_z1 = p["00"] - p["01"] + p["10"] - p["11"]
    mean_zz = p["00"] - p["01"] - p["10"] + p["11"]
    mean_xx = x["00"] - x["01"] - x["10"] + x["11"]
    return IDENTITY + Z0 * mean_z0 + Z1 * mean_z1 + Z0Z1 * mean_zz + X0X1 * mean_xx


def circuits_of(angles):
    """The state, measured in Z and in X."""
    in_z = prepare_state(angles)
    in_z.measure()
    in_x = prepare_state(angles)
    in_x.h(0)
    in_x.h(1)
    in_x.measure()
    return in_z, in_x


def estimate(task, angles):
    """The energy from counts, with the task's shots."""
    return energy_of(*(task.send(circuit, wait=True).probabilities for circuit in circuits_of(angles)))


def exact(angles):
    """The energy without shot noise, from the state vector."""
    outcomes = ("00", "01", "10", "11")
    return energy_of(*(dict(zip(outcomes, simulate(circuit).probabilities)) for circuit in circuits_of(angles)))


def gradient(task, angles):
    """Half the difference of the energies at angles shifted by a quarter of a turn, for each angle."""
    slopes = np.zeros(len(angles))
    for index in range(len(angles)):
        shift = np.zeros(len(angles))
        shift[index] = np.pi / 2
        slopes[index] = (estimate(task, angles + shift) - estimate(task, angles - shift)) / 2
    return slopes


def ground_energy():
    """The lowest eigenvalue: the state mixes 00 and 11, which X0X1 couples."""
    return IDENTITY + Z0Z1 - np.hypot(Z0 + Z1, X0X1)


def run(task, userpub, params):
    """Go down the gradient, and tell the energy at each step."""
    options = params if isinstance(params, dict) else {}
    steps = options.get("steps", 30)
    learning_rate = options.get("learning_rate", 1.0)
    shots = options.get("shots", 2000)
    angles = np.array(options.get("start", [1.0, 1.0]), dtype=float)

    task.shots = shots
    energies = []
    for step in range(steps + 1):
        if step:
            angles = angles - learning_rate * gradient(task, angles)
        energies.append(estimate(task, angles))
        userpub.publish(json.dumps({"step": step, "energy": energies[-1]}).encode())
        print(f"step {step:3d}  energy {energies[-1]:.6f}")

    task.shots = 10 * shots
    result = {
        "energy": float(estimate(task, angles)),
        "exact_energy": float(exact(angles)),
        "ground_energy": float(ground_energy()),
        "angles": angles.tolist(),
        "energies": energies,
    }
    print(f"energy {result['energy']:.6f}, exact ground energy {result['ground_energy']:.6f}")
    return result
