"""The service of a soak: kept running at one port, and disturbed from time to time."""

import contextlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from quafu_runtime.server.auth import add_user
from quafu_runtime.server.settings import Settings
from tests.crash.lives import end_in_order
from tests.crash.victims import find, kill
from tests.fakes.cutting import CuttingRelay
from tests.service_speaker import DEADLINE

LOOK_AGAIN = 0.05

JOBS_AT_ONCE = 4

PROCESSES = ("quafu-superv", "quafu-warm", "quafu-runner", "quafu-program")


class World:
    """A service that is started again whenever it has ended, with a line to it that can be cut.

    Args:
        folder: The data folder.
        users: The names of the users beside the owner.
    """

    def __init__(self, folder: Path, users: list[str]) -> None:
        self.folder = folder
        self._settings = Settings(data_dir=folder)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = int(listener.getsockname()[1])
        self.tokens = {name: add_user(self._settings, name) for name in users}
        self._is_over = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, name="keeper")
        self._keeper.start()
        self.wait_until_up()
        self.relay = CuttingRelay(("127.0.0.1", self._port))
        self.disturbances: list[str] = []

    @property
    def pid(self) -> int:
        """The service of this moment."""
        return self._process.pid

    @property
    def url(self) -> str:
        """The service as users reach it: over the line that breaks."""
        return f"http://127.0.0.1:{self.relay.port}"

    def disturb(self, chance: random.Random, *, restarts: bool) -> None:
        """Break something.

        Args:
            chance: What decides on it.
            restarts: Whether the service itself may be ended.
        """
        choices = ["cut", "cut", *PROCESSES, *(["kill", "drain"] if restarts else [])]
        what = chance.choice(choices)
        if what == "cut":
            self.relay.cut()
        elif what == "kill":
            kill(self.pid)
        elif what == "drain":
            self._process.send_signal(signal.SIGTERM)
        else:
            victim = find(self.pid, what)
            if victim is None or not kill(victim):
                return
        self.disturbances.append(what)

    def wait_until_up(self) -> None:
        """Wait until the service answers."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=1.0):
                return
            time.sleep(LOOK_AGAIN)
        message = "the service does not come up"
        raise TimeoutError(message)

    def end(self) -> int:
        """End the service for good. Returns its exit code."""
        self.relay.close()
        self._is_over.set()
        self._keeper.join()
        return end_in_order(self._process)

    def _keep(self) -> None:
        while not self._is_over.wait(LOOK_AGAIN):
            if self._process.poll() is not None:
                self._process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-P", "-m", "quafu_runtime.server", f"--data-dir={self.folder}"]
        command += [f"--port={self._port}", f"--max-jobs={JOBS_AT_ONCE}"]
        with (self.folder / "service.log").open("ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=log)
