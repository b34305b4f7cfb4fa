"""How a service is told to end: leaving what runs to the next one, or ending it."""

import asyncio
import signal


class Ending:
    """Listens, from the moment that it is made, to whoever may end the service.

    Args:
        lifeline: A descriptor whose end is the end of the service and of its jobs, or None.
        drains: Whether SIGTERM leaves what runs to the next service. SIGINT never does, nor does a second signal.
    """

    def __init__(self, lifeline: int | None, *, drains: bool) -> None:
        self._drains = drains
        self.told = asyncio.Event()
        """Set when the service is to end."""
        self.is_at_once = False
        """Whether what runs is to be ended with it."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGTERM, self._terminate)
        self._loop.add_signal_handler(signal.SIGINT, self._end_all)
        if lifeline is not None:
            self._loop.add_reader(lifeline, self._lose_lifeline, lifeline)

    def _terminate(self) -> None:
        if self.told.is_set() or not self._drains:
            self.is_at_once = True
        self.told.set()

    def _end_all(self) -> None:
        self.is_at_once = True
        self.told.set()

    def _lose_lifeline(self, lifeline: int) -> None:
        self._loop.remove_reader(lifeline)
        self._end_all()
