"""What the operations work with."""

from attrs import field, frozen

from quafu_runtime.server.engine import Engine
from quafu_runtime.server.hub import Hub
from quafu_runtime.server.settings import SPACE_EVERY, Limits
from quafu_runtime.server.sources import SourceCheck
from quafu_runtime.server.store.store import Store


@frozen
class Backstage:
    """What is behind the HTTP and the WebSocket of one service.

    Attributes:
        store: What is kept.
        hub: Who waits for what.
        engine: What moves the jobs.
        sources: What checks programs.
        limits: What callers may ask for.
        space_every: Seconds after which a waiting call sends a space.
    """

    store: Store
    hub: Hub
    engine: Engine
    sources: SourceCheck
    limits: Limits = field(factory=Limits)
    space_every: float = SPACE_EVERY
