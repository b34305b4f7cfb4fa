"""The generated client of the Quafu Runtime: every endpoint by itself, without the comforts of `quafu_runtime`."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .client import AuthenticatedClient, Client
else:

    def __getattr__(name: str) -> object:
        """Import the clients, and httpx with them, when they are first asked for."""
        if name not in __all__:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        from . import client

        value = globals()[name] = getattr(client, name)
        return value


SPEC_VERSION = "1.2.0"
"""The version of the contract, `openapi.json` beside this file, that this package was generated from."""

__all__ = ["SPEC_VERSION", "AuthenticatedClient", "Client"]
