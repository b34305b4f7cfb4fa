"""The executor that starts the processes of jobs on this machine."""

import asyncio
import contextlib
import itertools
import os
import socket
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from quafu_runtime.server.executor.attempt import Attempt, Handle
from quafu_runtime.server.executor.environment import job_environment
from quafu_runtime.server.executor.placement import Placement
from quafu_runtime.server.executor.protocol import LaunchError
from quafu_runtime.server.executor.sandboxes import settle
from quafu_runtime.server.executor.scratch import prepare_scratch
from quafu_runtime.server.executor.supervisor_link import SupervisorLink
from quafu_runtime.server.runner.afterlife import Afterlife
from quafu_runtime.server.runner.claims import write_claims
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.failure import describe_exit
from quafu_runtime.server.runner.identity import open_identified
from quafu_runtime.server.runner.linux import is_supported
from quafu_runtime.server.runner.messages import pack_letter

LAUNCH_TRIES = 3
"""How many supervisors may end during one launch: one that was killed is replaced, more is a fault of the machine."""

KILL_PATIENCE = 5.0
"""Seconds in which a killed process is gone, unless the machine is in trouble."""

NEWS_PATIENCE = 1.0
"""Seconds in which the way a process ended is known after it has ended."""

ENDED_KEPT = 10_000
"""Of how many ended attempts it is remembered how they ended."""


class _SupervisorLostError(Exception):
    """The supervisor ended before it had found a runner."""


@frozen
class _Wanted:
    """A launch that waits for a runner."""

    handle: Handle
    control: socket.socket
    answer: asyncio.Future[None]

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class LocalExecutor:
    """Runs attempts on this machine, each in processes of its own, forked ahead from one that has imported pyquafu.

    Args:
        slots: How many attempts are meant to run at once; the number of usable cores where None. It is for the engine
            to keep to it (`capacity`): so many pairs of processes wait, and more are forked when asked for.
        scratch: A folder for this executor, and for those before and after it; what is in it and nobody holds is
            deleted when it starts.
        lifeline: The reading end of a pipe whose end ends all processes of jobs, or None.
        confinement: What each program is held to.
        afterlife: What lets the processes of jobs go on when this one has ended, for another executor to adopt them;
            None where they end with it.
    """

    def __init__(
        self,
        *,
        slots: int | None = None,
        scratch: Path,
        lifeline: int | None = None,
        confinement: Confinement | None = None,
        afterlife: Afterlife | None = None,
    ) -> None:
        self._slots = slots or len(os.sched_getaffinity(0))
        self._scratch = scratch
        self._lifeline = lifeline
        self._confinement = confinement or Confinement()
        self._afterlife = afterlife
        self._supervisor: SupervisorLink | None = None
        self._is_warm = False
        self._is_closed = True
        self._left: list[Path] = []
        self._launches = itertools.count(1)
        self._wanted: dict[str, _Wanted] = {}
        self._placed: dict[str, Placement] = {}
        self._live: dict[Handle, Placement] = {}
        self._ended: OrderedDict[Handle, str] = OrderedDict()

    @property
    def supervisor_pid(self) -> int | None:
        """The process above all processes of jobs, or None where there is none at the moment."""
        return self._supervisor.pid if self._supervisor is not None else None

    async def start(self) -> None:
        """Start the warm parent, which takes a second or two to be ready; launches wait for it.

        Raises:
            LaunchError: This is not Linux 5.3 or newer, the scratch folder cannot be made, or there is no such sandbox.
        """
        if not is_supported():
            message = "Running jobs on this machine needs Linux 5.3 or newer."
            raise LaunchError(message)
        try:
            self._left = await asyncio.to_thread(prepare_scratch, self._scratch)
        except OSError as error:
            message = f"The scratch folder {self._scratch} cannot be made: {error}."
            raise LaunchError(message) from error
        environment = job_environment(self._scratch)
        self._confinement = await settle(self._confinement, self._scratch, environment)
        self._is_closed = False
        self._start_supervisor()

    async def launch(self, attempt: Attempt) -> Handle:
        """Hand an attempt to a waiting runner.

        Args:
            attempt: What is to be run.

        Returns:
            What names the attempt from now on; a runner is about to report to the service.

        Raises:
            LaunchError: It could not be started, and no runner will report.
        """
        handle = attempt.handle
        if handle in self._live or handle in [wanted.handle for wanted in self._wanted.values()]:
            message = f"Attempt {handle.number} at the job {handle.job_id} has been launched already."
            raise LaunchError(message)
        for _ in range(LAUNCH_TRIES):
            with contextlib.suppress(_SupervisorLostError):
                await self._launch(attempt)
                return handle
        message = f"The job {handle.job_id} could not be started: {LAUNCH_TRIES} supervisors ended meanwhile."
        raise LaunchError(message)

    async def adopt(self, handle: Handle, runner: Mapping[str, Any] | None) -> bool:
        """Look after an attempt that an executor before this one has launched.

        Args:
            handle: The attempt.
            runner: What its runner has said of itself, or None.

        Returns:
            Whether its runner is there.
        """
        process = open_identified(runner)
        if process is None:
            self._ended[handle] = "had ended before this service came"
            return False
        key = str(handle)
        self._placed[key] = self._live[handle] = Placement(handle, None, process)
        self._live[handle].call_at_end(self._end, key, "ended, as nobody has said how")
        return True

    async def end_others(self) -> None:
        """End what executors before this one have launched and this one has not adopted."""
        adopted = [str(handle) for handle, placement in self._live.items() if placement.is_adopted]
        for folder in self._left:
            # The supervisor may have ended. On a full disk, what it looks after ends by itself, as it would without us.
            with contextlib.suppress(OSError):
                await asyncio.to_thread(write_claims, folder, adopted)

    async def stop(self, handle: Handle, grace: float) -> None:
        """End an attempt. When this returns, its runner has ended.

        Args:
            handle: The attempt; one that has ended, or is not known, is left alone.
            grace: Seconds in which the runner may end its program and report, before it is killed. One that was adopted
                hears of it with the answer to its next report.
        """
        placement = self._live.get(handle)
        if placement is None:
            return
        placement.ask_to_stop(grace)
        if not await placement.wait(grace):
            placement.kill()
            await placement.wait(KILL_PATIENCE)

    async def probe(self, handles: Iterable[Handle]) -> dict[Handle, str | None]:
        """Say what became of attempts.

        Args:
            handles: The attempts.

        Returns:
            For each None while its runner is alive, and else how it ended.
        """
        return {handle: await self._probe(handle) for handle in handles}

    def capacity(self) -> int:
        """How many attempts can run at once."""
        return self._slots

    async def close(self) -> None:
        """End all runners and their programs, the warm parent and the supervisor."""
        await self._end_supervisor()
        for placement in self._live.values():
            if placement.is_adopted:
                placement.kill()
        for placement in list(self._live.values()):
            await placement.wait(KILL_PATIENCE)

    async def leave(self) -> None:
        """Let the attempts that run go on without this executor; where none does, everything ends."""
        if self._supervisor is None or all(placement.is_adopted for placement in self._live.values()):
            await self._end_supervisor()
        else:
            self._is_closed = True
            self._supervisor.leave()
        for placement in self._live.values():
            placement.forget()

    async def _end_supervisor(self) -> None:
        self._is_closed = True
        if self._supervisor is not None:
            await self._supervisor.end()

    async def _launch(self, attempt: Attempt) -> None:
        # Its own for every try, so that what is left of one is never taken for another.
        key = f"{attempt.handle}.{next(self._launches)}"
        loop = asyncio.get_running_loop()
        supervisor = self._ready_supervisor()
        letter = pack_letter(attempt.to_letter(supervisor.folder / key, self._afterlife))
        ours, theirs = socket.socketpair()
        ours.setblocking(False)  # noqa: FBT003 - the standard library's signature
        wanted = self._wanted[key] = _Wanted(attempt.handle, ours, loop.create_future())
        try:
            # Most letters fit into the socket, and are there when the runner looks.
            sent = ours.send(letter)
            with theirs:
                _ask_for_pair(supervisor, key, theirs)
            await wanted.answer
        except BaseException:
            # Also when nobody waits for the launch any more: a runner finds the socket closed, and ends.
            ours.close()
            raise
        finally:
            del self._wanted[key]
        with contextlib.suppress(OSError):  # it has ended, as `probe` will say
            await loop.sock_sendall(ours, memoryview(letter)[sent:])

    def _ready_supervisor(self) -> SupervisorLink:
        if self._is_closed:
            message = "The executor is closed."
            raise LaunchError(message)
        return self._supervisor or self._start_supervisor()

    def _start_supervisor(self) -> SupervisorLink:
        self._is_warm = False
        try:
            self._supervisor = SupervisorLink(
                scratch=self._scratch,
                slots=self._slots,
                confinement=self._confinement,
                environment=job_environment(self._scratch),
                lifeline=self._lifeline,
                afterlife=self._afterlife,
                on_notice=self._take_notice,
                on_end=self._lose_supervisor,
            )
        except OSError as error:
            message = f"The processes of jobs cannot be started: {error}."
            raise LaunchError(message) from error
        return self._supervisor

    def _take_notice(self, notice: dict[str, Any], descriptors: list[int]) -> None:
        if "warm" in notice:
            self._is_warm = True
        elif "placed" in notice:
            self._take_place(notice["placed"], descriptors[0])
        elif "unplaced" in notice and notice["unplaced"] in self._wanted:
            self._wanted[notice["unplaced"]].fail(LaunchError(notice["why"]))
        elif "ended" in notice and notice["ended"] in self._placed:
            status = notice["status"]
            self._end(
                notice["ended"],
                "ended, nobody knows how" if status is None else describe_exit(os.waitstatus_to_exitcode(status)),
            )

    def _take_place(self, key: str, process: int) -> None:
        wanted = self._wanted.get(key)
        if wanted is None or wanted.answer.done():
            os.close(process)
            return
        self._placed[key] = self._live[wanted.handle] = Placement(wanted.handle, wanted.control, process)
        wanted.answer.set_result(None)

    def _end(self, key: str, how: str) -> None:
        placement = self._placed.pop(key)
        del self._live[placement.handle]
        self._ended[placement.handle] = how
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)
        placement.end()

    def _lose_supervisor(self, code: int) -> None:
        self._supervisor = None
        how = f"ended with its supervisor, which {describe_exit(code)}"
        for wanted in self._wanted.values():
            wanted.fail(_SupervisorLostError())
        for key, placement in self._placed.items():
            # The runners end their programs and themselves: only then are they gone.
            if not placement.is_adopted:
                placement.call_at_end(self._end, key, how)
        # One that never was ready is not replaced before it is needed: it would fail again.
        if self._is_warm and not self._is_closed:
            self._start_supervisor()

    async def _probe(self, handle: Handle) -> str | None:
        placement = self._live.get(handle)
        if placement is not None:
            if not placement.is_gone():
                return None
            await placement.wait(NEWS_PATIENCE)
        return self._ended.get(handle, "is not known here: it was started by another executor, or ended long ago")


def _ask_for_pair(supervisor: SupervisorLink, key: str, control: socket.socket) -> None:
    try:
        supervisor.place(key, control)
    except BlockingIOError as error:
        message = "The supervisor takes in no more attempts at the moment."
        raise LaunchError(message) from error
    except OSError:  # it has ended, which every launch that waits is about to be told
        return
