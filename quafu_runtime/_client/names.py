"""Which program somebody may have meant: the end of the message that a program was not found."""

import difflib
from collections.abc import Sequence

_SHOWN = 8
"""Names in a message: enough to find one's own, few enough to read."""

_ALIKE = 0.5
"""How alike two names are, from 0 to 1, for one to be meant for the other: a slip of a few letters."""


def nearby(wanted: str, names: Sequence[str]) -> str:
    """A sentence with the names that there are, the most similar first.

    Args:
        wanted: What was asked for.
        names: The names that there are.
    """
    if not names:
        return "There is no program yet: upload one with upload_program()."
    alike = difflib.get_close_matches(wanted, names, n=_SHOWN, cutoff=_ALIKE)
    ordered = list(dict.fromkeys([*alike, *names]))
    more = f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else ""
    return f"Programs of yours and public ones: {', '.join(ordered[:_SHOWN])}{more}."
