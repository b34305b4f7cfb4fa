"""The service as two ASGI applications: the document's operations with the socket, and what runners speak to."""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from quafu_runtime._version import __version__
from quafu_runtime.server.attempts import attempt_routes
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.doorkeeper import Doorkeeper
from quafu_runtime.server.gate import Gate
from quafu_runtime.server.handlers import operation_routes
from quafu_runtime.server.mishaps import Mishaps
from quafu_runtime.server.settings import LOOPBACK
from quafu_runtime.server.socket import InterimSocket


def make_app(stage: Backstage, host: str, names: Iterable[str] = ()) -> Starlette:
    """Make the application.

    Args:
        stage: What is behind it.
        host: The address at which it is bound, whose name callers use.
        names: Other names that callers use.
    """
    doorkeeper = Doorkeeper(stage.store, stage.hub, stage.limits.stays_per_user)
    app = Starlette(
        routes=[
            Route("/healthz", _healthz, methods=["GET"]),
            WebSocketRoute("/", InterimSocket(stage, doorkeeper).serve),
            *operation_routes(stage, doorkeeper),
        ],
        middleware=[Middleware(Gate, host=host, names=names, limits=stage.limits), Middleware(Mishaps)],
    )
    app.router.redirect_slashes = False  # an address that is none is HTTP 404, and no other one
    return app


def make_desk(stage: Backstage) -> Starlette:
    """Make the application to which runners report: nobody else has anything to say there.

    Args:
        stage: What is behind it.
    """
    gate = Middleware(Gate, host=LOOPBACK, names=(), limits=stage.limits)
    return Starlette(routes=attempt_routes(stage), middleware=[gate, Middleware(Mishaps)])


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok", "version": __version__})
