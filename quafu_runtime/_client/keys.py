"""Submissions that carry an idempotency key: where the service takes keys, a lost answer does no harm."""

import re
from functools import partial
from typing import TypeVar
from uuid import uuid4

from attrs import evolve

from quafu_runtime._client.flow import Call, Flow
from quafu_runtime._client.known import IDEMPOTENCY_KEY, Known, features
from quafu_runtime.errors import ArgumentError, QuafuRuntimeError

A = TypeVar("A")

KEY_HEADER = "Idempotency-Key"

_KEY = re.compile(r"[!-~]{1,200}")
"""What the contract allows, and a header can carry unchanged."""


def key_or_new(key: object = None) -> str:
    """The key of a submission: the one that is given, or one that nobody else has.

    Raises:
        ArgumentError: What is given is none.
    """
    if key is None:
        return uuid4().hex
    if isinstance(key, str) and _KEY.fullmatch(key):
        return key
    message = f"idempotency_key is a text of 1 to 200 visible ASCII characters, without spaces, not {key!r:.60}."
    raise ArgumentError(message)


def keyed(call: Call[A], key: str, known: Known) -> Call[A]:
    """A submission that carries a key, and is sent again after a lost answer where the service takes keys.

    Whether it does is asked only once an answer was lost, unless it is known already.

    Args:
        call: The submission.
        key: Its key.
        known: What is known of the service.
    """
    headers = {**call.request.get("headers", {}), KEY_HEADER: key}
    request = {**call.request, "headers": headers}
    if call.repeatable or known.features is not None:
        return evolve(call, request=request, repeatable=call.repeatable or IDEMPOTENCY_KEY in (known.features or ()))
    return evolve(call, request=request, confirm=partial(_takes_keys, known))


def _takes_keys(known: Known) -> Flow[bool]:
    try:
        found = yield from features(known)
    except QuafuRuntimeError:
        return False  # the submission's own error says more
    return IDEMPOTENCY_KEY in found
