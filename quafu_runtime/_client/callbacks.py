"""What a callback for interim results may look like, and what a message is made of for it. No I/O."""

import inspect
from collections.abc import Callable
from typing import Any

from quafu_runtime._client.fields import moment
from quafu_runtime._client.jobs import Decoder
from quafu_runtime._client.records import JobEvent
from quafu_runtime._client.stream import GAP, LOG, OPERATION, Arrived
from quafu_runtime.codec import decode_message
from quafu_runtime.errors import ArgumentError

ALREADY_STREAMING = "A callback function is already streaming results."
"""The deployed client's message, which its users' code looks for."""

_POSITIONAL = frozenset({inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD})
_BOTH = 2


def with_two_arguments(callback: Callable[..., Any]) -> Callable[[str, Any], Any]:
    """A callback that is called with the job's id and the data, whichever of the two forms the user's has.

    Args:
        callback: Takes `(data)` or `(job_id, data)`.

    Raises:
        ArgumentError: It takes neither.
    """
    if not callable(callback):
        message = f"callback is a function of (data) or (job_id, data), not {callback!r:.60}."
        raise ArgumentError(message)
    if _arguments_of(callback) == _BOTH:
        return callback
    return lambda _job_id, data: callback(data)


def message_of(arrived: Arrived, decoder: type[Decoder] | None) -> Any:
    """What was published.

    Args:
        arrived: The event as it came.
        decoder: What makes a value of its text; None for what was published.

    Raises:
        ValueError: The text and its types do not fit, or the decoder says so.
    """
    if decoder is not None:
        return decoder.decode(arrived.text)
    return decode_message(arrived.text, arrived.types)


def text_of(arrived: Arrived) -> str:
    """A piece of a log.

    Args:
        arrived: The event as it came.
    """
    return arrived.text


def event_of(arrived: Arrived) -> JobEvent:
    """An event, decoded: a log is its text, and so is a gap.

    Args:
        arrived: The event as it came.

    Raises:
        ValueError: The text and its types do not fit.
        MalformedAnswerError: Its moment is none.
    """
    data = arrived.text if arrived.kind in {LOG, GAP} else message_of(arrived, None)
    return JobEvent(arrived.kind, arrived.seq, data, moment(arrived.at, "at", OPERATION))


def _arguments_of(callback: Callable[..., Any]) -> int:
    """How many arguments a callback wants: 1 or 2."""
    try:
        parameters = inspect.signature(callback).parameters.values()
    except (ValueError, TypeError):  # some built-in functions have no signature
        return 1
    needed = sum(1 for one in parameters if one.kind in _POSITIONAL and one.default is one.empty)
    named = any(one.kind is one.KEYWORD_ONLY and one.default is one.empty for one in parameters)
    takes_any = any(one.kind in _POSITIONAL or one.kind is one.VAR_POSITIONAL for one in parameters)
    if needed > _BOTH or named or not takes_any:
        message = f"callback is a function of (data) or (job_id, data); {callback!r:.80} takes other arguments."
        raise ArgumentError(message)
    return max(1, needed)
