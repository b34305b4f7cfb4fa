"""The service as two ASGI applications: the document's operations with the socket, and what runners speak to."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute

from quafu_runtime._version import __version__
from quafu_runtime.server.attempts import attempt_routes
from quafu_runtime.server.auth import Doorkeeper
from quafu_runtime.server.backstage import Backstage
from quafu_runtime.server.gate import Gate
from quafu_runtime.server.handlers import operation_routes
from quafu_runtime.server.settings import LOOPBACK
from quafu_runtime.server.socket import InterimSocket


def make_app(stage: Backstage, host: str) -> Starlette:
    """Make the application.

    Args:
        stage: What is behind it.
        host: The address at which it is bound, whose name callers use.
    """
    doorkeeper = Doorkeeper(stage.store)
    app = Starlette(
        routes=[
            Route("/healthz", _healthz, methods=["GET"]),
            WebSocketRoute("/", InterimSocket(stage, doorkeeper).serve),
            *operation_routes(stage, doorkeeper),
        ],
        middleware=[Middleware(Gate, host=host)],
    )
    app.router.redirect_slashes = False  # an address that is none is HTTP 404, and no other one
    return app


def make_desk(stage: Backstage) -> Starlette:
    """Make the application to which runners report: nobody else has anything to say there.

    Args:
        stage: What is behind it.
    """
    return Starlette(routes=attempt_routes(stage), middleware=[Middleware(Gate, host=LOOPBACK)])


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok", "version": __version__})
