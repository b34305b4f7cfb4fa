"""How to run a program, and what to know the job by: checked before anything is sent."""

from collections.abc import Iterable
from typing import TypeGuard

from attrs import field, frozen

from quafu_runtime._client.keys import key_or_new
from quafu_runtime.errors import ArgumentError
from quafu_runtime.programs.metadata import check_seconds

_LARGEST_SEED = 2**63 - 1
_LONGEST_LABEL = 200
_MOST_TAGS = 20
_LONGEST_TAG = 100
_MOST_ATTEMPTS = 100
"""What the contract allows: characters of a label, tags of a job, characters of a tag, runs of a job."""


def _label(label: object) -> str | None:
    if label is None or _is_text(label, _LONGEST_LABEL):
        return label
    message = f"label is a text of 1 to {_LONGEST_LABEL} characters, not {_shown(label)}."
    raise ArgumentError(message)


def _tags(tags: object) -> tuple[str, ...]:
    if isinstance(tags, str | bytes) or not isinstance(tags, Iterable):
        message = f'tags are several texts, such as tags=["h2", "sto-3g"], not {_shown(tags)}.'
        raise ArgumentError(message)
    found = tuple(dict.fromkeys(checked_tag(tag) for tag in tags))
    if len(found) > _MOST_TAGS:
        message = f"tags are up to {_MOST_TAGS} texts, not {len(found)}."
        raise ArgumentError(message)
    return found


def checked_tag(tag: object) -> str:
    """A tag of a job.

    Raises:
        ArgumentError: It is no text of 1 to 100 characters.
    """
    if _is_text(tag, _LONGEST_TAG):
        return tag
    message = f"tags are texts of 1 to {_LONGEST_TAG} characters each, not {_shown(tag)}."
    raise ArgumentError(message)


def _seed(seed: object) -> int | None:
    if seed is None:
        return None
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= _LARGEST_SEED:
        message = f"seed is an integer from 0 to 2**63 - 1, not {seed!r:.60}."
        raise ArgumentError(message)
    return int(seed)


def _seconds(limit: object) -> float | None:
    return None if limit is None else check_seconds("max_execution_time", limit)


def _attempts(number: object) -> int | None:
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= _MOST_ATTEMPTS:
        message = f"max_attempts is how often the job may be run in all, 1 to {_MOST_ATTEMPTS}, not {number!r:.60}."
        raise ArgumentError(message)
    return int(number)


def _is_text(value: object, longest: int) -> TypeGuard[str]:
    """Whether it is a text with something in it, which UTF-8 can hold."""
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _shown(value: object) -> str:
    return f"one of {len(value):,} characters" if isinstance(value, str) and value.strip() else f"{value!r:.60}"


@frozen
class Options:
    """How to run a program.

    Attributes:
        backend: The backend of this job; None for the program's own.
        seed: What makes the job repeatable; None to let the service draw one.
        max_execution_time: Seconds of running that it may take; None for the program's own limit.
        label: A text to know the job by.
        tags: Texts to find it by, each once.
        idempotency_key: What makes a second submission the same as the first; one is drawn where none is given.
        max_attempts: How often it may be run in all, where the process that runs it is lost; None for once.

    Raises:
        ArgumentError: One of them is ill-formed.
    """

    backend: str | None = None
    seed: int | None = field(default=None, converter=_seed)
    max_execution_time: float | None = field(default=None, converter=_seconds)
    label: str | None = field(default=None, converter=_label)
    tags: tuple[str, ...] = field(default=(), converter=_tags)
    idempotency_key: str = field(default=None, converter=key_or_new)
    max_attempts: int | None = field(default=None, converter=_attempts)
