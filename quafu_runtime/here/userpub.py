"""The `userpub` of a program that runs here."""

from collections.abc import Callable
from typing import Any

from quafu_runtime import codec


class UserPub:
    """Publishes interim results, to whoever runs the program.

    Args:
        hand_on: Called with each message in its form for the wire.
    """

    def __init__(self, hand_on: Callable[[codec.Encoded], object]) -> None:
        self._hand_on = hand_on

    def publish(self, message: Any) -> None:
        """Publish an interim result.

        Args:
            message: As in a job.

        Raises:
            TypeError: The message is, or holds, something that cannot be sent.
        """
        try:
            encoded = codec.encode_message(message)
        except codec.UnencodableError as error:
            raise TypeError(str(error)) from None
        self._hand_on(encoded)
