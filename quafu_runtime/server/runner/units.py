"""Numbers of bytes, as people read them."""

_UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def show_bytes(number: int) -> str:
    """A number of bytes, such as `512 B`, `16 MiB` or `4.5 GiB`."""
    for name, size in reversed(_UNITS.items()):
        if number >= size:
            text = f"{number / size:,.1f}".removesuffix(".0")
            return f"{text} {name}"
    return f"{number} B"
