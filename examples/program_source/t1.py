"""The T1 of a qubit: excited, left alone for longer and longer, and the decay fitted to what is measured.

The waiting is made of identity gates. Run it on the backend `local-noisy`: on an exact one nothing decays.

Params: `longest` wait in microseconds (90), `points` (16), `shots` of each (2000), `backend` ("local-noisy").
Result: `t1` and its standard `error`, in microseconds; `documented`, what the backend says of itself, or None; `times`
in microseconds and `populations` of the state 1, as arrays; `plot`, a PNG image as bytes, which the job's own folder has
as well, as t1.png.
"""

from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from quafu import QuantumCircuit

IDENTITY_NS = 30
"""How long an identity gate takes, where the backend does not say."""


def population(task, identities):
    """The measured probability of 1 after so many identity gates."""
    circuit = QuantumCircuit(1)
    circuit.x(0)
    for _ in range(identities):
        circuit.id(0)
    circuit.measure()
    return task.send(circuit, wait=True).probabilities.get("1", 0.0)


def decay(times, t1):
    """How a population decays."""
    return np.exp(-times / t1)


def fit(times, populations, shots):
    """Least squares of `low + height * decay`: a search over T1, the other two by linear algebra, and T1's error."""

    def solved(t1):
        basis = np.stack([np.ones_like(times), decay(times, t1)], axis=1)
        coefficients = np.linalg.lstsq(basis, populations, rcond=None)[0]
        return np.sum((basis @ coefficients - populations) ** 2), coefficients

    candidates = times[-1] * np.geomspace(0.02, 20, 61)
    for _ in range(6):
        best = min(range(len(candidates)), key=lambda index: solved(candidates[index])[0])
        low, high = candidates[max(best - 1, 0)], candidates[min(best + 1, len(candidates) - 1)]
        t1, candidates = candidates[best], np.linspace(low, high, 21)
    floor, height = solved(t1)[1]
    slopes = np.stack([np.ones_like(times), decay(times, t1), height * times / t1**2 * decay(times, t1)], axis=1)
    spread = np.sqrt(np.clip(populations * (1 - populations), 1e-3, None) / shots)
    weighted = np.linalg.pinv(slopes) * spread
    return float(t1), float(np.sqrt((weighted[2] ** 2).sum())), floor + height * decay(times, t1)


def plot(times, populations, fitted, label):
    """Points, and the fitted decay, as a PNG image."""
    figure, axes = plt.subplots()
    axes.plot(times, populations, "o", label="measured")
    axes.plot(times, fitted, label=label)
    axes.set_xlabel("wait (µs)")
    axes.set_ylabel("population of 1")
    axes.legend()
    image = BytesIO()
    figure.savefig(image, format="png")
    plt.close(figure)
    return image.getvalue()


def run(task, userpub, params):
    """Excite, wait, measure, fit and plot."""
    options = params if isinstance(params, dict) else {}
    shots = options.get("shots", 2000)
    task.config(backend=options.get("backend", "local-noisy"), shots=shots)
    noise = task.get_backend_info()["full_info"].get("noise", {})
    identity = noise.get("one_qubit_gate_ns", IDENTITY_NS) / 1000

    counts = np.linspace(0, options.get("longest", 90) / identity, options.get("points", 16)).round().astype(int)
    times = counts * identity
    populations = np.array([population(task, int(count)) for count in counts])
    t1, error, fitted = fit(times, populations, shots)
    print(f"T1 = {t1:.2f} ± {error:.2f} µs")
    image = plot(times, populations, fitted, f"T1 = {t1:.2f} µs")
    Path("t1.png").write_bytes(image)
    documented = noise["t1_ns"] / 1000 if noise else None
    return {
        "t1": t1,
        "error": error,
        "documented": documented,
        "times": times,
        "populations": populations,
        "plot": image,
    }
