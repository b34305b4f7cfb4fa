"""What may be shown of an exchange: no token in any spelling, no program's text, no params, no result. No I/O."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from quafu_runtime.account.secret import HIDDEN, spellings

_LONGEST_TEXT = 2000
"""Characters of a text that are shown: enough for a proxy's page to be recognized."""

_LOOKED_AT = 64 * 1024
"""Characters of a text in which the token is looked for; no more than these are shown."""

_LARGEST_BODY = 1024 * 1024
"""Bytes of a body that are looked at; of a larger one only the size is told."""

_MOST_ITEMS = 20
"""Entries of a list that are shown."""

_DEEPEST = 8
"""Levels of a body that are shown."""

_SOURCE = "data"
"""A field that is a program's text in base64 where it is a text, and the envelope's data where it is an object."""

_PRIVATE = frozenset({"params", "result", "logs", "text", "types", "traceback"})
"""Fields that hold what a user computes: told by their size only."""

_ADDRESSES = {
    "request": ("content-type", "content-length", "accept-encoding", "idempotency-key", "job_id", "after", "kinds"),
    "answer": ("content-type", "content-length", "content-encoding", "date", "server", "via", "retry-after"),
}
"""Header fields that are shown; any other one might hold a secret."""

_REQUEST_ID = "x-request-id"


class Redactor:
    """Takes the spellings of a token out of texts: as it is, and as JSON, HTML, URLs, base64 and hexadecimal have it.

    Args:
        token: The token; empty for none.
    """

    def __init__(self, token: str) -> None:
        ways = spellings(token) if token else ()
        self._longest = len(ways[0]) if ways else 0
        self._pattern = re.compile("|".join(map(re.escape, ways)), re.IGNORECASE) if ways else None

    def text(self, text: str, longest: int = _LONGEST_TEXT) -> str:
        """A text without the token, shortened.

        Args:
            text: The text.
            longest: Characters to show at most.
        """
        # A token that is cut in two would no longer be found: it is taken out before the text is shortened.
        looked_at = text[: _LOOKED_AT + self._longest]
        shown = looked_at if self._pattern is None else self._pattern.sub(HIDDEN, looked_at)
        if len(looked_at) < len(text):
            shown = shown[: max(0, len(shown) - self._longest)]
        if len(shown) <= longest and len(looked_at) == len(text):
            return shown
        return f"{shown[:longest]}... [{len(text)} characters]"

    def body(self, body: bytes) -> Any:
        """What may be shown of a body: of JSON its fields, of anything else the beginning.

        Args:
            body: The body.

        Returns:
            Plain JSON; None where there is no body.
        """
        if not body:
            return None
        if len(body) > _LARGEST_BODY:
            return f"[{len(body)} bytes]"
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return self.text(body.decode("utf-8", "replace"))
        return self._value(value, _DEEPEST)

    def headers(self, headers: Mapping[str, str], kind: str) -> dict[str, str]:
        """The header fields that may be shown.

        Args:
            headers: The fields, names in lower case.
            kind: `request` or `answer`.
        """
        shown = {name: self.text(headers[name]) for name in (*_ADDRESSES[kind], _REQUEST_ID) if name in headers}
        return {**shown, **({"api_token": HIDDEN} if "api_token" in headers else {})}

    def _value(self, value: Any, levels: int) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, dict | list):
            return value
        if levels == 0:
            return "[deeper]"
        if isinstance(value, list):
            more = len(value) - _MOST_ITEMS
            shown = [self._value(one, levels - 1) for one in value[:_MOST_ITEMS]]
            return [*shown, f"[{more} more]"] if more > 0 else shown
        return {self.text(key): self._field(key, one, levels - 1) for key, one in value.items()}

    def _field(self, key: str, value: Any, levels: int) -> Any:
        if key == _SOURCE and isinstance(value, str):
            return _told_of_source(value)
        if key in _PRIVATE and value is not None:
            return f"[left out: {len(value) if isinstance(value, str) else len(json.dumps(value))} characters]"
        return self._value(value, levels)


def _told_of_source(text: str) -> str:
    try:
        source = base64.b64decode(text, validate=True)
    except ValueError:
        source = text.encode("utf-8", "surrogatepass")
    return f"[source: {len(source)} bytes, sha256 {hashlib.sha256(source).hexdigest()}]"
