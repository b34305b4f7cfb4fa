"""What all endpoints share: the mark of an absent field, and how an answer is read."""

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeAlias, TypeVar, final

from attrs import frozen

from .errors import MalformedBody, UnexpectedStatus, excerpt

if TYPE_CHECKING:
    import httpx

__all__ = ["UNSET", "Readers", "Response", "Unset", "first_that_fits", "read"]


@final
class Unset:
    """The type of `UNSET`."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> str:
        """Pickle and copy as the one `UNSET` there is, since fields are compared with it by identity."""
        return "UNSET"


UNSET = Unset()
"""Stands in a field that is absent, which is not the same as null."""

T = TypeVar("T")

Readers: TypeAlias = Mapping[str, Callable[[Mapping[str, Any]], T]]
"""How each of some classes, by name, is read from a JSON object."""


@frozen
class Response(Generic[T]):
    """An answer, whatever its HTTP status.

    Attributes:
        status_code: The HTTP status.
        content: The body as it came.
        headers: The headers, by names in any case.
        parsed: What the body holds, or None where the contract does not know the HTTP status.
    """

    status_code: int
    content: bytes
    headers: Mapping[str, str]
    parsed: T | None

    def answer(self) -> T:
        """What the body holds.

        Raises:
            UnexpectedStatus: The contract does not know the HTTP status.
        """
        if self.parsed is None:
            raise UnexpectedStatus(self.status_code, self.content)
        return self.parsed


def read(response: "httpx.Response", parse: Callable[[object], T], *, status_code: int) -> Response[T]:
    """Read an answer whose body has arrived.

    Args:
        response: The answer.
        parse: Makes the value of the decoded body.
        status_code: The HTTP status that the contract knows.

    Returns:
        The answer, parsed where it has that HTTP status.

    Raises:
        MalformedBody: It has that HTTP status, and its body is no JSON or none that the contract knows.
    """
    parsed = parse(_decoded(response.content)) if response.status_code == status_code else None
    return Response(response.status_code, response.content, response.headers, parsed)


def first_that_fits(body: object, readers: Readers[T]) -> T:
    """Read a decoded body into the first of some classes that takes it.

    Args:
        body: The decoded body.
        readers: The classes, in the order in which they are tried.

    Returns:
        An object of one of them.

    Raises:
        MalformedBody: None of them takes it.
    """
    if not isinstance(body, dict):
        message = f"The body is no JSON object but {excerpt(repr(body).encode(errors='replace'))}."
        raise MalformedBody(message)
    reasons = []
    for name, reader in readers.items():
        try:
            return reader(body)
        except KeyError as error:
            reasons.append(f"no {name}, since {error.args[0]!r} is missing")
        except (AttributeError, TypeError, ValueError) as error:
            reasons.append(f"no {name}, since {error}")
    message = f"The body is {', and '.join(reasons)}."
    raise MalformedBody(message)


def _decoded(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        message = f"The body is no JSON: it is {excerpt(content)}."
        raise MalformedBody(message) from error
