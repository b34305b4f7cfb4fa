"""What time it is: the one place at which the service looks at the clocks of the machine."""

import time
from datetime import UTC, datetime


class Clock:
    """The clocks of this machine. A test puts one in its place that jumps."""

    def now(self) -> datetime:
        """The moment, for people to read: whoever sets the clock of the machine may make it jump."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that only ever grow, for whatever is measured. They stand still while the machine is asleep."""
        return time.monotonic()
