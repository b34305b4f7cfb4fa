"""What a service is made of that somebody else may put in: a test that breaks things on purpose."""

from collections.abc import Callable

from attrs import field, frozen

from quafu_runtime.server.clock import Clock
from quafu_runtime.server.store.database import Database
from quafu_runtime.server.store.store import Store


@frozen
class Seams:
    """The parts that can be exchanged.

    Attributes:
        make_store: Makes the store of a database.
        clock: Where the time comes from.
    """

    make_store: Callable[[Database], Store] = Store
    clock: Clock = field(factory=Clock)
