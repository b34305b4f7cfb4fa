"""The clients that the endpoints send their requests with."""

import ssl
from collections.abc import Mapping
from threading import Lock
from types import TracebackType
from typing import Any, Self

import httpx
from attrs import define, evolve, field

__all__ = ["AuthenticatedClient", "Client"]

DEFAULT_TIMEOUT = 30.0
"""Seconds for connecting, and for each wait for the next bytes; not for the whole of a call."""

TOKEN_HEADER = "api_token"


@define(eq=False, kw_only=True)
class Client:
    """Sends requests, without a token. Its httpx clients are made when they are first needed, and closed by `close`.

    Redirects are never followed: a request, and what it holds, goes to the server that it is for and to no other.

    Attributes:
        base_url: Where the service is, without `/runtime`.
        headers: More headers for every request.
        cookies: Cookies for every request.
        timeout: Seconds, or an httpx.Timeout, or None to wait for ever.
        verify_ssl: Whether to verify the service's certificate, or an SSL context that says how.
        httpx_args: More arguments for httpx.Client and httpx.AsyncClient.
    """

    base_url: str = field(kw_only=False)
    headers: Mapping[str, str] = field(factory=dict, repr=False)
    cookies: Mapping[str, str] = field(factory=dict, repr=False)
    timeout: float | httpx.Timeout | None = DEFAULT_TIMEOUT
    verify_ssl: bool | ssl.SSLContext = True
    httpx_args: Mapping[str, Any] = field(factory=dict, repr=False)
    _lock: Lock = field(init=False, repr=False, factory=Lock)
    _client: httpx.Client | None = field(init=False, repr=False, default=None)
    _async_client: httpx.AsyncClient | None = field(init=False, repr=False, default=None)

    def with_headers(self, headers: Mapping[str, str]) -> Self:
        """A copy with more headers, and httpx clients of its own. This client stays as it is."""
        return evolve(self, headers={**self.headers, **headers})

    def with_cookies(self, cookies: Mapping[str, str]) -> Self:
        """A copy with more cookies, and httpx clients of its own. This client stays as it is."""
        return evolve(self, cookies={**self.cookies, **cookies})

    def with_timeout(self, timeout: float | httpx.Timeout | None) -> Self:
        """A copy with another time-out, and httpx clients of its own. This client stays as it is."""
        return evolve(self, timeout=timeout)

    def request(self, **kwargs: Any) -> httpx.Response:
        """Send a request that an endpoint's `build` has made.

        Raises:
            httpx.HTTPError: No answer arrived.
        """
        return self.get_httpx_client().request(**self._complete(kwargs))

    async def request_async(self, **kwargs: Any) -> httpx.Response:
        """Send a request that an endpoint's `build` has made.

        Raises:
            httpx.HTTPError: No answer arrived.
        """
        return await self.get_async_httpx_client().request(**self._complete(kwargs))

    def get_httpx_client(self) -> httpx.Client:
        """The httpx client that requests go through. It does not hold the token, which each request brings."""
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(**self._settings())
            return self._client

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Let requests go through this httpx client, with its settings in place of those given here."""
        with self._lock:
            self._client = client
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """The httpx client that awaited requests go through. It belongs to the event loop of its first request."""
        with self._lock:
            if self._async_client is None:
                self._async_client = httpx.AsyncClient(**self._settings())
            return self._async_client

    def set_async_httpx_client(self, async_client: httpx.AsyncClient) -> Self:
        """Let awaited requests go through this httpx client, with its settings in place of those given here."""
        with self._lock:
            self._async_client = async_client
        return self

    def close(self) -> None:
        """Close the connections. The next request opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    async def aclose(self) -> None:
        """Close the connections of awaited requests. The next one opens new ones."""
        with self._lock:
            client, self._async_client = self._async_client, None
        if client is not None:
            await client.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def _settings(self) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "headers": dict(self.headers),
            "cookies": dict(self.cookies),
            "timeout": self.timeout,
            "verify": self.verify_ssl,
            **self.httpx_args,
        }

    def _complete(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return {**kwargs, "follow_redirects": False}


@define(eq=False, kw_only=True)
class AuthenticatedClient(Client):
    """Sends requests with a token, in the header `api_token`.

    Attributes:
        token: The user's token. No repr shows it.
    """

    token: str = field(repr=False)

    def _complete(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        headers = {**kwargs.get("headers", {}), TOKEN_HEADER: self.token}
        return {**super()._complete(kwargs), "headers": headers}
