"""One way to make the same call of the sync and of the async client."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.account import Account
from quafu_runtime.aio import AsyncRuntimeService
from quafu_runtime.service import RuntimeService

FACES = ("sync", "async")
ONCE = RetryPolicy(tries=1, waiting_tries=1)
QUICK = RetryPolicy(first_window=0.01, longest_window=0.05, waiting_tries=3)
"""Tries as often as the default, without its pauses."""


def call(
    face: str,
    account: Account,
    act: Callable[[Any], Any],
    *,
    policy: RetryPolicy = ONCE,
    request_timeout: float = 20.0,
) -> Any:
    """Do something with a service: `act` gets it, and returns a value, or for the async one an awaitable of it."""
    if face == "sync":
        with RuntimeService(account, request_timeout=request_timeout) as service:
            service._client.policy = policy
            return act(service)

    async def main() -> Any:
        async with AsyncRuntimeService(account, request_timeout=request_timeout) as service:
            service._client.policy = policy
            value = act(service)
            return await value if inspect.isawaitable(value) else value

    return asyncio.run(main())


def of_job(job_id: str, method: str, **arguments: Any) -> Callable[[Any], Any]:
    """Call a method of a job."""
    return lambda service: getattr(service.job(job_id), method)(**arguments)


class Caller:
    """One sync and one async service, kept for many calls."""

    def __init__(self, account: Account) -> None:
        self._service = RuntimeService(account)
        self._async_service = AsyncRuntimeService(account)
        self._runner = asyncio.Runner()

    def call(self, face: str, act: Callable[[Any], Any], *, policy: RetryPolicy = ONCE) -> Any:
        self._service._client.policy = self._async_service._client.policy = policy
        return act(self._service) if face == "sync" else self._runner.run(act(self._async_service))

    def close(self) -> None:
        self._service.close()
        self._runner.run(self._async_service.close())
        self._runner.close()


def first_of(stream: Any) -> Any:
    """The first that a stream brings, of either face, which is closed then."""
    if hasattr(stream, "__next__"):
        with stream:
            return next(stream)

    async def first() -> Any:
        async with stream:
            return await anext(stream)

    return first()
