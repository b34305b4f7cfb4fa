"""What the tests of restarts share."""

from tests.faults.restart.world import world

__all__ = ["world"]
