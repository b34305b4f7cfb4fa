"""Puts into force what a program is held to, in the program's own process and before there is a program."""

import contextlib
import os
from pathlib import Path

from quafu_runtime.server.runner.confinement import Confinement, Sandbox
from quafu_runtime.server.runner.landlock import (
    EVERYTHING,
    READ,
    SCOPE_FROM,
    Access,
    FileRules,
    keep_signals_within,
    version,
)
from quafu_runtime.server.runner.privileges import give_up_capabilities, leave_network, renounce_new_privileges
from quafu_runtime.server.runner.visible import (
    DEVICES,
    HARDWARE,
    KERNEL,
    MATPLOTLIB,
    SETTINGS,
    SHARED_MEMORY,
    SYSTEM,
    python_folders,
)

_WITHOUT_LISTING = Access.READ_FILE | Access.WRITE_FILE | Access.MAKE_REG | Access.REMOVE_FILE | Access.TRUNCATE
"""Enough for locks and shared memory, whose names are drawn at random, and not enough to find those of others."""


class Cage:
    """What keeps a program to itself. Made while the process waits for its job, and closed when there is one.

    Args:
        confinement: What the program is held to.

    Raises:
        OSError: The kernel refuses.
    """

    def __init__(self, confinement: Confinement) -> None:
        self._rules: FileRules | None = None
        sandbox = confinement.sandbox
        if not confinement.network and sandbox is not Sandbox.BWRAP:
            leave_network()
        if sandbox is Sandbox.OFF:
            return
        renounce_new_privileges()
        if sandbox is Sandbox.LANDLOCK:
            give_up_capabilities()
            self._rules = _rules(confinement)
        elif version() >= SCOPE_FROM:
            # Refused within too many sandboxes of others, and then it is theirs that hold.
            with contextlib.suppress(OSError):
                keep_signals_within()

    def close(self, home: Path) -> None:
        """Leave the program its own folder, and nothing else but what it needs.

        Args:
            home: The folder.

        Raises:
            OSError: The kernel refuses.
        """
        if self._rules is not None:
            self._rules.allow([home], EVERYTHING)
            self._rules.enforce()


def _rules(confinement: Confinement) -> FileRules:
    rules = FileRules(tcp=confinement.network)
    matplotlib = Path(os.environ[MATPLOTLIB])
    rules.allow([*SYSTEM, *SETTINGS, *HARDWARE, *KERNEL, *python_folders(), matplotlib], READ)
    rules.allow([Path("/proc/self")], READ)
    rules.allow(DEVICES, READ | Access.WRITE_FILE)
    rules.allow([SHARED_MEMORY], _WITHOUT_LISTING)
    return rules
