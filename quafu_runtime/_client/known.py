"""What a client knows of its service and keeps: the features that it has, and the programs that were looked up."""

from collections.abc import Callable, Mapping

from attrs import define, field
from quafu_runtime_api.api.programs import capabilities

from quafu_runtime._client.answers import malformed
from quafu_runtime._client.flow import Call, Flow, ask
from quafu_runtime.account.secret import Secret
from quafu_runtime.errors import ArgumentError, MalformedAnswerError, ServiceError
from quafu_runtime.programs import RuntimeProgram

SEED = "seed"
MAX_EXECUTION_TIME = "max_execution_time"
MAX_ATTEMPTS = "max_attempts"
JOB_INFO = "job_info"
EVENTS = "events"
JOBS = "jobs"
TAGS = "tags"
IDEMPOTENCY_KEY = "idempotency_key"

_ABSENT = frozenset({404, 405, 501})
"""HTTP statuses and codes that say of an operation that there is none."""


@define
class Known:
    """What is known of one service, for one user.

    Attributes:
        features: The extensions that the service has; None before it was asked.
        tokens: Gives the tokens that are known here, by what a message calls them.
        programs: What was looked up, by the very id and name that it was looked up by.
        uploaded: The ids of the programs that were made of a source here, by their names.
    """

    features: frozenset[str] | None = None
    tokens: Callable[[], Mapping[str, Secret]] = field(default=dict, repr=False)
    programs: dict[tuple[str | None, str | None], RuntimeProgram] = field(factory=dict, repr=False)
    uploaded: dict[str, str] = field(factory=dict, repr=False)

    def forget_programs(self) -> None:
        """Something was changed: what an id or a name stands for may be something else now."""
        self.programs.clear()
        self.uploaded.clear()


def features(known: Known) -> Flow[frozenset[str]]:
    """Ask, once, which extensions a service has.

    Args:
        known: Where the answer is kept.

    Returns:
        Their names; none where the service does not have the operation that says so.
    """
    if known.features is None:
        try:
            found = yield from _ask_for_features()
        except MalformedAnswerError:
            found = frozenset()  # a page in its place: what answers here does not know the operation
        except ServiceError as error:
            if error.code not in _ABSENT:
                raise
            found = frozenset()
        known.features = found
    return known.features


def require(known: Known, feature: str, argument: str) -> Flow[None]:
    """See that a service can honour an argument.

    Args:
        known: What is known of the service.
        feature: The extension that it takes.
        argument: The argument's name.

    Raises:
        ArgumentError: The service cannot honour it.
    """
    have = yield from features(known)
    if feature not in have:
        message = (
            f"This service cannot honour {argument}=: it does not have the extension {feature}, and would run the "
            f"program without it. Leave {argument} out, or use a service that has it, such as the local runtime."
        )
        raise ArgumentError(message)


def _ask_for_features() -> Flow[frozenset[str]]:
    operation = "capabilities"
    answer = yield from ask(Call(operation, capabilities.build(), capabilities.parse, "The service's capabilities"))
    names = answer.data.features
    if not isinstance(names, list):
        malformed(operation, "features is no list.")
    return frozenset(name for name in names if isinstance(name, str))
