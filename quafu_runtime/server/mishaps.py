"""What a caller is told when it is not the caller's fault: the store refuses, or there is a fault in the service.

A store that refuses, because the disk is full for example, has changed nothing, and may be well a little later.
"""

import logging
import secrets

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quafu_runtime.server.wire import Refusal, failure

UNAVAILABLE = 503
FAULT = 500

STORE_PAUSE = 5
"""Seconds after which a caller should ask a store that refused once more."""

_log = logging.getLogger(__name__)


class Mishaps:
    """Answers in the envelope whatever goes wrong behind it, and tells the reason to the log alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, and answer in its place where it fails."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except ClientDisconnect:
            return  # nobody is there to be told
        except Exception as error:
            refusal = _refusal(error)
            if started:
                raise  # half an answer has gone: the connection is broken off, which no reader takes for the whole
            await failure(refusal)(scope, receive, send)


def _refusal(error: Exception) -> Refusal:
    if isinstance(error, DBAPIError | NoConnectionError):
        _log.warning("The store refused: %s", error.orig if isinstance(error, DBAPIError) else error)
        message = "The service cannot use its store just now, and has changed nothing. Try again later."
        return Refusal(UNAVAILABLE, message, http=UNAVAILABLE, retry_after=STORE_PAUSE)
    request_id = secrets.token_hex(8)
    _log.exception("The request %s failed.", request_id, exc_info=error)
    message = f"The service has failed at this request. Its log says why, under the request id {request_id}."
    return Refusal(FAULT, message, http=FAULT)
