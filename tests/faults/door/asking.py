"""Asks an ASGI application in this process, without a server in between."""

import asyncio
from collections.abc import Mapping

import httpx
from starlette.types import ASGIApp


def ask(app: ASGIApp, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """The answer of an application to one GET of its root."""

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/", headers=headers)

    return asyncio.run(get())
