"""A runner and the waiting twin that will be its program: forked ahead, used once.

The warm parent forks the runner, and the runner forks its twin, both before there is a job: whatever was once in a
process's memory can be read in that of its children, so the twin must be older than the first secret.
"""

import os
import selectors
import socket
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from quafu_runtime.server.runner.assignment import Assignment
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.descendants import kill_descendants, reap
from quafu_runtime.server.runner.linux import adopt_orphans, close_all_but, hide_memory, name_process
from quafu_runtime.server.runner.messages import LetterReader, receive_notice
from quafu_runtime.server.runner.reporter import Reporter
from quafu_runtime.server.runner.runner import Runner
from quafu_runtime.server.runner.twin import Twin, start_twin
from quafu_runtime.server.runner.wakeup import Wakeup, restore_signals

SOMETHING_LEFT = 3
"""The exit code of a runner that could not end all that its program has started."""

_RECEIVED_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class WaitingPair:
    """A pair that nobody has used yet, as the warm parent sees it.

    Attributes:
        runner: The process of the runner.
        link: The way to hand it the socket over which it hears of its job.
    """

    runner: int
    link: socket.socket


def fork_pair(leash: int, versions: Mapping[str, str], confinement: Confinement) -> WaitingPair:
    """Fork a runner, which forks its twin.

    Args:
        leash: The end of this pipe is the end of the supervisor.
        versions: What is installed here, for the service to know.
        confinement: What the program is held to.

    Returns:
        The pair.

    Raises:
        OSError: The system has no room for another process.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        try:
            pid = os.fork()
        except OSError:
            ours.close()
            raise
        if pid == 0:
            _live_as_runner(theirs, leash, versions, confinement)
    return WaitingPair(pid, ours)


def _live_as_runner(link: socket.socket, leash: int, versions: Mapping[str, str], confinement: Confinement) -> NoReturn:
    code = 1
    try:
        restore_signals()
        close_all_but([link.fileno(), leash])
        name_process("quafu-runner")
        adopt_orphans()
        _run(link, leash, versions, confinement)
        code = 0
    except BaseException:  # noqa: BLE001 - nothing may return into the frames of the warm parent
        traceback.print_exc()
    finally:
        os._exit(SOMETHING_LEFT if kill_descendants().left else code)


def _run(link: socket.socket, leash: int, versions: Mapping[str, str], confinement: Confinement) -> None:
    twin = start_twin(confinement)
    hide_memory()
    try:
        _attend(twin, link, leash, versions, confinement)
    finally:
        twin.discard()


def _attend(twin: Twin, link: socket.socket, leash: int, versions: Mapping[str, str], confinement: Confinement) -> None:
    wakeup = Wakeup()
    reporter = Reporter(wakeup.wake)
    control = _wait_for_control(link, wakeup)
    if control is None:
        return
    link.close()
    letters = LetterReader()
    first = _read_first(control, letters)
    if not first:
        return
    runner = Runner(
        control=control,
        letters=letters,
        leash=leash,
        wakeup=wakeup,
        twin=twin,
        reporter=reporter,
        versions=versions,
        confinement=confinement,
        assignment=Assignment.from_letter(first[0]),
    )
    if first[1:]:  # the word to stop, right behind
        runner.cancel()
    runner.run()


def _wait_for_control(link: socket.socket, wakeup: Wakeup) -> socket.socket | None:
    """Wait for the socket over which the service speaks; None when this pair is of no use any more.

    The end of the supervisor is noticed here as well: the warm parent ends with it.
    """
    with selectors.DefaultSelector() as selector:
        for source in (link, wakeup):
            selector.register(source, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _events in selector.select()]
            if link in ready:
                received = receive_notice(link)
                return socket.socket(fileno=received[1][0]) if received else None
            wakeup.clear()
            if reap().ended:  # the twin
                return None


def _read_first(control: socket.socket, letters: LetterReader) -> list[dict[str, Any]]:
    """Read what is to be done, which the service writes when it has asked for a pair; nothing when it has ended."""
    while data := control.recv(_RECEIVED_AT_ONCE):
        if arrived := letters.feed(data):
            return arrived
    return []
