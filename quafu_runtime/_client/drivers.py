"""Run a flow: one driver with blocking calls, one with awaited ones. All decisions are in `attempts`.

A driver is what a service shares with its jobs: the account, the connections, and what is known of the service.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeVar, cast

from quafu_runtime._client.arguments import positive_count, positive_seconds
from quafu_runtime._client.attempts import Answered, Send, steps
from quafu_runtime._client.flow import Flow
from quafu_runtime._client.health import Health
from quafu_runtime._client.known import Known
from quafu_runtime._client.recording import Recorder, RegistryChoice, registry_for
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime._client.tracing.exchanges import Wire
from quafu_runtime._client.tracing.trace import trace_for
from quafu_runtime._client.transport.bodies import MAX_ANSWER_BYTES
from quafu_runtime._client.transport.sending import AsyncSender, Sender
from quafu_runtime.account import Account, Credentials
from quafu_runtime.account.frames import forgotten_frames
from quafu_runtime.account.known import tokens_here
from quafu_runtime.account.secret import taken_out
from quafu_runtime.errors import MalformedAnswerError, ServiceError

T = TypeVar("T")

REQUEST_TIMEOUT = 30.0
"""Seconds for one call, tries and pauses included, where the user gives no other number."""


def refuse_at_the_end() -> None:
    """See that the interpreter is not being taken down: modules, threads and names go then, one by one.

    Raises:
        ServiceError: It is.
    """
    if sys.is_finalizing():
        message = "Python is ending, and no call can be made any more. Make it in a with block, or from atexit."
        raise ServiceError(message)


class _Client:
    """What both drivers hold.

    Attributes:
        account: Whose token is sent, and where to.
        request_timeout: Seconds for one call, tries and pauses included.
        max_answer_bytes: Bytes of one answer or message at most.
        policy: How often and how long to try.
        health: What was seen of the service, and how many retries it may still be asked.
        wire: Takes notes of what goes over the wire.
        registry: Where the jobs that are submitted are written down, or None.
        recorder: Writes into it.
    """

    def __init__(
        self,
        account: Account | None,
        request_timeout: float,
        trace: str | os.PathLike[str] | None,
        registry: RegistryChoice,
        max_answer_bytes: int,
    ) -> None:
        self.account = Account() if account is None else account
        self.request_timeout = positive_seconds(request_timeout, "request_timeout")
        self.max_answer_bytes = positive_count(max_answer_bytes, "max_answer_bytes")
        self.policy = RetryPolicy()
        self.health = Health()
        self.wire = Wire(trace_for(trace))
        self.registry = registry_for(registry)
        self.recorder = Recorder(self.registry, self.account)
        self._known: tuple[Credentials | None, Known] = (None, Known())

    @property
    def known(self) -> Known:
        """What is known of the service and its programs; nothing any more once the account is another one.

        Raises:
            AccountError: There is no account.
        """
        credentials = self.account.credentials()
        if self._known[0] != credentials:
            self._known = (credentials, Known(tokens=partial(tokens_here, credentials)))
        return self._known[1]

    @contextmanager
    def _token_hidden(self) -> Iterator[None]:
        """Hide the token where a service has put it into a field that an error repeats."""
        try:
            with forgotten_frames():  # they hold the answer, in which a service may repeat it
                yield
        except MalformedAnswerError as error:
            error.args = (taken_out(error.message, self.account.get_token()),)
            raise


class SyncClient(_Client):
    """Runs flows with blocking calls, from any thread."""

    def __init__(
        self,
        account: Account | None = None,
        request_timeout: float = REQUEST_TIMEOUT,
        *,
        trace: str | os.PathLike[str] | None = None,
        registry: RegistryChoice = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        super().__init__(account, request_timeout, trace, registry, max_answer_bytes)
        self.sender = Sender(self.wire, self.max_answer_bytes)

    def drive(self, flow: Flow[T]) -> T:
        """Run a flow to its end.

        Args:
            flow: The flow.

        Returns:
            What the flow returns.
        """
        refuse_at_the_end()
        todo = steps(flow, self.policy, self.request_timeout, self.health)
        came: object = None
        while True:
            try:
                with self._token_hidden():
                    step = todo.send(came)
            except StopIteration as end:
                return cast("T", end.value)
            came = None
            if isinstance(step, Send):
                came = self.sender.send(self.account.credentials(), step.request, step.timeout)
            elif isinstance(step, Answered):
                self.recorder.take(step.call, step.answer)
            else:
                self.wire.paused(step.seconds, step.operation)
                time.sleep(step.seconds)

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self.sender.close()


class AsyncClient(_Client):
    """Runs flows with awaited calls, on an event loop."""

    def __init__(
        self,
        account: Account | None = None,
        request_timeout: float = REQUEST_TIMEOUT,
        *,
        trace: str | os.PathLike[str] | None = None,
        registry: RegistryChoice = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        super().__init__(account, request_timeout, trace, registry, max_answer_bytes)
        self.sender = AsyncSender(self.wire, self.max_answer_bytes)

    async def drive(self, flow: Flow[T]) -> T:
        """Run a flow to its end.

        Args:
            flow: The flow.

        Returns:
            What the flow returns.
        """
        refuse_at_the_end()
        todo = steps(flow, self.policy, self.request_timeout, self.health)
        came: object = None
        while True:
            try:
                with self._token_hidden():
                    step = todo.send(came)
            except StopIteration as end:
                return cast("T", end.value)
            came = None
            if isinstance(step, Send):
                came = await self.sender.send(self.account.credentials(), step.request, step.timeout)
            elif isinstance(step, Answered):
                self.recorder.take(step.call, step.answer)
            else:
                self.wire.paused(step.seconds, step.operation)
                await asyncio.sleep(step.seconds)

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        await self.sender.close()
