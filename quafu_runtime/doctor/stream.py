"""The WebSocket: whether a stream can be opened, and with which sub-protocol."""

import warnings
from collections.abc import Iterator

from websockets.exceptions import WebSocketException

from quafu_runtime._client.excerpts import message_of_json, service_text
from quafu_runtime._client.known import EVENTS
from quafu_runtime._client.sockets import Handshake, try_handshake
from quafu_runtime._client.stream import SUBPROTOCOL
from quafu_runtime._client.transport.addresses import origin_of
from quafu_runtime._client.transport.proxies import by_way_of
from quafu_runtime.account import Credentials
from quafu_runtime.doctor.finding import Finding, fail, ok, warn
from quafu_runtime.doctor.way import broken_tls
from quafu_runtime.errors import ClearTextWarning, ConnectionFailedError

_CHECK = "websocket"
_NO_JOB = "0" * 32
"""An id that no job has: a handshake that names it shows whether streams are there, and disturbs none."""

_OPEN, _UNAUTHORIZED, _NOT_FOUND = 101, 401, 404
_OF_URL = "see to the account's ws_url, and whether a proxy on the way lets WebSockets through"


def of_the_stream(
    credentials: Credentials, features: frozenset[str], job_id: str | None, timeout: float
) -> Iterator[Finding]:
    """Try the handshake of a stream.

    Args:
        credentials: Whose stream it would be.
        features: What the service has announced.
        job_id: A job of the user's, or None where none is known.
        timeout: Seconds for the handshake.
    """
    url = credentials.ws_url
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ClearTextWarning)
            made = try_handshake(credentials, job_id or _NO_JOB, timeout)
    except ConnectionFailedError as error:
        yield fail(_CHECK, error.message, "mend the variable, or unset it")
    except (OSError, EOFError, WebSocketException) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        message = f"No stream can be opened at {origin_of(url)}: {why}{by_way_of(url)}."
        yield broken_tls(_CHECK, url, error) or fail(_CHECK, message, _OF_URL)
    else:
        yield _of_handshake(made, credentials, features)


def _of_handshake(made: Handshake, credentials: Credentials, features: frozenset[str]) -> Finding:
    where = origin_of(credentials.ws_url)
    if made.status == _OPEN:
        return _of_subprotocol(made.subprotocol, where, features)
    if made.status == _NOT_FOUND and message_of_json(made.body) is not None:
        return ok(_CHECK, f"Streams are served at {where}: the handshake reaches the service.")
    said = service_text(made.body, credentials.token)
    says = f' It says: "{said}"' if said else ""
    if made.status == _UNAUTHORIZED:
        message = f"The stream at {where} does not accept the token, which came from {credentials.source}.{says}"
        return fail(_CHECK, message, f"get a current token, and {credentials.remedy}")
    message = f"What answers at {where} opens no stream: HTTP status {made.status}.{says}"
    return fail(_CHECK, message, _OF_URL)


def _of_subprotocol(chosen: str | None, where: str, features: frozenset[str]) -> Finding:
    if chosen == SUBPROTOCOL:
        return ok(_CHECK, f"A stream can be opened at {where}, with {SUBPROTOCOL}: nothing is missed after a break.")
    if EVENTS in features:
        message = f"A stream can be opened at {where}, without {SUBPROTOCOL}, which the service has."
        return warn(_CHECK, message, "see whether a proxy on the way drops the header Sec-WebSocket-Protocol")
    return ok(_CHECK, f"A stream can be opened at {where}; what is published during a break is not sent again.")
