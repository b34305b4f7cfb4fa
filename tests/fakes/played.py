"""A flow that is run with the outcomes that a test gives, in place of a network."""

import json
import threading
from collections.abc import Iterable
from typing import Any

from attrs import evolve
from quafu_runtime_api.api.programs import programs

from quafu_runtime._client.answers import Lost, Reply
from quafu_runtime._client.attempts import Answered, Pause, Send, steps
from quafu_runtime._client.flow import Call, Flow, LookFor
from quafu_runtime._client.health import Health
from quafu_runtime._client.retry import RetryPolicy
from quafu_runtime.errors import QuafuRuntimeError

POLICY = RetryPolicy(first_window=0.001, longest_window=0.004)
GOOD = {"status": 200, "data": {"programs": [], "count": 0}}
CALL = Call("programs", programs.build(), programs.parse, "The list of programs")
SUBMISSION = evolve(CALL, repeatable=False, look_for=LookFor("Look for it."))

UNSENT = Lost("refused", sent=False, timed_out=None, origin="http://h:1")
CLOSED = Lost("closed", sent=True, timed_out=None, origin="http://h:1")
LATE = Lost("late", sent=True, timed_out=1.0, origin="http://h:1")


def reply(status: int = 200, body: object = GOOD, *, complete: bool = True, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, json.dumps(body).encode(), complete=complete, origin="http://h:1", token="a-token")


class Played:
    """A flow that was run with the given outcomes, one for each request."""

    def __init__(
        self,
        flow: Flow[Any],
        outcomes: Iterable[Reply | Lost],
        deadline: float = 30.0,
        health: Health | None = None,
        **policy: Any,
    ) -> None:
        self.sent: list[Send] = []
        self.pauses: list[float] = []
        self.answered: list[Answered] = []
        todo = steps(flow, evolve(POLICY, **policy), deadline, health or Health())
        remaining = iter(outcomes)
        came: Reply | Lost | None = None
        self.value: Any = None
        self.error: QuafuRuntimeError | None = None
        try:
            while True:
                step = todo.send(came)
                came = None
                if isinstance(step, Send):
                    self.sent.append(step)
                    came = next(remaining)
                elif isinstance(step, Pause):
                    self.pauses.append(step.seconds)
                else:
                    self.answered.append(step)
        except StopIteration as end:
            self.value = end.value
        except QuafuRuntimeError as error:
            self.error = error


def spend(seconds: float) -> None:
    threading.Event().wait(seconds)
