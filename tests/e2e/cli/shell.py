"""`quafu-runtime` as a user types it: in a pipe, or in a terminal."""

import contextlib
import json
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PROGRAMS = ROOT / "examples" / "program_source"
COMMAND = str(Path(sys.executable).parent / "quafu-runtime")
DEADLINE = 120.0
HEX_ID = r"[0-9a-f]{32}"

SLEEPER = """import time


def run(task, userpub, params):
    print("asleep", flush=True)
    time.sleep(600)
"""


class Shell:
    """A user's shell.

    Args:
        environment: The environment of its commands.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def call(self, *arguments: str, code: int = 0, given: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in a pipe, to its end."""
        ended = subprocess.run(
            [COMMAND, *arguments],
            env=self.environment,
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            capture_output=True,
            text=True,
            timeout=DEADLINE,
            check=False,
        )
        assert "site-packages" not in ended.stderr
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended

    def json(self, *arguments: str) -> Any:
        """What a command prints with `--json`."""
        return json.loads(self.call(*arguments, "--json").stdout)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in a pipe."""
        return subprocess.Popen(
            [COMMAND, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def sleeping_job(self, folder: Path) -> str:
        """The id of a job that runs until it is cancelled."""
        program = folder / "sleeper.py"
        program.write_text(SLEEPER, encoding="utf-8")
        return self.call("run", str(program), "--detach").stdout.strip()


class Terminal:
    """A command in a terminal of its own: what it shows, and keys for it.

    Args:
        environment: The command's environment.
        arguments: Its arguments.
    """

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.shown = ""
        self._child, self._terminal = pty.fork()
        if self._child == 0:  # pragma: no cover - the process of the command
            os.execve(COMMAND, [COMMAND, *arguments], {"TERM": "xterm-256color", "COLUMNS": "140", **environment})

    def wait_for(self, text: str) -> None:
        """Read until it has shown a text."""
        ends_at = time.monotonic() + DEADLINE
        while text not in self.shown:
            assert time.monotonic() < ends_at, self.shown
            assert self._read(ends_at), self.shown

    def press(self, keys: str) -> None:
        """Type something."""
        os.write(self._terminal, keys.encode())

    def end(self) -> int:
        """Read to its end, and give its exit code."""
        ends_at = time.monotonic() + DEADLINE
        while self._read(ends_at):
            assert time.monotonic() < ends_at, self.shown
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])

    def _read(self, ends_at: float) -> bool:
        with contextlib.suppress(OSError):  # what a terminal says when its command has ended
            if select.select([self._terminal], [], [], max(0.0, ends_at - time.monotonic()))[0]:
                piece = os.read(self._terminal, 65536)
                self.shown += piece.decode(errors="replace")
                return bool(piece)
        return False
