"""The runtime service, with awaited calls."""

from pathlib import Path
from types import TracebackType
from typing import Self

from quafu_runtime_api import AuthenticatedClient

from quafu_runtime._client.drivers import REQUEST_TIMEOUT, AsyncClient
from quafu_runtime._client.endpoints import account_for, endpoints
from quafu_runtime._client.recording import RegistryChoice
from quafu_runtime._client.transport.bodies import MAX_ANSWER_BYTES
from quafu_runtime.account import Account
from quafu_runtime.aio.jobs import AsyncJobCalls
from quafu_runtime.aio.many import AsyncManyCalls
from quafu_runtime.aio.programs import AsyncProgramCalls

__all__ = ["AsyncRuntimeService"]


class AsyncRuntimeService(AsyncProgramCalls, AsyncManyCalls, AsyncJobCalls):
    """A runtime service: the deployed one, or one of your own; for asyncio.

    It has the calls of `RuntimeService`, awaited, and shares its connections with its jobs. Nothing is sent before it
    is needed. `close`, or an `async with` block, closes the connections.

    Args:
        account: The account; None for the saved one.
        profile: The saved profile to use, in place of an account.
        request_timeout: Seconds for each call, repeated tries included. Waiting for a job is not bounded by it.
        registry: Where the jobs that are submitted are written down: a `JobRegistry`, or its path; False for nowhere;
            None for what `QUAFU_RUNTIME_REGISTRY` says (a path, or `off`), else `~/.quafu/runtime-client/jobs.db`.
        trace: A file to which every exchange on the wire is written, one JSON object a line, without the token, the
            texts of programs, params and results; None for the one that `QUAFU_RUNTIME_TRACE` names, if it does.
        max_answer_bytes: Bytes that one answer or one message of a stream may have, unpacked; 256 MiB by default. What
            is larger is not read, so that no answer fills the memory of this machine.

    Raises:
        ArgumentError: Both an account and a profile are given, `request_timeout` or `max_answer_bytes` is no number
            above 0, or `registry` or `trace` is none.

    Example:
        ```python
        async with AsyncRuntimeService(Account(api_token="...")) as service:
            await service.upload_program("hello.py", {"name": "hello"})
            job = await service.run("hello", params={"shots": 1000})
            print(await job.result())
        ```
    """

    def __init__(
        self,
        account: Account | None = None,
        *,
        profile: str | None = None,
        request_timeout: float = REQUEST_TIMEOUT,
        registry: RegistryChoice = None,
        trace: str | Path | None = None,
        max_answer_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._client = AsyncClient(
            account_for(account, profile),
            request_timeout,
            trace=trace,
            registry=registry,
            max_answer_bytes=max_answer_bytes,
        )

    @classmethod
    def local(cls, data_dir: str | Path | None = None, *, keep: bool = False, registry: RegistryChoice = None) -> Self:
        """The local runtime: attaches to the one that runs on a data folder, or starts it.

        This is a plain call, to be made before others are awaited: it blocks while the service starts.

        Args:
            data_dir: The data folder; None for `~/.quafu/runtime`.
            keep: Whether one that is started here goes on when this Python process ends.
            registry: Where the jobs are written down, as for the class.

        Raises:
            LocalRuntimeError: It could not be started, or the extra `local` is not installed.
        """
        from quafu_runtime.local import attach_or_start

        return cls(attach_or_start(data_dir, keep=keep).account, registry=registry)

    @property
    def account(self) -> Account:
        """The account whose token is sent."""
        return self._client.account

    @property
    def api(self) -> AuthenticatedClient:
        """The generated client, for the low-level endpoints, with this service's account, connections and rules.

        No redirects, no proxy for this machine, the same certificates, `request_timeout` seconds for a request. Its
        endpoints try once, and return what the service says instead of raising.

        Raises:
            AccountError: There is no account.

        Example:
            ```python
            from quafu_runtime_api.api.programs import programs

            answer = await programs.asyncio(client=service.api, limit=5)
            ```
        """
        return endpoints(self._client)

    async def close(self) -> None:
        """Close the connections. A later call opens new ones."""
        await self._client.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncRuntimeService({self._client.account!r})"
