"""One user of a soak: submits, follows, cancels, deletes and lists, and writes down what it saw."""

import contextlib
import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from attrs import define, field

from quafu_runtime import (
    Account,
    ConnectionFailedError,
    DeadlineError,
    JobCancelledError,
    JobFailedError,
    JobNotFoundError,
    JobStateError,
    JobTimeoutError,
    RateLimitedError,
    RuntimeJob,
    RuntimeService,
    ServiceError,
    StreamError,
    SubmitUncertain,
)

T = TypeVar("T")

PROGRAM = """
import os, time
def run(task, userpub, params):
    mark = os.open(params["marks"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(mark, (params["tag"] + "\\n").encode())
    os.close(mark)
    for number in range(params["messages"]):
        print("line", number)
        userpub.publish([params["tag"], number])
        time.sleep(params["pause"])
    return {"tag": params["tag"], "messages": params["messages"]}
"""
"""Leaves a mark each time that it is run, prints and publishes."""

OUTAGES = (ConnectionFailedError, DeadlineError, RateLimitedError, SubmitUncertain, ServiceError, StreamError)
"""What a call may raise while the service is away."""

PATIENCE = 120.0
"""Seconds after which a user takes a job for stuck."""

AWAY = 0.5
"""Seconds until a user whose call failed tries again."""


@define
class Record:
    """What a user knows of one submission.

    Attributes:
        tag: What tells it from all others.
        messages: How many messages the job publishes.
        job_id: The job, or None where the submission failed: it may be there or not.
        seen: The numbers of the messages that came, in the order in which they came.
        outcome: `done`, `failed`, `cancelled`, or None where it was not waited for.
        is_deleted: Whether it was deleted.
    """

    tag: str
    messages: int
    job_id: str | None = None
    seen: list[int] = field(factory=list)
    outcome: str | None = None
    is_deleted: bool = False


@define
class User:
    """A user with a client of its own.

    Attributes:
        name: Whose token it is.
        account: How the service is reached.
        marks: The file in which programs leave their marks.
        seed: For what the user decides.
        records: Every submission.
        trouble: What the user should not have seen.
        calls_failed: How many calls failed, since the service was away.
    """

    name: str
    account: Account
    marks: str
    seed: int
    records: list[Record] = field(factory=list)
    trouble: list[str] = field(factory=list)
    calls_failed: int = 0

    def work(self, is_over: threading.Event) -> None:
        """Use the service until it is over."""
        chance = random.Random(self.seed)  # noqa: S311 - repeatable on purpose
        with RuntimeService(self.account, registry=False) as service:
            program_id = self._insist(lambda: service.upload_program(PROGRAM, name=f"soak-{uuid4().hex}"))
            while not is_over.is_set():
                try:
                    self._one_job(service, program_id, chance)
                except OUTAGES:
                    self.calls_failed += 1
                    is_over.wait(AWAY)
                except JobTimeoutError as error:
                    self.trouble.append(str(error))

    def _one_job(self, service: RuntimeService, program_id: str, chance: random.Random) -> None:
        record = Record(uuid4().hex, chance.choice((1, 5, 40, 200)))
        self.records.append(record)
        params = {
            "marks": self.marks,
            "tag": record.tag,
            "messages": record.messages,
            "pause": chance.choice((0, 0.005)),
        }
        job = service.run(program_id, params)
        record.job_id = job.job_id()
        what = chance.random()
        if what < 0.1:
            return
        if what < 0.2:
            with contextlib.suppress(JobStateError):  # it has ended already
                self._insist(job.cancel)
        else:
            self._insist(lambda: self._follow(record, list(job.stream())))
        record.outcome = self._insist(lambda: self._outcome(record, job.result))
        if what < 0.3:
            self._insist(lambda: service.jobs(limit=5))
            return
        record.is_deleted = self._insist(lambda: _is_gone(job))

    def _follow(self, record: Record, came: list[object]) -> None:
        record.seen = [int(each[1]) for each in came if isinstance(each, list)]
        if record.seen != list(range(len(record.seen))):
            self.trouble.append(f"{record.job_id}: the messages came as {record.seen}")

    def _outcome(self, record: Record, result: Callable[..., object]) -> str:
        try:
            value = result(timeout=PATIENCE)
        except JobCancelledError:
            return "cancelled"
        except JobFailedError as error:
            if "lost" not in str(error) and "killed" not in str(error) and "SIGKILL" not in str(error):
                self.trouble.append(f"{record.job_id}: failed with {error}")
            return "failed"
        if value != {"tag": record.tag, "messages": record.messages}:
            self.trouble.append(f"{record.job_id}: the result is {value}")
        return "done"

    def _insist(self, call: Callable[[], T]) -> T:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return call()
            except OUTAGES:
                self.calls_failed += 1
                if time.monotonic() > deadline:
                    raise
                time.sleep(AWAY)


def _is_gone(job: RuntimeJob) -> bool:
    """Delete a job, which an earlier call may have done whose answer was lost."""
    try:
        return job.delete()
    except JobNotFoundError:
        return True
