"""Arguments, checked before anything is sent: an error names the argument and what it may be."""

import math

from quafu_runtime.errors import ArgumentError


def positive_seconds(value: float, name: str) -> float:
    """A duration that is longer than nothing.

    Raises:
        ArgumentError: It is none.
    """
    if not _is_number(value) or not 0.0 < value < math.inf:
        message = f"{name} is a number of seconds above 0, not {value!r:.60}."
        raise ArgumentError(message)
    return float(value)


def timeout_seconds(value: float | None) -> float | None:
    """A time-out: a duration of 0 or more, or None for no limit.

    Raises:
        ArgumentError: It is none of these.
    """
    if value is None or (_is_number(value) and value == math.inf):
        return None
    if not _is_number(value) or not value >= 0.0:
        message = f"timeout is a number of seconds from 0, or None to wait as long as it takes, not {value!r:.60}."
        raise ArgumentError(message)
    return float(value)


def count(value: object, name: str) -> int:
    """A number of things.

    Raises:
        ArgumentError: It is no integer, or below 0.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        message = f"{name} is an integer from 0, not {value!r:.60}."
        raise ArgumentError(message)
    return value


def positive_count(value: object, name: str) -> int:
    """A number of things of which there is at least one.

    Raises:
        ArgumentError: It is no integer, or below 1.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"{name} is an integer from 1, not {value!r:.60}."
        raise ArgumentError(message)
    return value


def identifier(value: object, name: str) -> str:
    """An id, or a name that stands in its place.

    Raises:
        ArgumentError: It is no text, or an empty one.
    """
    if not isinstance(value, str) or not value.strip():
        message = f"{name} is a text, not {value!r:.60}."
        raise ArgumentError(message)
    return value


def job_identifier(value: object) -> str:
    """A job's id, which also travels as a header field.

    Raises:
        ArgumentError: It is no text, or has characters that no id has.
    """
    text = identifier(value, "job_id")
    if not text.isascii() or not text.isprintable() or " " in text:
        message = f"job_id is the id that run() gave, without spaces, not {value!r:.60}."
        raise ArgumentError(message)
    return text


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
