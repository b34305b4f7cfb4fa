"""Single fields of an answer, checked: the generated classes take whatever JSON holds."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from quafu_runtime_api.types import Unset

from quafu_runtime._client.answers import malformed
from quafu_runtime.status import JobStatus

_LONGEST_SHOWN = 60
"""Characters of a text that a message repeats."""


def text(value: object, name: str, operation: str) -> str:
    """A text that must be there.

    Raises:
        MalformedAnswerError: It is no text.
    """
    if not isinstance(value, str) or not value:
        malformed(operation, f"{name} is no text but {_shown(value)}.")
    return value


def optional_text(value: object, name: str, operation: str) -> str | None:
    """A text that may be missing or null.

    Raises:
        MalformedAnswerError: It is there, and no text.
    """
    if value is None or isinstance(value, str):
        return value
    return None if isinstance(value, Unset) else malformed(operation, f"{name} is no text but {_shown(value)}.")


def optional_number(value: object, name: str, operation: str) -> float | None:
    """A number that may be missing or null.

    Raises:
        MalformedAnswerError: It is there, and no number.
    """
    if value is None or isinstance(value, Unset):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        malformed(operation, f"{name} is no number but {_shown(value)}.")
    return value


def optional_integer(value: object, name: str, operation: str) -> int | None:
    """An integer that may be missing or null.

    Raises:
        MalformedAnswerError: It is there, and no integer.
    """
    number = optional_number(value, name, operation)
    if isinstance(number, float):
        malformed(operation, f"{name} is no integer but {_shown(value)}.")
    return number


def job_status(value: object, operation: str) -> JobStatus:
    """A job's status, by its number on the wire.

    Raises:
        MalformedAnswerError: No status has this number: nobody can know whether such a job goes on.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        with suppress(ValueError):
            return JobStatus.from_code(value)
    return malformed(operation, f"the job's status is {_shown(value)}; known are 0 to 4.")


def moment(value: object, name: str, operation: str) -> datetime | None:
    """A moment: an HTTP-date or ISO 8601, in UTC where it does not say; may be missing or null.

    Raises:
        MalformedAnswerError: It is there, and no moment.
    """
    written = optional_text(value, name, operation)
    if not written:
        return None
    from dateutil.parser import isoparse

    for read in (isoparse, parsedate_to_datetime):
        try:
            found = read(written)
        except ValueError:
            continue
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return malformed(operation, f"{name} is no moment but {_shown(value)}.")


def mapping(value: object, name: str, operation: str) -> Mapping[str, Any] | None:
    """A JSON object that may be missing or null.

    Raises:
        MalformedAnswerError: It is there, and no object.
    """
    if value is None or isinstance(value, Unset):
        return None
    inner = getattr(value, "additional_properties", value)
    if not isinstance(inner, dict):
        malformed(operation, f"{name} is no object but {_shown(value)}.")
    return inner


def texts(value: object, name: str, operation: str) -> tuple[str, ...]:
    """A list of texts that may be missing or null.

    Raises:
        MalformedAnswerError: It is there, and no list of texts.
    """
    if value is None or isinstance(value, Unset):
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        malformed(operation, f"{name} is no list of texts but {_shown(value)}.")
    return tuple(value)


def _shown(value: object) -> str:
    """A value in a message: whole or not at all, since a part of a token could not be found and hidden any more."""
    if isinstance(value, Unset):
        return "missing"
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        return f"a text of {len(value)} characters"
    return f"a {type(value).__name__}" if isinstance(value, dict | list) else repr(value)
