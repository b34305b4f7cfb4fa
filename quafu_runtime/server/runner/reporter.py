"""Sends what a runner has to say to the service: one request at a time, in a thread of its own, until it is answered.

A connection that the service has closed is opened again, and what failed is sent again: the service knows by the
attempt and the numbers of the events what it has already. Where another service has taken the place of the first, it is
found by the file in which it says where it is. Only the runner decides to give up.
"""

import contextlib
import http.client
import json
import os
import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from quafu_runtime.server.runner.linux import take_precedence

REQUEST_TIMEOUT = 30.0
"""Seconds for the service to answer, before the request is sent again on a new connection."""

DESK = "Runtime-Desk"
"""The header that a service puts on each answer to a runner. Where a service was, something else may listen now, whose
answers mean nothing."""

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.5
"""Seconds between two tries: a service that is about to close its connections is there again at once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said.

    Attributes:
        fenced: The attempt is not the service's any more: nothing more is to be said or done.
        data: The body of the answer.
    """

    fenced: bool
    data: Mapping[str, Any]


class Reporter:
    """The line of one attempt to the service.

    Args:
        answered: Called, in the reporter's thread, when there is an answer to take.
    """

    def __init__(self, answered: Callable[[], None]) -> None:
        self._answered = answered
        self._requests: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self.is_busy = False
        self.heard_at = 0.0
        """When the service has answered last, whatever it said, by the monotonic clock; 0 where it never has."""
        threading.Thread(target=self._serve, name="reporter", daemon=True).start()

    def connect(self, url: str, token: str, address_file: str | None = None) -> None:
        """Say whom to report to, before the first request. Nothing is sent yet.

        Args:
            url: The base URL of the attempt.
            token: The token of the attempt.
            address_file: Where a service that takes the place of this one says how it is reached, or None.
        """
        self._connection = _connection_to(url)
        self._path = urlsplit(url).path
        self._address_file = None if address_file is None else Path(address_file)
        self._headers = {"attempt_token": token, "Content-Type": "application/json;charset=UTF-8"}

    def post(self, operation: str, body: str) -> None:
        """Send a request. The one before has been answered, and its answer taken.

        Args:
            operation: What is said: `started`, `events` or `finished`.
            body: JSON.
        """
        self.is_busy = True
        self._requests.put((operation, body))

    def take_answer(self) -> Answer | None:
        """Take the answer to the request; None where there is none yet."""
        try:
            answer = self._answers.get_nowait()
        except queue.Empty:
            return None
        self.is_busy = False
        return answer

    def _serve(self) -> NoReturn:
        _rehearse()
        take_precedence()  # the runner, which takes it too, must not wait for this thread
        while True:
            operation, body = self._requests.get()
            # An error's text may hold halves of characters, which no store takes.
            self._answers.put(self._ask(operation, body.encode(errors="replace")))
            self._answered()

    def _ask(self, operation: str, body: bytes) -> Answer:
        pause = 0.0
        is_there = True
        while True:
            if is_there:
                try:
                    status, data = self._try(operation, body)
                except (OSError, http.client.HTTPException, ValueError):
                    self._connection.close()
                else:
                    self.heard_at = time.monotonic()
                    if status == HTTPStatus.OK:
                        return Answer(fenced=False, data=data)
                    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
                        return Answer(fenced=True, data=data)
            # The first try again is at once: a service closes a connection that has been idle.
            time.sleep(pause)
            pause = min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
            is_there = self._address_file is None or self._find_service(self._address_file)

    def _find_service(self, address_file: Path) -> bool:
        """Turn to the service that runs now. Returns False where there is none: nobody else is to see the token."""
        try:
            address = json.loads(address_file.read_text(encoding="utf-8"))
            os.kill(address["pid"], 0)
            new = _connection_to(address["runners_url"])
        except (OSError, OverflowError, ValueError, KeyError, TypeError):
            return False
        if (new.host, new.port) != (self._connection.host, self._connection.port):
            self._connection.close()
            self._connection = new
        return True

    def _try(self, operation: str, body: bytes) -> tuple[int, Mapping[str, Any]]:
        self._connection.request("POST", f"{self._path}/{operation}", body, self._headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.getheader(DESK) is None:
            message = "This is no answer of a runtime service."
            raise ValueError(message)
        if response.status != HTTPStatus.OK:
            return response.status, {}
        data = json.loads(text)
        if not isinstance(data, dict):
            message = "The service's answer is not a JSON object."
            raise ValueError(message)  # noqa: TRY004 - it is the answer that is wrong, and it is asked for again
        return response.status, data


def _connection_to(url: str) -> http.client.HTTPConnection:
    address = urlsplit(url)
    host, port = address.hostname or "", address.port or http.client.HTTP_PORT
    return http.client.HTTPConnection(host, port, timeout=REQUEST_TIMEOUT)


def _rehearse() -> None:
    """Talk to nobody once, for the reason that `program` gives for its own rehearsal."""
    ours, theirs = socket.socketpair()
    with theirs, contextlib.closing(http.client.HTTPConnection("localhost")) as connection:
        connection.sock = ours
        theirs.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        connection.request("POST", "/", b"{}", {"Content-Type": "application/json"})
        json.loads(connection.getresponse().read())
