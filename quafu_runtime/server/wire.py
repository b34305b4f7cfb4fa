"""How bodies are read and answers are written: strict JSON, bounded, in an envelope."""

import asyncio
import json
import math
import re
from collections import Counter
from typing import Any, NoReturn, Protocol

from attrs import frozen
from quafu_runtime_api.models import Failure
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

BAD_TOKEN = 201
"""The business code of a token that is not accepted. It is not success."""

TOO_SLOW = 408
"""The HTTP status of a request that did not come in time."""

LARGE = 256 * 1024
"""Bytes of a body that is decoded off the event loop: it takes milliseconds, in which nobody else is served."""


MAX_DEPTH = 200
"""Lists and objects within each other. Python reads some hundreds more, and it depends on who called whom how many."""

_SHOWN = 64
"""Characters of what a caller gave that a message repeats."""

_HALF_OF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")

_BRACKETS_ALIKE = bytes.maketrans(b"{}", b"[]")
_NO_MARKS = bytes(set(range(256)) - set(b'[]{}"'))


class NotStrictError(ValueError):
    """A body is JSON of a kind that not every reader takes, or none at all; the message says why."""


class Refusal(Exception):  # noqa: N818 - an answer, and no error of this program
    """An operation that is not done, for a reason that the caller is told.

    Attributes:
        code: The business code.
        message: The reason, for people.
        http: The HTTP status: 200, where it is the operation that is refused, and not any request of the caller's.
        retry_after: Seconds after which the same request may do better, or None where waiting does not help.
    """

    def __init__(self, code: int, message: str, *, http: int = 200, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.http = http
        self.retry_after = retry_after


def too_much(code: int, message: str, retry_after: int | None = None) -> Refusal:
    """What a caller is told who asks for more than one may have: the code is the HTTP status as well."""
    return Refusal(code, message, http=code, retry_after=retry_after)


@frozen
class Pace:
    """How fast a body must come.

    Attributes:
        grace: Seconds that it may take however small it is.
        bytes_a_second: How many bytes each second after that must have brought.
    """

    grace: float
    bytes_a_second: float


class BodyTooLargeError(Exception):
    """The body of a request is larger than it may be."""


class BodyTooSlowError(Exception):
    """The body of a request comes so slowly that nobody waits for it any more."""


class Answer(Protocol):
    """A model of the contract."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that goes on the wire."""
        ...


def envelope(answer: Answer) -> Response:
    """The HTTP answer that holds a model of the contract."""
    return JSONResponse(answer.to_dict())


def failure(refusal: Refusal) -> Response:
    """The HTTP answer that says why an operation was not done."""
    body = Failure(status=refusal.code, msg=refusal.message)
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    if refusal.http == TOO_SLOW:
        headers["Connection"] = "close"  # nobody waits for the rest of the request
    return JSONResponse(body.to_dict(), status_code=refusal.http, headers=headers)


async def read_body(request: Request, limit: int, pace: Pace | None = None) -> bytes:
    """Read the body of a request, and stop where it grows too large or comes too slowly.

    Args:
        request: The request.
        limit: How many bytes it may have.
        pace: How fast it must come, or None for as slowly as it likes.

    Raises:
        BodyTooLargeError: It is larger than `limit` bytes.
        BodyTooSlowError: It comes more slowly than `pace`.
        starlette.requests.ClientDisconnect: The caller has gone.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        raise BodyTooLargeError
    began = asyncio.get_running_loop().time()
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(None) as patience:
            if pace is not None:
                patience.reschedule(began + pace.grace)
            async for chunk in request.stream():
                size += len(chunk)
                if size > limit:
                    raise BodyTooLargeError
                chunks.append(chunk)
                if pace is not None:
                    patience.reschedule(began + pace.grace + size / pace.bytes_a_second)
    except TimeoutError:
        raise BodyTooSlowError from None
    return b"".join(chunks)


def shown(text: str) -> str:
    """What a caller gave, as a message repeats it: not the whole of a long text, and nothing that a terminal obeys."""
    start = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in start)


async def read_json(body: bytes) -> Any:
    """Read strict JSON: no NaN, no infinities, no name twice, and no more depth and digits than every reader takes.

    Raises:
        NotStrictError: It is no strict JSON, with the reason.
    """
    return _read_json(body) if len(body) < LARGE else await asyncio.to_thread(_read_json, body)


async def read_storable_json(body: bytes) -> Any:
    """Read strict JSON in which each text is one that UTF-8 can hold.

    Raises:
        NotStrictError: It is none, with the reason.
    """
    decoded = await read_json(body)
    if _HALF_OF_A_PAIR.search(body):
        await asyncio.to_thread(_refuse_halves, decoded)
    return decoded


def _read_json(body: bytes) -> Any:
    if _is_too_deep(body):
        message = f"it is nested more than {MAX_DEPTH} levels deep"
        raise NotStrictError(message)
    try:
        return json.loads(
            body.decode(), parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_each_name_once
        )
    except RecursionError:
        reason = "it is nested too deeply"
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 (byte {error.start})"
    except json.JSONDecodeError as error:
        reason = str(error)
    except NotStrictError:
        raise
    except ValueError:
        reason = "a whole number in it has too many digits"
    raise NotStrictError(reason)


def _is_too_deep(body: bytes) -> bool:
    """Whether brackets are nested too deeply, those in texts left out: each round takes the innermost away."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return False
    marks = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_BRACKETS_ALIKE, _NO_MARKS)
    brackets = b"".join(marks.split(b'"')[::2])
    for _ in range(MAX_DEPTH):
        if b"[]" not in brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return b"[]" in brackets


def _refuse_halves(decoded: Any) -> None:
    try:
        json.dumps(decoded, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        message = "a text in it has half a surrogate pair, which UTF-8 cannot hold"
        raise NotStrictError(message) from None


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        message = f"the name {shown(twice)} comes twice in one object"
        raise NotStrictError(message)
    return made


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise NotStrictError(message)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        message = f"{shown(text)} is too large a number"
        raise NotStrictError(message)
    return number
