"""Rabi oscillations: a qubit driven for longer and longer, and the frequency fitted to what is measured.

Params: `frequency`, how fast the drive turns the qubit, in MHz (5), `longest` drive in microseconds (1), `points` (41),
`shots` of each (500).
Result: `frequency`, fitted, in MHz; `times` in microseconds and `populations` of the state 1, as arrays; `plot`, a PNG
image as bytes, which the job's own folder has as well, as rabi.png.
"""

from io import BytesIO
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from quafu import QuantumCircuit


def population(task, angle):
    """The measured probability of 1 after a rotation about x."""
    circuit = QuantumCircuit(1)
    circuit.rx(0, angle)
    circuit.measure()
    return task.send(circuit, wait=True).probabilities.get("1", 0.0)


def misfit(frequency, times, populations):
    """The squared distance of the data from the best oscillation of this frequency, and its three coefficients."""
    phases = 2 * np.pi * frequency * times
    basis = np.stack([np.ones_like(times), np.cos(phases), np.sin(phases)], axis=1)
    coefficients = np.linalg.lstsq(basis, populations, rcond=None)[0]
    return np.sum((basis @ coefficients - populations) ** 2), coefficients


def fit(times, populations):
    """The frequency that leaves the least misfit: a grid up to half the sampling rate, then finer and finer ones."""
    step = 0.1 / times[-1]
    candidates = np.arange(step, 0.5 / (times[1] - times[0]), step)
    for _ in range(4):
        best = min(candidates, key=lambda frequency: misfit(frequency, times, populations)[0])
        candidates = np.linspace(best - step, best + step, 21)
        step /= 10
    return float(best)


def plot(times, populations, frequency):
    """Points, and the fitted oscillation, as a PNG image."""
    fine = np.linspace(times[0], times[-1], 400)
    _, (mean, cosine, sine) = misfit(frequency, times, populations)
    phases = 2 * np.pi * frequency * fine
    figure, axes = plt.subplots()
    axes.plot(times, populations, "o", label="measured")
    axes.plot(fine, mean + cosine * np.cos(phases) + sine * np.sin(phases), label=f"{frequency:.3f} MHz")
    axes.set_xlabel("drive (µs)")
    axes.set_ylabel("population of 1")
    axes.legend()
    image = BytesIO()
    figure.savefig(image, format="png")
    plt.close(figure)
    return image.getvalue()


def run(task, userpub, params):
    """Drive, measure, fit and plot."""
    options = params if isinstance(params, dict) else {}
    driven = options.get("frequency", 5.0)
    times = np.linspace(0, options.get("longest", 1.0), options.get("points", 41))
    task.shots = options.get("shots", 500)

    populations = np.array([population(task, 2 * np.pi * driven * time) for time in times])
    frequency = fit(times, populations)
    print(f"driven with {driven} MHz, fitted {frequency:.4f} MHz")
    image = plot(times, populations, frequency)
    Path("rabi.png").write_bytes(image)
    return {"frequency": frequency, "times": times, "populations": populations, "plot": image}
