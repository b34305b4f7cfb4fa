"""The runner: the process around one program, which speaks for it to the service and ends it when it must end."""

import json
import os
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict

from quafu_runtime.server.runner.assignment import Assignment
from quafu_runtime.server.runner.confinement import Confinement
from quafu_runtime.server.runner.descendants import reap
from quafu_runtime.server.runner.guard import Guard, Verdict
from quafu_runtime.server.runner.identity import identity_of
from quafu_runtime.server.runner.linux import give_precedence_back, silence_errors, take_precedence
from quafu_runtime.server.runner.messages import LetterReader
from quafu_runtime.server.runner.outbox import Outbox
from quafu_runtime.server.runner.reporter import Answer, Reporter
from quafu_runtime.server.runner.twin import Twin
from quafu_runtime.server.runner.wakeup import Wakeup

HEARTBEAT = 1.0
"""Seconds between two words to the service, at most."""

LINGER = 0.02
"""Seconds that an event waits for others: a short job is told in one request, and nobody sees the difference."""

LEDGER_LINGER = 0.25
"""Seconds that circuits wait for others where nothing but circuits waits."""

BUSY = 0.001
"""Seconds of waiting in which there is always something to do for a runner that its program keeps busy."""

LONGEST_SLEEP = 60.0
"""Seconds after which the loop looks around in any case: a time limit may be further away than a timer can be set."""

_LETTERS_AT_ONCE = 64 * 1024


class Runner:
    """One attempt at a job, from the assignment to the report of its end.

    Args:
        control: The socket to the service's executor, which has brought the assignment and may bring the word to stop;
            its end is the service's end, after which the runner goes on for a while, where it may: another service
            may take its place.
        letters: What has read the assignment from it.
        leash: The end of this pipe is the end of the supervisor.
        wakeup: Wakes the loop when a child has ended, and when the service has answered.
        twin: The process that waits to become the program's.
        reporter: The line to the service, not connected yet.
        versions: What is installed here, for the service to know.
        confinement: What the program is held to.
        assignment: What is to be done.
    """

    def __init__(
        self,
        *,
        control: socket.socket,
        letters: LetterReader,
        leash: int,
        wakeup: Wakeup,
        twin: Twin,
        reporter: Reporter,
        versions: Mapping[str, str],
        confinement: Confinement,
        assignment: Assignment,
    ) -> None:
        self._control = control
        self._letters = letters
        self._wakeup = wakeup
        self._selector = selectors.DefaultSelector()
        self._outbox = Outbox()
        self._guard = Guard(self._selector, twin, self._outbox, assignment, confinement)
        self._reporter = reporter
        self._afterlife = assignment.afterlife
        address_file = None if self._afterlife is None else self._afterlife.address_file
        reporter.connect(assignment.url, assignment.token, address_file)
        self._left_at: float | None = None
        self._take_answer: Callable[[Answer], None] = self._take_started
        self._events_due_at: float | None = None
        self._heartbeat_at = 0.0
        self._is_over = False
        self._watch(leash)
        self._reporter.post("started", json.dumps({"versions": dict(versions), "runner": identity_of(os.getpid())}))

    def run(self) -> None:
        """Do what the service says, until the end has been reported, or there is nobody to report it to."""
        try:
            while not self._is_over:
                self._speak(self._guard.look())
                for key in self._wait():
                    key.data()
                self._give_up_in_time()
        finally:
            self._guard.clear_away()

    def _wait(self) -> list[selectors.SelectorKey]:
        """Wait until there is something to do, and look first whether the program uses too much."""
        began = time.monotonic()
        ready = self._selector.select(self._seconds_left())
        self._guard.watch()
        # A runner that mostly sleeps wakes before all others, one that is kept busy by its program works as all do.
        if time.monotonic() - began < BUSY:
            give_precedence_back()
        else:
            take_precedence()
        return [key for key, _events in ready]

    def cancel(self) -> None:
        """End the program, because somebody wants it to end."""
        self._guard.cancel()

    def _watch(self, leash: int) -> None:
        self._control.setblocking(False)  # noqa: FBT003 - the standard library's signature
        for source, read in ((self._control, self._read_control), (leash, self._stop), (self._wakeup, self._wake)):
            self._selector.register(source, selectors.EVENT_READ, read)

    def _stop(self) -> None:
        self._is_over = True

    def _read_control(self) -> None:
        try:
            data = self._control.recv(_LETTERS_AT_ONCE)
        except ConnectionResetError:
            data = b""
        if not data:
            self._lose_service()
        elif self._letters.feed(data):  # the only word there is
            self._guard.cancel()

    def _lose_service(self) -> None:
        """Go on for a while: the next service hears what this one has not."""
        if self._afterlife is None:
            self._stop()
            return
        self._selector.unregister(self._control)
        self._left_at = time.monotonic()
        silence_errors()

    def _give_up_in_time(self) -> None:
        if self._gives_up_at is not None and time.monotonic() >= self._gives_up_at:
            self._stop()

    @property
    def _gives_up_at(self) -> float | None:
        """When the program ends where no service is heard, once the one that has started it is gone."""
        if self._left_at is None or self._afterlife is None:
            return None
        return max(self._left_at, self._reporter.heard_at) + self._afterlife.lease

    def _wake(self) -> None:
        self._wakeup.clear()
        ended = reap().ended
        if self._guard.pid in ended:
            self._guard.note_death(ended[self._guard.pid])
        answer = self._reporter.take_answer()
        if answer is not None and answer.fenced:
            self._stop()
        elif answer is not None:
            self._take_answer(answer)

    def _take_started(self, answer: Answer) -> None:
        if answer.data.get("go") is not True:
            self._stop()
            return
        self._guard.go()
        self._take_answer = self._take_received
        self._heartbeat_at = time.monotonic() + HEARTBEAT

    def _take_received(self, answer: Answer) -> None:
        if answer.data.get("cancel") is True:
            self._guard.cancel()

    def _take_finished(self, _answer: Answer) -> None:
        self._stop()

    def _seconds_left(self) -> float:
        """How long there is nothing to do but to listen."""
        now = time.monotonic()
        moments = [now + LONGEST_SLEEP, *self._guard.due_at]
        moments += [] if self._gives_up_at is None else [self._gives_up_at]
        if not self._reporter.is_busy:
            moments += [self._heartbeat_at, *([self._events_due_at] if self._events_due_at is not None else [])]
        return max(min(moments) - now, 0.0)

    def _speak(self, verdict: Verdict | None) -> None:
        """Send what is due, when the service has answered to what was sent before."""
        now = time.monotonic()
        if self._outbox.size:
            due_at = now + (LINGER if self._outbox.is_pressing else LEDGER_LINGER)
            self._events_due_at = min(self._events_due_at or due_at, due_at)
        if self._reporter.is_busy:
            return
        if verdict is not None and self._outbox.is_one_batch:
            self._take_answer = self._take_finished
            self._reporter.post("finished", self._last_words(verdict))
        elif verdict is not None or now >= min(self._heartbeat_at, self._events_due_at or self._heartbeat_at):
            self._heartbeat_at = now + HEARTBEAT
            self._events_due_at = None
            self._reporter.post("events", f'{{"events": {self._outbox.take()}}}')

    def _last_words(self, verdict: Verdict) -> str:
        fields = {
            "events": self._outbox.take(),
            "outcome": json.dumps(verdict.outcome),
            "result": json.dumps(verdict.result, ensure_ascii=False),
            "types": verdict.types or "null",
            "engine": json.dumps(verdict.engine),
            "exit": json.dumps(verdict.exit and asdict(verdict.exit)),
        }
        return "{" + ", ".join(f'"{name}": {text}' for name, text in fields.items()) + "}"
