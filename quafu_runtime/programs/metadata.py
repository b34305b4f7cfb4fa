"""The metadata of a program, from a mapping, a JSON file or keyword arguments, and checked before anything is sent."""

import difflib
import json
import math
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, Self

from attrs import fields_dict, frozen

from quafu_runtime.errors import ArgumentError


@frozen
class ProgramMetadata:
    """What a program is called, and how it is to be run; None where nothing was said.

    Attributes:
        name: The name, unique among one user's programs.
        backend: The backend that the program runs on unless a run names another.
        group: The group that the program belongs to.
        description: A text for people.
        max_execution_time: Seconds that a run of the program may take.
        is_public: Whether other users see the program and may run it.
    """

    name: str | None = None
    backend: str | None = None
    group: str | None = None
    description: str | None = None
    max_execution_time: float | None = None
    is_public: bool | None = None

    @classmethod
    def parse(
        cls,
        metadata: "Mapping[str, Any] | ProgramMetadata | str | os.PathLike[str] | None" = None,
        **keywords: Any,
    ) -> Self:
        """Gather the metadata of a program.

        Args:
            metadata: A mapping, or the path of a JSON file with an object.
            **keywords: The same keys as arguments; one that is not None wins over the same key of `metadata`.

        Returns:
            The metadata, each value of its type.

        Raises:
            ArgumentError: A key is unknown, a value is not of the type that it should be, or the file cannot be read.
        """
        values = {**_mapping(metadata), **{key: value for key, value in keywords.items() if value is not None}}
        for key in values:
            _check_key(key)
        return cls(**{key: _CHECKS[key](key, value) for key, value in values.items() if value is not None})

    def given(self) -> dict[str, Any]:
        """The keys that something was said about, with their values."""
        return {key: getattr(self, key) for key in fields_dict(type(self)) if getattr(self, key) is not None}

    def wire(self) -> dict[str, Any]:
        """The same under the wire's own names: `cost` in seconds, and `is_public` as 0 or 1."""
        given = self.given()
        if "max_execution_time" in given:
            given["cost"] = given.pop("max_execution_time")
        if "is_public" in given:
            given["is_public"] = int(given["is_public"])
        return given


def check_seconds(key: str, value: object) -> float:
    """A time limit in seconds.

    Args:
        key: What the limit is called, for the message.
        value: The limit.

    Raises:
        ArgumentError: It is no finite number above 0.
    """
    number = _plain_number(value)
    if number is not None and math.isfinite(number) and number > 0:
        return number
    return _fail(f"{key} is a number of seconds above 0, not {value!r}.")


def _mapping(metadata: object) -> Mapping[str, Any]:
    if metadata is None:
        return {}
    if isinstance(metadata, ProgramMetadata):
        return metadata.given()
    if isinstance(metadata, Mapping):
        return metadata
    if isinstance(metadata, (str, os.PathLike)):
        return _read(Path(metadata))
    return _fail(f"metadata is a mapping or the path of a JSON file, not of type {type(metadata).__name__}.")


def _read(path: Path) -> Mapping[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        _fail(f'The metadata file "{path}" is no JSON: line {error.lineno}, column {error.colno}: {error.msg}.')
    except UnicodeDecodeError:
        _fail(f'The metadata file "{path}" is not UTF-8.')
    except OSError as error:
        _fail(f'The metadata file "{path}" cannot be read: {error.strerror}.')
    except (ValueError, RecursionError):
        _fail(f'"{path}" is not the path of a metadata file.')
    if not isinstance(document, dict):
        _fail(f'The metadata file "{path}" has no object in it, with keys such as "name" and "backend".')
    return document


def _check_key(key: object) -> None:
    if key in _CHECKS:
        return
    known = ", ".join(_CHECKS)
    if key in _OTHER_NAMES:
        _fail(f"The metadata's key {key!r} is called max_execution_time here.")
    near = difflib.get_close_matches(str(key), _CHECKS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {known}."
    _fail(f"The metadata has an unknown key {key!r}: {hint}")


_OTHER_NAMES = frozenset({"max_cost_time", "cost"})


def _text(key: str, value: object) -> str:
    return str(value) if isinstance(value, str) else _fail(f"{key} is a text, not {value!r}.")


def _name(key: str, value: object) -> str:
    name = _text(key, value)
    return name if name.strip() else _fail("The name of a program has at least one character.")


def _flag(key: str, value: object) -> bool:
    number = _plain_number(value, bools=True)
    return bool(number) if number in {0, 1} else _fail(f"{key} is True, False, 1 or 0, not {value!r}.")


def _plain_number(value: object, *, bools: bool = False) -> float | None:
    """The value as a float, where it is a number (numpy's too); a bool is one only where that is said."""
    if isinstance(value, bool) and not bools:
        return None
    # numpy's scalars, without importing numpy.
    item = getattr(value, "item", None)
    plain = item() if type(value).__module__ == "numpy" and item else value
    try:
        return float(plain) if isinstance(plain, (int, float)) else None
    except OverflowError:
        return None


def _fail(message: str) -> NoReturn:
    raise ArgumentError(message) from None


_CHECKS: dict[str, Callable[[str, object], Any]] = {
    "name": _name,
    "backend": _text,
    "group": _text,
    "description": _text,
    "max_execution_time": check_seconds,
    "is_public": _flag,
}
