"""The supervisor: starts the warm parent, and sees to it that nothing is left behind, however anything ends.

It is a process of its own, small, started with a scrubbed environment as
`python -P -m quafu_runtime.server.runner.supervisor`. Every process of a job is below it, and it inherits those whose
parents end. It ends when the service does, and everything below it with it; runners at work may go on for a while, and
then it stays as long as they do: another service may take the place of the first.
"""

import argparse
import contextlib
import os
import selectors
import signal
import socket
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from quafu_runtime.server.runner.afterlife import Afterlife
from quafu_runtime.server.runner.claims import read_claims
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.descendants import kill_descendants, reap
from quafu_runtime.server.runner.failure import describe_exit
from quafu_runtime.server.runner.folder import remove_home
from quafu_runtime.server.runner.holding import is_held, try_to_hold
from quafu_runtime.server.runner.linux import adopt_orphans, name_process, silence_errors
from quafu_runtime.server.runner.messages import TEXT_CHARACTERS, receive_notice, send_notice
from quafu_runtime.server.runner.wakeup import Wakeup

HELD_FILE = ".held"
"""The file in the supervisor's folder that it holds as long as it lives."""

LIFELINE_PATIENCE = 10.0
"""Seconds that a service has to end its jobs in order when the lifeline has ended, before all is ended here."""

LEASE_PATIENCE = 3.0
"""Seconds beyond their lease that runners have to end by themselves."""

LOOK_AGAIN = 0.5
"""Seconds between two looks whether there is a service, once the first is gone."""

_PRIVATE = 0o700


def main() -> None:
    """Supervise until the service ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--link", type=int, required=True, help="the socket to the service's executor")
    parser.add_argument("--lifeline", type=int, help="a pipe whose end ends everything")
    parser.add_argument("--afterlife", type=Afterlife.from_json, help="what lets runners outlive the service")
    parser.add_argument("--folder", type=Path, required=True, help="the folder of the jobs' folders, to be made")
    parser.add_argument("--slots", type=int, required=True, help="how many pairs of processes wait for jobs")
    parser.add_argument("--confinement", type=Confinement.from_json, required=True, help="what programs are held to")
    arguments = parser.parse_args()
    name_process("quafu-superv")
    adopt_orphans()
    link = socket.socket(fileno=arguments.link)
    arguments.folder.mkdir(mode=_PRIVATE)
    try_to_hold(arguments.folder / HELD_FILE)
    # There the waiting boxes have their folders, and nobody finds a file of the user's.
    os.environ["HOME"] = str(arguments.folder)
    supervisor = _Supervisor(
        link,
        folder=arguments.folder,
        slots=arguments.slots,
        confinement=arguments.confinement,
        afterlife=arguments.afterlife,
    )
    if arguments.lifeline is not None:
        supervisor.end_with(arguments.lifeline)
    try:
        supervisor.serve()
    finally:
        supervisor.clear_away()


class _Supervisor:
    def __init__(
        self, link: socket.socket, *, folder: Path, slots: int, confinement: Confinement, afterlife: Afterlife | None
    ) -> None:
        self._link = link
        self._folder = folder
        self._afterlife = afterlife
        self._slots = slots
        self._confinement = confinement
        # Whoever holds the reading end learns from its end that the supervisor has ended.
        self._leash, self._leash_held_here = os.pipe()
        self._wakeup = Wakeup()
        self._selector = selectors.DefaultSelector()
        self._warm_parent: int | None = None
        self._warm_link: socket.socket | None = None
        self._is_warm = False
        self._failure: str | None = None
        self._pending: dict[str, int] = {}
        self._placed: dict[int, str] = {}
        self._is_ending = False
        self._ends_at: float | None = None
        self._is_left = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        self._selector.register(link, selectors.EVENT_READ, self._read_service)
        self._selector.register(self._wakeup, selectors.EVENT_READ, self._take_note_of_ends)

    def end_with(self, lifeline: int) -> None:
        """End with the other end of a pipe."""

        def ended() -> None:
            self._selector.unregister(lifeline)
            self._afterlife = None
            self._ends_at = time.monotonic() + LIFELINE_PATIENCE
            if self._is_left:
                self._end()

        self._selector.register(lifeline, selectors.EVENT_READ, ended)

    def serve(self) -> None:
        """Pass on what the service and the warm parent say to each other, and replace a warm parent that ended."""
        self._start_warm_parent()
        while not self._is_ending:
            for key, _events in self._selector.select(self._seconds_left()):
                key.data()
            self._end_in_time()

    def clear_away(self) -> None:
        """End everything below this process, and delete the folders of the jobs that ran."""
        kill_descendants()
        remove_home(self._folder)

    def _seconds_left(self) -> float | None:
        if self._ends_at is None:
            return None
        return LOOK_AGAIN if self._is_left else max(self._ends_at - time.monotonic(), 0.0)

    def _end_in_time(self) -> None:
        if self._is_left:
            self._end_what_is_nobodys()
        if self._is_left and not self._placed and self._warm_parent is None:
            self._end()
        elif self._is_left and self._afterlife is not None and is_held(Path(self._afterlife.lock_file)):
            self._ends_at = _end_of(self._afterlife)
        elif self._ends_at is not None and time.monotonic() >= self._ends_at:
            self._end()

    def _end_what_is_nobodys(self) -> None:
        """Kill the runners that the next service has not taken up: one that was stopped, for example, hears nobody."""
        claims = None if self._warm_parent is not None else read_claims(self._folder)
        for runner, key in self._placed.items():
            if claims is not None and key.rpartition(".")[0] not in claims:
                # It is a child of this process by now, which has not reaped it: no other process has its id.
                os.kill(runner, signal.SIGKILL)

    def _end(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        self._is_ending = True

    def _tell_service(self, notice: dict[str, Any], descriptors: list[int] | None = None) -> None:
        with contextlib.suppress(OSError):  # it has ended, which is noticed where it is read from
            send_notice(self._link, notice, descriptors or [])

    def _read_service(self) -> None:
        received = receive_notice(self._link)
        if received is None:
            self._lose_service()
            return
        if "end" in received[0]:
            self._end()
            return
        notice, (control,) = received
        self._pending[notice["place"]] = control
        if self._warm_parent is None:
            self._start_warm_parent()
        else:
            self._hand_on(notice["place"])

    def _lose_service(self) -> None:
        """Stay with the runners that are at work, where they may go on; nobody needs those that wait."""
        if self._afterlife is None:
            self._end()
            return
        self._is_left = True
        self._ends_at = _end_of(self._afterlife)
        self._selector.unregister(self._link)
        silence_errors()
        while self._pending:
            os.close(self._pending.popitem()[1])
        if self._warm_parent is not None:
            os.kill(self._warm_parent, signal.SIGKILL)

    def _hand_on(self, key: str) -> None:
        if self._warm_link is not None:
            with contextlib.suppress(OSError):  # it has ended, and the next one will be handed the same
                send_notice(self._warm_link, {"place": key}, [self._pending[key]])

    def _read_warm_parent(self) -> bool:
        """Take in one notice of the warm parent.

        Returns:
            Whether there may be more.
        """
        try:
            received = receive_notice(self._warm_link) if self._warm_link is not None else None
        except BlockingIOError:
            return False
        if received is None:
            self._close_warm_link()
            return False
        notice, descriptors = received
        if "warm" in notice:
            self._is_warm = True
        self._failure = notice.get("failed", self._failure)
        if "placed" in notice:
            self._forget(notice["placed"])
            self._placed[notice["pid"]] = notice["placed"]
        if "unplaced" in notice:
            self._give_back(notice["unplaced"], notice["why"])
        elif "ended" in notice:
            self._settle(notice["pid"], notice["status"])
        else:
            self._tell_service(notice, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _give_back(self, key: str, why: str) -> None:
        self._forget(key)
        self._tell_service({"unplaced": key, "why": why})

    def _forget(self, key: str) -> None:
        """Let go of what has been handed on, unless that has happened when the service was lost."""
        if key in self._pending:
            os.close(self._pending.pop(key))

    def _take_note_of_ends(self) -> None:
        self._wakeup.clear()
        self._note(reap().ended)

    def _note(self, ended: dict[int, int]) -> None:
        for pid, status in ended.items():
            if pid == self._warm_parent:
                self._replace_warm_parent(status)
            elif pid in self._placed:
                self._settle(pid, status)

    def _settle(self, runner: int, status: int | None) -> None:
        """See to it that nothing is left of a job whose runner has ended."""
        key = self._placed.pop(runner)
        if status != 0:
            self._kill_strays()
            remove_home(self._folder / key)
        self._tell_service({"ended": key, "status": status})

    def _kill_strays(self) -> None:
        """Kill the processes that this one has inherited from a runner."""
        kept = {*self._placed, *([self._warm_parent] if self._warm_parent else [])}
        self._note(kill_descendants(spare=kept).ended)

    def _start_warm_parent(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            _live_as_warm_parent(theirs, self._leash, self._slots, supervisor, self._confinement)
        theirs.close()
        self._warm_parent, self._warm_link = pid, ours
        self._is_warm, self._failure = False, None
        self._selector.register(ours, selectors.EVENT_READ, self._read_warm_parent)
        for key in self._pending:
            self._hand_on(key)

    def _replace_warm_parent(self, status: int) -> None:
        """Start another warm parent; one that could not start is started again when it is needed."""
        while self._warm_link is not None and self._read_warm_parent():
            pass
        self._close_warm_link()
        self._warm_parent = None
        for runner in list(self._placed):
            self._take_over(runner)
        self._kill_strays()
        if self._is_left:
            return
        if self._is_warm:
            self._start_warm_parent()
            return
        why = self._failure or f"It {describe_exit(os.waitstatus_to_exitcode(status))}."
        for key in list(self._pending):
            self._give_back(key, f"The process that starts the programs could not start. {why}")

    def _take_over(self, runner: int) -> None:
        """Look after a runner, whose parent was the warm parent that has ended."""
        try:
            ended, status = os.waitpid(runner, os.WNOHANG)
        except ChildProcessError:  # the warm parent learned of its end, and could not tell
            self._settle(runner, None)
        else:
            if ended:
                self._settle(runner, status)

    def _close_warm_link(self) -> None:
        if self._warm_link is not None:
            self._selector.unregister(self._warm_link)
            self._warm_link.close()
            self._warm_link = None


def _end_of(afterlife: Afterlife) -> float:
    """The moment at which all is ended, where no service comes."""
    return time.monotonic() + afterlife.lease + LEASE_PATIENCE


def _live_as_warm_parent(
    link: socket.socket, leash: int, slots: int, supervisor: int, confinement: Confinement
) -> NoReturn:
    code = 1
    try:
        # Imported here, in a process of its own, so that the supervisor stays small.
        from quafu_runtime.server.runner import warm_parent

        warm_parent.serve(link, leash, slots, supervisor, confinement)
        code = 0
    except Exception:  # noqa: BLE001 - whatever it is, whoever wants to run a job has to know it
        with contextlib.suppress(OSError):
            send_notice(link, {"failed": traceback.format_exc()[-TEXT_CHARACTERS:]})
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
