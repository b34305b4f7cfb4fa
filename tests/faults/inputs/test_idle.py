"""As many idle connections as this machine allows: the service answers meanwhile, and all its witnesses are there."""

import resource
import socket
import time
from contextlib import ExitStack

from tests.faults.inputs.target import Target
from tests.service_speaker import DEADLINE

WANTED = 10_000
OUR_OWN = 500
"""Descriptors that are kept for everything else, here and in the service."""

HALF = b"GET /runtime/programs HTTP/1.1\r\nHost: local"


def _room() -> int:
    return min(WANTED, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - OUR_OWN)


def test_ten_thousand_idle_connections_keep_nobody_from_being_served(target: Target) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(target.connected()) for _ in range(_room())]
        for each in idle[::2]:
            _say(each, HALF)
        began = time.monotonic()
        target.assert_unharmed()
        assert time.monotonic() - began < DEADLINE
    target.assert_unharmed()


def _say(connection: socket.socket, text: bytes) -> None:
    """Send something to a service that may have closed the connection for want of room."""
    try:
        connection.sendall(text)
    except OSError:
        return
