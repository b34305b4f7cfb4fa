"""A seed for each point of a map or a sweep, out of the one that was given."""

import hashlib

from quafu_runtime.errors import ArgumentError

_LARGEST = 2**63 - 1
"""The largest seed that a service takes."""


def point_seed(seed: int, index: int) -> int:
    """The seed of one point: the first 63 bits of SHA-256 of the text `"SEED/INDEX"`.

    So it is the same on every machine and with every number of points, and points that differ by 1 draw numbers that
    have nothing to do with one another.

    Args:
        seed: The seed of the whole: 0 to 2**63 - 1.
        index: The point's place among the params, counted from 0.

    Returns:
        0 to 2**63 - 1.

    Raises:
        ArgumentError: `seed` is no seed.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= _LARGEST:
        message = f"seed is an integer from 0 to 2**63 - 1, not {seed!r:.60}."
        raise ArgumentError(message)
    digest = hashlib.sha256(f"{seed}/{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
