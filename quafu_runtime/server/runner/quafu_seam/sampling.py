"""Counts drawn from an exact distribution with the job's own generator: equal seeds give equal counts."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint8]
"""One row a shot, one column a character of a counts key."""

SHOTS_AT_ONCE = 1_000_000
"""More than these are drawn in portions, so that a job's memory does not grow with its shots."""

_ZERO = np.uint8(ord("0"))


def portions(shots: int, each: int = SHOTS_AT_ONCE) -> Iterator[int]:
    """Split a number of shots.

    Args:
        shots: How many in all.
        each: The most in one portion.

    Yields:
        Portions that add up to it.
    """
    for start in range(0, shots, each):
        yield min(each, shots - start)


def probabilities_of(state: NDArray[np.complex128]) -> NDArray[np.float64]:
    """The probability of each basis state, by its index, in one array beside the state."""
    probabilities: NDArray[np.float64] = np.square(state.real)
    probabilities += np.square(state.imag)
    return probabilities


def drawn(cumulative: NDArray[np.float64], shots: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw indices by inverting the cumulative sum of their probabilities.

    Args:
        cumulative: The sum up to each index; the last one need not be exactly one.
        shots: How many to draw.
        generator: The job's.

    Returns:
        One index a shot.
    """
    last = np.searchsorted(cumulative, cumulative[-1])  # the highest index that has a probability at all
    indices = np.searchsorted(cumulative, generator.random(shots) * cumulative[-1], side="right")
    within: NDArray[np.int64] = np.minimum(indices, last)
    return within


def bits_of(indices: NDArray[np.int64], readout: Sequence[int | None]) -> Bits:
    """The measured bits of basis states.

    Args:
        indices: Of basis states, qubit 0 being the lowest bit.
        readout: The qubit of each column, or None for a column of zeros.

    Returns:
        A row for each index.
    """
    rows = np.zeros((len(indices), len(readout)), dtype=np.uint8)
    for column, qubit in enumerate(readout):
        if qubit is not None:
            rows[:, column] = (indices >> qubit) & 1
    return rows


def counted(rows: Bits) -> dict[str, int]:
    """Count equal rows.

    Args:
        rows: Of bits, a row a shot.

    Returns:
        How often each row occurs, by its bits as text, in ascending order.
    """
    values, counts = np.unique(_keys(rows), return_counts=True)
    return {key.decode("ascii"): int(count) for key, count in zip(values, counts, strict=True)}


def added(parts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Add up counts.

    Args:
        parts: Counts of portions of the shots.

    Returns:
        Their sum, in ascending order of the keys.
    """
    total: dict[str, int] = {}
    for part in parts:
        for key, count in part.items():
            total[key] = total.get(key, 0) + count
    return dict(sorted(total.items()))


def sampled(
    state: NDArray[np.complex128], readout: Sequence[int | None], shots: int, generator: np.random.Generator
) -> dict[str, int]:
    """Measure a state many times.

    Args:
        state: Little-endian: qubit 0 is the lowest bit of an index.
        readout: The qubit of each character of a key, or None for one that is always 0.
        shots: How many times.
        generator: The job's.

    Returns:
        How often each outcome occurs.
    """
    probabilities = probabilities_of(state)
    cumulative = np.cumsum(probabilities, out=probabilities)
    return added(_measured(drawn(cumulative, part, generator), readout) for part in portions(shots))


def _measured(indices: NDArray[np.int64], readout: Sequence[int | None]) -> dict[str, int]:
    """Count outcomes; numbers first, since numpy sorts them much faster than texts."""
    values, counts = np.unique(indices, return_counts=True)
    keys = _keys(bits_of(values, readout))
    return added({key.decode("ascii"): int(count)} for key, count in zip(keys, counts, strict=True))


def _keys(rows: Bits) -> NDArray[np.bytes_]:
    if not rows.shape[1]:
        return np.zeros(len(rows), dtype="S1")
    return np.ascontiguousarray(rows + _ZERO).view(f"S{rows.shape[1]}").ravel()
