"""Numbers of bytes, as people read and write them."""

import re

_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_WRITTEN = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[kKMGT]?)(?P<binary>i?)B?")


def show_bytes(number: int) -> str:
    """A number of bytes, such as `512 B`, `16 MiB` or `4.5 GiB`."""
    for name, size in reversed(_UNITS.items()):
        if number >= size:
            text = f"{number / size:,.1f}".removesuffix(".0")
            return f"{text} {name}"
    return f"{number} B"


def read_bytes(text: str) -> int:
    """Read a number of bytes.

    Args:
        text: Such as `512MB`, `4 GiB` or `1000`; a `GB` has 10^9 bytes, a `GiB` or `G` has 2^30.

    Raises:
        ValueError: It is none.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        message = f"{text!r} is no size such as 512MB or 4GiB."
        raise ValueError(message)
    exponent = " KMGT".index(found["unit"].upper() or " ")
    is_decimal = text.strip().endswith("B") and not found["binary"]
    return int(float(found["number"]) * (1000 if is_decimal else 1024) ** exponent)
