"""What processes use of the machine: how many there are, with their threads, and how much memory they hold together.

Memory that a process shares with the one that forked it is counted once. What the kernel tells of that is dear, as it
goes through all pages; so it is asked for only where the cheap sum, which counts such memory for each, is too large.
"""

import os
import re
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from quafu_runtime.server.runner.linux import take_precedence

REST = 3
LONGEST_REST = 0.25
"""How long a measuring rests, in its own time, and in seconds at most."""

_KIBIBYTE = 1024

_OF_STATUS = re.compile(rb"^(RssAnon|RssShmem|VmSwap|Threads):\s+(\d+)", re.MULTILINE)
_OF_ROLLUP = re.compile(rb"^(Pss_Anon|Pss_Shmem|SwapPss):\s+(\d+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Usage:
    """What processes use together.

    Attributes:
        tasks: How many processes and further threads there are.
        private: Bytes of memory that are theirs.
        shared: Bytes of memory that belong to files in memory which they have mapped.
    """

    tasks: int
    private: int
    shared: int


def cheap_usage(pids: Iterable[int]) -> Usage:
    """What processes use at most: memory that they share is counted for each.

    Args:
        pids: The processes; those that have ended count as one task each.
    """
    tasks = private = shared = 0
    for pid in pids:
        told = _numbers(_OF_STATUS, f"/proc/{pid}/status")
        tasks += told.get(b"Threads", 1)
        private += told.get(b"RssAnon", 0) + told.get(b"VmSwap", 0)
        shared += told.get(b"RssShmem", 0)
    return Usage(tasks, private * _KIBIBYTE, shared * _KIBIBYTE)


class ExactUsage:
    """What processes use, each page of memory in parts for those that share it.

    It is measured in a thread of its own: a process that forks locks its memory, and while hundreds of them do, whoever
    asks for it waits for many seconds.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, initializer=take_precedence)
        self._measured: Future[Usage] | None = None

    def latest(self) -> Usage | None:
        """What was measured since `renew`, told once; None where that is not over."""
        if self._measured is None or not self._measured.done():
            return None
        measured, self._measured = self._measured.result(), None
        return measured

    def renew(self, pids: Iterable[int]) -> None:
        """Measure again, unless that is being done.

        Args:
            pids: The processes. One that hides its memory counts as in `cheap_usage`.
        """
        if self._measured is None:
            self._measured = self._thread.submit(_measure, list(pids))


def _measure(pids: list[int]) -> Usage:
    began = time.monotonic()
    usage = exact_usage(pids)
    # The pause belongs to the measuring, so that it costs a part of a core at most.
    time.sleep(min(REST * (time.monotonic() - began), LONGEST_REST))
    return usage


def exact_usage(pids: Iterable[int]) -> Usage:
    """What processes use, each page of memory in parts for those that share it, measured here and now.

    Args:
        pids: The processes. One that hides its memory counts as in `cheap_usage`.
    """
    usages = [_exact_usage(pid) for pid in pids]
    return Usage(
        sum(usage.tasks for usage in usages),
        sum(usage.private for usage in usages),
        sum(usage.shared for usage in usages),
    )


def tasks_of_user() -> int:
    """How many processes and threads the user of this process has, on the whole machine."""
    user = os.geteuid()
    return cheap_usage(int(entry.name) for entry in os.scandir("/proc") if _is_of(entry, user)).tasks


def _is_of(entry: "os.DirEntry[str]", user: int) -> bool:
    try:
        return entry.name.isdigit() and entry.stat().st_uid == user
    except OSError:  # it has ended since
        return False


def _exact_usage(pid: int) -> Usage:
    cheap = cheap_usage([pid])
    told = _numbers(_OF_ROLLUP, f"/proc/{pid}/smaps_rollup")
    if b"Pss_Anon" not in told:
        return cheap
    private = (told[b"Pss_Anon"] + told.get(b"SwapPss", 0)) * _KIBIBYTE
    return Usage(cheap.tasks, private, told.get(b"Pss_Shmem", 0) * _KIBIBYTE)


def _numbers(pattern: re.Pattern[bytes], path: str) -> dict[bytes, int]:
    try:
        text = Path(path).read_bytes()
    except OSError:  # it has ended since, or hides its memory
        return {}
    return {name: int(number) for name, number in pattern.findall(text)}
