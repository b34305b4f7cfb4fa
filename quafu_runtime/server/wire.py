"""How bodies are read and answers are written: strict JSON, bounded, in an envelope."""

import asyncio
import json
import math
from typing import Any, NoReturn, Protocol

from quafu_runtime_api.models import Failure
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

BAD_TOKEN = 201
"""The business code of a token that is not accepted. It is not success."""


LARGE = 256 * 1024
"""Bytes of a body that is decoded off the event loop: it takes milliseconds, in which nobody else is served."""


class Refusal(Exception):  # noqa: N818 - an answer, and no error of this program
    """An operation that is not done, for a reason that the caller is told.

    Attributes:
        code: The business code.
        message: The reason, for people.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BodyTooLargeError(Exception):
    """The body of a request is larger than it may be."""


class Answer(Protocol):
    """A model of the contract."""

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that goes on the wire."""
        ...


def envelope(answer: Answer) -> Response:
    """The HTTP answer that holds a model of the contract."""
    return JSONResponse(answer.to_dict())


def failure(refusal: Refusal, http_status: int = 200) -> Response:
    """The HTTP answer that says why an operation was not done."""
    body = Failure(status=refusal.code, msg=refusal.message)
    return JSONResponse(body.to_dict(), status_code=http_status)


async def read_body(request: Request, limit: int) -> bytes:
    """Read the body of a request, and stop where it grows too large.

    Raises:
        BodyTooLargeError: It is larger than `limit` bytes.
        starlette.requests.ClientDisconnect: The caller has gone.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        raise BodyTooLargeError
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise BodyTooLargeError
        chunks.append(chunk)
    return b"".join(chunks)


async def read_json(body: bytes) -> Any:
    """Read strict JSON: no NaN, no infinities, also none that come of a number too large.

    Raises:
        ValueError: It is no strict JSON, with the reason.
    """
    return _read_json(body) if len(body) < LARGE else await asyncio.to_thread(_read_json, body)


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        message = "it is nested too deeply"
        raise ValueError(message) from None


def _no_constant(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise ValueError(message)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        message = f"{text} is too large a number"
        raise ValueError(message)
    return number
