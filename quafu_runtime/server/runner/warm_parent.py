"""The warm parent: has imported all that a job needs, never uses any of it, and forks the pairs that do.

It has one thread, and sees neither a token nor a program: the socket over which a runner hears of its job passes
through its hands unread.
"""

import contextlib
import gc
import importlib.metadata
import os
import platform
import selectors
import socket
import time
from pathlib import Path

from quafu_runtime._version import __version__
from quafu_runtime.server.runner import quafu_seam
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.descendants import reap
from quafu_runtime.server.runner.folder import box_folder, remove_home
from quafu_runtime.server.runner.linux import close_all_but, die_with, name_process
from quafu_runtime.server.runner.messages import receive_notice, send_notice
from quafu_runtime.server.runner.pair import WaitingPair, fork_pair
from quafu_runtime.server.runner.wakeup import Wakeup, restore_signals

NEW_TRY_AFTER = 0.1
"""Seconds after which another pair is forked where one ended unused, or none could be forked."""


def serve(link: socket.socket, leash: int, slots: int, supervisor: int, confinement: Confinement) -> None:
    """Be the warm parent: import everything, then hand out pairs until the supervisor ends.

    Args:
        link: The socket to the supervisor.
        leash: The end of this pipe is the end of the supervisor.
        slots: How many pairs wait.
        supervisor: The process that forked this one.
        confinement: What each program is held to.

    Raises:
        Exception: Something that jobs need cannot be imported; it is for the supervisor to tell.
    """
    die_with(supervisor)
    restore_signals()
    close_all_but([link.fileno(), leash])
    name_process("quafu-warm")
    quafu_seam.warm()
    # What is there now is there for good, so that no collection in a child touches, and thereby copies, it.
    gc.collect()
    gc.freeze()
    send_notice(link, {"warm": True})
    _WarmParent(link, leash, slots, confinement).serve()


def _installed_versions() -> dict[str, str]:
    versions = {name: importlib.metadata.version(name) for name in ("pyquafu", "numpy")}
    return {"python": platform.python_version(), "quafu_runtime": __version__, **versions}


class _WarmParent:
    def __init__(self, link: socket.socket, leash: int, slots: int, confinement: Confinement) -> None:
        self._link = link
        self._leash = leash
        self._slots = slots
        self._confinement = confinement
        self._versions = _installed_versions()
        self._waiting: list[WaitingPair] = []
        self._placed: dict[int, str] = {}
        self._refill_at = 0.0
        self._wakeup = Wakeup()

    def serve(self) -> None:
        """Hand out pairs, and keep as many waiting as there are slots."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._link, selectors.EVENT_READ)
            selector.register(self._wakeup, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _events in selector.select(self._seconds_left())]
                if self._wakeup in ready:
                    self._take_note_of_ends()
                if self._link in ready:
                    received = receive_notice(self._link)
                    if received is None:
                        return
                    self._place(received[0]["place"], received[1][0])
                elif not ready:
                    self._refill()

    def _seconds_left(self) -> float | None:
        if len(self._waiting) >= self._slots:
            return None
        return max(self._refill_at - time.monotonic(), 0.0)

    def _refill(self) -> None:
        try:
            self._waiting.append(self._fork_pair())
        except OSError:
            self._refill_at = time.monotonic() + NEW_TRY_AFTER

    def _fork_pair(self) -> WaitingPair:
        return fork_pair(self._leash, self._versions, self._confinement)

    def _place(self, key: str, control: int) -> None:
        """Hand a socket to a pair."""
        try:
            pair = self._waiting.pop(0) if self._waiting else self._fork_pair()
            process = os.pidfd_open(pair.runner)
        except OSError as error:
            send_notice(self._link, {"unplaced": key, "why": f"No process could be made for the job: {error}."})
            os.close(control)
            return
        self._placed[pair.runner] = key
        # First this, then the socket: should this process end in between, the job is lost, but not run twice.
        send_notice(self._link, {"placed": key, "pid": pair.runner}, [process])
        with contextlib.suppress(OSError):  # it has just ended, which is about to be noticed
            send_notice(pair.link, {}, [control])
        pair.link.close()
        os.close(process)
        os.close(control)

    def _take_note_of_ends(self) -> None:
        self._wakeup.clear()
        for pid, status in reap().ended.items():
            key = self._placed.pop(pid, None)
            if key is not None:
                send_notice(self._link, {"ended": key, "pid": pid, "status": status})
            else:
                self._drop(pid)

    def _drop(self, runner: int) -> None:
        """Forget a pair that ended unused."""
        for pair in [pair for pair in self._waiting if pair.runner == runner]:
            pair.link.close()
            remove_home(box_folder(Path.home(), runner))
            self._waiting.remove(pair)
            self._refill_at = time.monotonic() + NEW_TRY_AFTER
