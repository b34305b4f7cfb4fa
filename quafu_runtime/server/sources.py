"""Whether a program's source can be run, decided once for each text, and apart from this process."""

import asyncio
import contextlib
import hashlib
import json
import os
import select
import subprocess
import sys
import weakref
from collections import OrderedDict

REMEMBERED = 1024
"""Verdicts that are kept: a check takes milliseconds, and a program is run many times."""

AT_ONCE = 2
"""Sources that are checked at once: who sends a riddle does not keep everybody else waiting."""

LONGEST_CHECK = 30.0
"""Seconds after which a check is given up."""

_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME")
"""What says where Python is. What was told to the service stays with it."""

TOO_MUCH = (
    "Python needs more memory or time to compile it than a check may take: make it smaller, or break up its longest "
    "expressions."
)


class SourceCheck:
    """Has sources checked by processes of their own, which it keeps, and remembers the verdicts."""

    def __init__(self, *, longest: float = LONGEST_CHECK) -> None:
        self._verdicts: OrderedDict[bytes, str | None] = OrderedDict()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._idle: list[_Checker] = []
        self._longest = longest
        self._end = weakref.finalize(self, _end_all, self._idle)

    async def fault(self, source: str, name: str) -> str | None:
        """What is wrong with a source, or None where it can be run."""
        digest = hashlib.sha256(source.encode()).digest()
        if digest in self._verdicts:
            return self._verdicts[digest]
        async with self._room:
            try:
                verdict = await asyncio.to_thread(self._ask, source, name)
            except _GivenUpError:
                return TOO_MUCH  # and not remembered: it may have been the machine that was slow
        self._verdicts[digest] = verdict
        if len(self._verdicts) > REMEMBERED:
            self._verdicts.popitem(last=False)
        return verdict

    async def prepare(self) -> None:
        """Have a process ready, so that the first source need not wait for one."""
        with contextlib.suppress(OSError):  # where none can be made now, perhaps one can when there is a source
            self._idle.append(await asyncio.to_thread(_Checker))

    def close(self) -> None:
        """End the processes."""
        self._end()

    def _ask(self, source: str, name: str) -> str | None:
        checker = self._take()
        try:
            verdict = checker.ask(source, name, self._longest)
        except BaseException:
            checker.end()
            raise
        self._idle.append(checker)
        return verdict

    def _take(self) -> "_Checker":
        while self._idle:
            checker = self._idle.pop()
            if checker.lives():
                return checker
            checker.end()
        return _Checker()


class _GivenUpError(Exception):
    """A check took too long, or its process is gone."""


class _Checker:
    """A process that checks one source after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - this package's own module
            [sys.executable, "-P", "-m", "quafu_runtime.server.source_checker", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        )

    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, source: str, name: str, longest: float) -> str | None:
        """What is wrong with a source, or None.

        Raises:
            _GivenUpError: There is no verdict in time, or there will be none.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101 - for the type checkers: both are pipes
        assert stdout is not None  # noqa: S101
        try:
            stdin.write(json.dumps({"source": source, "name": name}).encode() + b"\n")
            stdin.flush()
        except BrokenPipeError:
            raise _GivenUpError from None
        answered = select.poll()
        answered.register(stdout, select.POLLIN)
        line = stdout.readline() if answered.poll(longest * 1000) else b""
        if not line:
            raise _GivenUpError
        verdict = json.loads(line)
        return None if verdict is None else str(verdict)

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        with contextlib.suppress(BrokenPipeError):  # of what it had not read yet
            self._process.__exit__(None, None, None)


def _end_all(checkers: list[_Checker]) -> None:
    while checkers:
        checkers.pop().end()
