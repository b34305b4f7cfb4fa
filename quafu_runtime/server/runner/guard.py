"""Keeps one program: hands it its work, watches it, ends it with all that it started, and knows how it ended."""

import contextlib
import dataclasses
import selectors
import signal
import time
from pathlib import Path
from typing import Any

from quafu_runtime.server.runner.assignment import Assignment
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.descendants import kill_descendants
from quafu_runtime.server.runner.excess import with_way_out
from quafu_runtime.server.runner.failure import (
    Exit,
    describe_death,
    describe_limit,
    exit_of_death,
    exit_of_error,
)
from quafu_runtime.server.runner.folder import remove_home
from quafu_runtime.server.runner.frames import Frame, Kind
from quafu_runtime.server.runner.intake import Intake
from quafu_runtime.server.runner.messages import pack_letter
from quafu_runtime.server.runner.outbox import Outbox
from quafu_runtime.server.runner.program import CHANNEL_LOST, UNTOLD
from quafu_runtime.server.runner.twin import Twin
from quafu_runtime.server.runner.watch import Watch


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """How an attempt ended.

    Attributes:
        outcome: `done`, `error` or `cancelled`.
        result: The JSON text of what `run` returned, or the text of an error, or an empty text.
        types: The JSON text of the codec's types beside the result, or None.
        engine: The names of the engines that were used.
        exit: How the run of the program ended.
    """

    outcome: str
    result: str = ""
    types: str | None = None
    engine: str | None = None
    exit: Exit | None = None


_WROTE = "The program wrote to the runtime's own channel"

_LOST = {
    CHANNEL_LOST << 8: "The program closed the runtime's own channel, so that its result is lost.",
    UNTOLD << 8: "The program has ended, but the runtime could not say how: the program has changed something in "
    "Python that it needs. The end of the log says what went wrong.",
}
"""What is lost, by the wait status of the program's process."""

_KILLED = Exit("killed", signal=signal.SIGKILL.value)


class Guard:
    """The keeper of one program.

    Args:
        selector: The runner's, for the program's output and channel.
        twin: The process that waits to become the program's.
        outbox: Where the program's events go.
        assignment: What is to be done.
        confinement: What the program is held to.

    Raises:
        OSError: The job's folder cannot be made.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        twin: Twin,
        outbox: Outbox,
        assignment: Assignment,
        confinement: Confinement,
    ) -> None:
        self._twin = twin
        self._outbox = outbox
        self._assignment = assignment
        self._confinement = confinement
        self._home = Path(assignment.work.home)
        self._intake = Intake(selector, twin.output, twin.channel, outbox, confinement)
        self._watch = Watch(self._home, confinement)
        self._sentence: Verdict | None = None
        self._death: int | None = None
        self._limit_at: float | None = None
        self._verdict: Verdict | None = None
        work = dataclasses.replace(assignment.work, home=twin.settle(self._home))
        self._tell(dataclasses.asdict(work))

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._twin.pid

    @property
    def due_at(self) -> list[float]:
        """The moments, of the monotonic clock, at which to look again."""
        moments = (self._limit_at, self._intake.partial_due_at, self._watch.due_at)
        return [moment for moment in moments if moment is not None]

    def go(self) -> None:
        """Let the program run: from now on its time counts."""
        self._limit_at = time.monotonic() + self._assignment.max_execution_time
        self._watch.begin()
        self._tell({"go": True})

    def cancel(self) -> None:
        """End the program, because somebody wants it to end."""
        self._sentence = self._sentence or Verdict("cancelled", exit=Exit("cancelled"))

    def note_death(self, status: int) -> None:
        """Take note that the program's process has ended.

        Args:
            status: Its wait status.
        """
        self._death = status

    def watch(self) -> None:
        """See whether the program uses too much, where it is time to. Nothing may come before: it may grow fast."""
        excess = None if self._has_ended_or_must() else self._watch.look()
        if excess is not None:
            self._sentence = Verdict("error", excess, exit=_KILLED)

    def look(self) -> Verdict | None:
        """See to the program: take in what it says, end it when it must end.

        Returns:
            How it ended, as soon as nothing is left of it; None as long as it runs.
        """
        if self._verdict is not None:
            return self._verdict
        self._keep_time()
        if self._has_ended_or_must():
            self.clear_away()
            self._verdict = self._judge()
            if self._verdict.outcome == "error":
                self._intake.add_error(self._verdict.result)
            return self._verdict
        self._intake.regulate(reading=not self._outbox.is_full)
        return None

    def clear_away(self) -> None:
        """End the program with all that it started, read what it has left behind, and delete its folder."""
        self._death = kill_descendants().ended.get(self._twin.pid, self._death)
        self._intake.read_rest()
        self._watch.end()
        self._limit_at = None
        remove_home(self._home)

    def _keep_time(self) -> None:
        now = time.monotonic()
        if self._intake.partial_due_at is not None and now >= self._intake.partial_due_at:
            self._intake.show_partial()
        if self._limit_at is not None and now >= self._limit_at:
            text = describe_limit(self._assignment.max_execution_time)
            self._sentence = self._sentence or Verdict("error", text, exit=Exit("timed_out"))

    def _has_ended_or_must(self) -> bool:
        intake = self._intake
        signs = (self._sentence, self._death, intake.final, intake.malformed, intake.excess)
        return any(sign is not None for sign in signs)

    def _judge(self) -> Verdict:
        if self._sentence is not None:
            return self._sentence
        if self._intake.malformed is not None:
            return Verdict("error", f"{_WROTE}: {self._intake.malformed}.", exit=_KILLED)
        if self._intake.excess is not None:
            return Verdict("error", self._intake.excess, exit=_KILLED)
        if self._intake.final is not None:
            return self._verdict_of(self._intake.final)
        return self._verdict_of_death(self._twin.status_of(self._death or 0))

    def _verdict_of_death(self, death: int) -> Verdict:
        if death in _LOST:
            return Verdict("error", _LOST[death], exit=Exit("lost"))
        if death == 0 and self._intake.is_cut_off:
            return Verdict("error", f"{_WROTE}: a frame that is not complete.", exit=exit_of_death(death))
        text = describe_death(death, self._twin.read_crash(), self._assignment.work)
        return Verdict("error", text, exit=exit_of_death(death))

    def _verdict_of(self, frame: Frame) -> Verdict:
        if frame.kind is Kind.RESULT:
            return Verdict("done", frame.text, frame.types, frame.engine, Exit("returned"))
        text = with_way_out(frame.text, self._confinement)
        return Verdict("error", text, frame.types, frame.engine, exit_of_error(frame.text))

    def _tell(self, letter: dict[str, Any]) -> None:
        """Say something to the program's process, which is ours and listens until it has been told to go."""
        channel = self._twin.channel
        channel.setblocking(True)  # noqa: FBT003 - the standard library's signature
        with contextlib.suppress(OSError):  # it has ended, which is noticed elsewhere
            channel.sendall(pack_letter(letter))
        channel.setblocking(False)  # noqa: FBT003 - the same
