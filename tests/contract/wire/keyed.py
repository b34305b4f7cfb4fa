"""Speaks with an idempotency key, which goes in a header."""

import json
from typing import Any

from tests.service_speaker import OPERATIONS, Speaker


def call_keyed(speaker: Speaker, operation: str, key: str, **arguments: Any) -> dict[str, Any]:
    body = json.dumps(arguments).encode()
    answer = speaker.raw("POST", OPERATIONS[operation][0], body, **{"Idempotency-Key": key})
    assert answer.status == 200, answer
    return speaker.held_against_document(operation, answer.body)
