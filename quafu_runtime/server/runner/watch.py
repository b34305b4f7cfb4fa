"""Looks now and then at what one program uses, with all that it started, and says when it is too much.

The more is left of a limit, the longer the pause to the next look; and no look may cost more than a share of the time.
"""

import math
import os
import time
from pathlib import Path

from quafu_runtime.server.runner import excess
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.kept_files import KeptFiles, TooDeepError
from quafu_runtime.server.runner.resource_limits import limit_user
from quafu_runtime.server.runner.tree import processes_below
from quafu_runtime.server.runner.usage import ExactUsage, Usage, cheap_usage

FIRST_LOOK = 0.05
"""Seconds of running before the first look: most jobs are shorter, and are not looked at."""

SHORTEST_PAUSE = 0.02
LONGEST_PAUSE = 0.1
"""Seconds between two looks at the processes."""

GROWTH = 8 * 2**30
"""Bytes a second that programs take at most, about: so soon may what is left of a limit be used up."""

SHARE = 20
"""A pause is as many times as long as the look before it was, so that looking costs a twentieth of a core."""

LONGEST_COSTLY_PAUSE = 0.5
LONGEST_FOLDER_PAUSE = 10.0
"""Seconds that a pause may have because a look is costly."""


class Watch:
    """Watches one program.

    Args:
        home: The job's folder.
        confinement: What the program is held to.
    """

    def __init__(self, home: Path, confinement: Confinement) -> None:
        self._confinement = confinement
        self._files = KeptFiles(home)
        self._pids: list[int] = []
        self._in_memory = 0
        self._exact = ExactUsage()
        self._is_first = True
        self._round_cost = 0.0
        self._processes_at = self._files_at = math.inf

    @property
    def due_at(self) -> float:
        """The moment, of the monotonic clock, of the next look."""
        return min(self._processes_at, self._files_at)

    def begin(self) -> None:
        """Begin: the program runs."""
        self._processes_at = self._files_at = time.monotonic() + FIRST_LOOK

    def end(self) -> None:
        """Look no more: the program has ended, or must."""
        self._processes_at = self._files_at = math.inf

    def look(self) -> str | None:
        """Look, where it is time to.

        Returns:
            What the program used too much of, or None.
        """
        now = time.monotonic()
        if now >= self._processes_at and (found := self._look_at_processes(now)):
            return found
        if now >= self._files_at:
            return self._look_at_files()
        return None

    def _look_at_processes(self, began: float) -> str | None:
        self._pids = processes_below(os.getpid())
        if self._is_first:
            self._is_first = False
            limit_user(self._pids, self._confinement)
        usage = cheap_usage(self._pids)
        found = self._too_many(usage) or self._too_much(usage)
        cost = time.monotonic() - began
        pause = max(self._pause(usage), min(SHARE * cost, LONGEST_COSTLY_PAUSE))
        self._processes_at = time.monotonic() + pause
        return found

    def _too_many(self, usage: Usage) -> str | None:
        limit = self._confinement.processes
        if limit is None:
            return None
        return excess.too_many_processes(usage.tasks, limit) if usage.tasks > limit else None

    def _too_much(self, cheap: Usage) -> str | None:
        limit = self._confinement.memory
        if limit is None or self._memory(cheap) <= limit:
            return None
        exact = self._exact.latest()
        self._exact.renew(self._pids)
        if exact is None:
            return None
        used = self._memory(exact)
        return excess.too_much_memory(used, limit) if used > limit else None

    def _memory(self, usage: Usage) -> int:
        return usage.private + max(usage.shared, self._in_memory)

    def _pause(self, usage: Usage) -> float:
        limit = self._confinement.memory
        left = math.inf if limit is None else limit - self._memory(usage)
        return min(max(left / GROWTH, SHORTEST_PAUSE), LONGEST_PAUSE)

    def _look_at_files(self) -> str | None:
        limit = self._confinement.folder
        began = time.monotonic()
        try:
            kept = self._files.step(self._pids)
        except TooDeepError:
            return excess.too_deep()
        now = time.monotonic()
        self._round_cost += now - began
        if kept is None:
            self._files_at = now + 4 * (now - began)
        else:
            self._in_memory = kept.in_memory
            self._files_at = now + min(max(SHARE * self._round_cost, LONGEST_PAUSE), LONGEST_FOLDER_PAUSE)
            self._round_cost = 0.0
        so_far = self._files.so_far.on_disk
        # A single file of the limit's size gets an error of its own, and takes a little more on the disk.
        return excess.too_much_kept(so_far, limit) if limit is not None and so_far > limit + limit // 32 else None
