"""What is submitted for a point of a map: the arguments of `run`, the same but for the seed. No I/O."""

from collections.abc import Iterable
from typing import Any

from attrs import frozen

from quafu_runtime._client.settling import Settled
from quafu_runtime.errors import ArgumentError, SubmitUncertain
from quafu_runtime.many.patience import Patience, may_submit_again, passes
from quafu_runtime.many.seeds import point_seed


@frozen
class Terms:
    """How each point is run.

    Attributes:
        backend: The backend; None for the program's own.
        seed: What the seeds of the points are made of; None to let the service draw them.
        max_execution_time: Seconds of running that a job may take; None for the program's own limit.
        label: A text for people.
        tags: Words to find the jobs by.
        max_attempts: How often a job may be run in all, where the process that runs it is lost; None for once.
        allow_secrets: Whether params are sent also where they hold a token that is known here.
    """

    backend: str | None = None
    seed: int | None = None
    max_execution_time: float | None = None
    label: str | None = None
    tags: tuple[str, ...] = ()
    max_attempts: int | None = None
    allow_secrets: bool = False

    def arguments(self, program: Settled, index: int) -> dict[str, Any]:
        """The arguments of `run` for one point; what nobody has given is left out.

        Args:
            program: The program.
            index: The point's place.
        """
        given: dict[str, Any] = {
            "program_id": program.program_id,
            "name": program.name if program.program_id is None else None,
            "backend": self.backend,
            "seed": self.seed_of(index),
            "max_execution_time": self.max_execution_time,
            "label": self.label,
            "tags": self.tags or None,
            "max_attempts": self.max_attempts,
            "allow_secrets": self.allow_secrets or None,
        }
        return {name: value for name, value in given.items() if value is not None}

    def seed_of(self, index: int) -> int | None:
        """The seed of a point, or None to let the service draw one.

        Args:
            index: The point's place.
        """
        return None if self.seed is None else point_seed(self.seed, index)


def terms(
    backend: str | None,
    seed: int | None,
    max_execution_time: float | None,
    label: str | None,
    tags: Iterable[str],
    *,
    max_attempts: int | None = None,
    allow_secrets: bool = False,
) -> Terms:
    """How each point is run, checked.

    Raises:
        ArgumentError: `seed` is no seed, or `tags` is one text.
    """
    if isinstance(tags, str):
        message = f"tags is a list of texts, not one text: tags=[{tags!r:.60}]."
        raise ArgumentError(message)
    if seed is not None:
        point_seed(seed, 0)
    return Terms(backend, seed, max_execution_time, label, tuple(tags), max_attempts, allow_secrets)


class Tries:
    """The tries at submitting one point after another.

    Args:
        now: The time of a monotonic clock.
    """

    def __init__(self, now: float) -> None:
        self._patience = Patience(now)
        self._failures = 0

    def accepted(self, now: float) -> None:
        """Note that the service has answered."""
        self._failures = 0
        self._patience.answered(now)

    def pause(self, error: Exception, now: float, *, repeatable: bool = False) -> float | None:
        """Seconds until the point is submitted again; None to give it up.

        Args:
            error: Why it was not submitted.
            now: The time.
            repeatable: Whether submitting it twice does no harm.
        """
        self._failures += 1
        again = may_submit_again(error) or (repeatable and (passes(error) or isinstance(error, SubmitUncertain)))
        pause = self._patience.pause(error, self._failures, now) if again else None
        if pause is None:
            self._failures = 0
        return pause
