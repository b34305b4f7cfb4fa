"""What a caller's text must be to stand in a line or a table, and how long a job may last: checked at the door.

What a program is told (its params) and what people read by themselves (a description) may be any text.
"""

from collections.abc import Mapping
from typing import Any

from quafu_runtime.server.wire import Refusal

MOST_CHARACTERS = 200
"""Characters of a name."""

LONGEST = 366 * 24 * 3600
"""Seconds that a job may run at most: a year is more than any machine is promised, and every clock can count them."""


def check(arguments: Mapping[str, Any], code: int, *names: str) -> None:
    """Check the texts among checked arguments.

    Args:
        arguments: The arguments of an operation.
        code: The business code where one is refused.
        names: The arguments that are such a text, or a list of them.

    Raises:
        Refusal: One is too long, holds a character that is not for print, or is a program's name with a slash.
    """
    for name in names:
        given = arguments.get(name) or []
        for text in given if isinstance(given, list) else [given]:
            fault = _fault(name, text)
            if fault is not None:
                raise Refusal(code, f"The argument {name} {fault}")


def lasts_too_long(seconds: float | None) -> bool:
    """Whether a maximum execution time is beyond every clock."""
    return seconds is not None and seconds > LONGEST


def _fault(name: str, text: str) -> str | None:
    if len(text) > MOST_CHARACTERS:
        return f"has more than {MOST_CHARACTERS} characters."
    if not text.isprintable():
        at = next(each for each in text if not each.isprintable())
        return f"holds the character {ascii(at)[1:-1]}, which is not for print."
    if name == "name" and "/" in text:
        # Somebody could publish "alice/vqe", which is how Alice's program vqe is asked for.
        return "holds a slash: owner/name says whose program is meant."
    if name == "name" and text != text.strip():
        return "begins or ends with a space, which nobody sees."
    return None
